"""Write the SQL that makes an organisation's own engine do the work: BigQuery, Athena (Trino) or Spark. Nothing here runs it."""
