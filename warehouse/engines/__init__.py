"""Generate the SQL that other engines run: their ingest, and the models of warehouse/sql."""
