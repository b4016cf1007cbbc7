"""The small HTTP client of the cold path."""
