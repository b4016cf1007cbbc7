"""Merge the records of a Store into one DuckDB file, each fact once, and compute DORA and delivery measures in plain SQL."""

DEFAULT_DATABASE = "telemetry.duckdb"
"""The file of the commands that take the option --database, without it."""
