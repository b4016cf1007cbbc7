"""Translate a SQL file of this package to the dialect of an engine.

sqlglot, which the extra `engines` installs, translates. rewrites.py and the module of each engine rewrite what it translates wrongly.
tests/engines/ compares the rows of every statement on ZetaSQL and on Spark with DuckDB's.
"""

from sqlglot import ErrorLevel, exp, parse_one

from warehouse.engines import athena, bigquery, spark

DIALECTS = (bigquery.DIALECT, athena.DIALECT, spark.DIALECT)
_REWRITES = {engine.DIALECT: engine.REWRITES for engine in (bigquery, athena, spark)}


def translate(sql: str, dialect: str, dataset: str = "") -> str:
    """Translate a query to a dialect, with the tables that it reads in a dataset (of BigQuery) or database.

    Raises sqlglot's UnsupportedError for what the dialect does not support.
    """
    tree = parse_one(sql, read="duckdb")
    if dataset:
        _qualify(tree, dataset)
    for rewrite in _REWRITES[dialect]:
        rewrite(tree)
    return tree.sql(dialect=dialect, pretty=True, comments=False, unsupported_level=ErrorLevel.RAISE)


def _qualify(tree: exp.Expr, dataset: str) -> None:
    """Add the dataset to the name of each table, unless the name is that of a query of WITH."""
    queries = {query.alias for query in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if table.name not in queries:
            table.set("db", exp.to_identifier(dataset))
