"""The second part: the records of a Store, merged into one DuckDB file, each fact once; DORA and more, as plain SQL."""
