"""Turn records into rows."""
