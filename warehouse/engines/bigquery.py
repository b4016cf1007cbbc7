"""What is particular to BigQuery. A time without a zone is a DATETIME there: with TIMESTAMP some models have no type."""

from collections.abc import Iterator

from sqlglot import exp

from warehouse.engines.rewrites import Rewrite, ignore_nulls_of_extremes, number_unnested_from_one

DIALECT = "bigquery"


def create_table(name: str, query: str) -> Iterator[str]:
    """Yield the statement that replaces a table at once: readers see the old rows or the new ones.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#create_table_statement
    """
    yield f"CREATE OR REPLACE TABLE {name} AS\n{query}"


def _difference_of_datetimes(tree: exp.Expr) -> None:
    """Rewrite DATE_DIFF, which has no milliseconds in BigQuery.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/datetime_functions#datetime_diff
    """
    for node in list(tree.find_all(exp.DateDiff)):
        node.replace(exp.DatetimeDiff(this=node.this, expression=node.expression, unit=node.args["unit"]))


def _week_from_monday(tree: exp.Expr) -> None:
    """Begin a week on Monday, as DuckDB does: BigQuery's WEEK begins on Sunday.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/datetime_functions#datetime_trunc
    """
    for node in list(tree.find_all(exp.TimestampTrunc, exp.DateTrunc)):
        unit = node.args["unit"].name.upper()
        node.replace(exp.DatetimeTrunc(this=node.this, unit=exp.var("ISOWEEK" if unit == "WEEK" else unit)))


REWRITES: tuple[Rewrite, ...] = (
    _difference_of_datetimes,
    _week_from_monday,
    number_unnested_from_one,
    ignore_nulls_of_extremes,
)
