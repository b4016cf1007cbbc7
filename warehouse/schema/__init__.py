"""The tables, derived from the types of the records."""
