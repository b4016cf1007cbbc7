"""The second part: records become one database without duplicates, a report and a dashboard. DuckDB only here."""
