"""Everything the operator needs for Google Cloud."""
