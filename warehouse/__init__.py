"""Merge the records of a Store into one DuckDB file, each fact once, and compute DORA and delivery measures in plain SQL."""
