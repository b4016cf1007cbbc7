"""Translate the SQL models to BigQuery or Trino (Athena): `python -m warehouse.dialects bigquery`.

sqlglot, which must be installed, translates. This module rewrites the expressions that sqlglot translates wrongly.
docs/DORA.md describes the tables that the statements read.
"""

import sys
from collections.abc import Iterator, Sequence

from sqlglot import ErrorLevel, exp, parse_one

from warehouse.schema.json_types import JsonType
from warehouse.schema.metric_tables import tables
from warehouse.sql_files import model_names, view_statements

DIALECTS = ("bigquery", "trino")


def main(arguments: Sequence[str]) -> int:
    """Print the statements that create all tables and views, in order, and return the exit status."""
    if len(arguments) != 1 or arguments[0] not in DIALECTS:
        sys.stderr.write(f"usage: python -m warehouse.dialects {'|'.join(DIALECTS)}\n")
        return 2
    for statement in script(arguments[0]):
        sys.stdout.write(f"{statement};\n\n")
    return 0


def script(dialect: str) -> Iterator[str]:
    """Yield the statements that create the models as tables and the measures as views, in order.

    Athena has no CREATE OR REPLACE TABLE: https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html.
    """
    for name, text in view_statements():
        if name not in model_names():
            yield f"CREATE OR REPLACE VIEW {name} AS\n{translate(text, dialect)}"
        elif dialect == "bigquery":
            yield f"CREATE OR REPLACE TABLE {name} AS\n{translate(text, dialect)}"
        else:
            yield f"DROP TABLE IF EXISTS {name}"
            yield f"CREATE TABLE {name} AS\n{translate(text, dialect)}"


def translate(sql: str, dialect: str) -> str:
    """Translate a statement to another dialect; raises sqlglot's UnsupportedError for what the dialect does not support."""
    expression = parse_one(sql, read="duckdb").transform(_REWRITES[dialect])
    return expression.sql(dialect=dialect, pretty=True, comments=False, unsupported_level=ErrorLevel.RAISE)


def _for_bigquery(node: exp.Expression) -> exp.Expression:
    """Rewrite DATE_DIFF, which has no milliseconds in BigQuery; DuckDB's TIMESTAMP without a zone is DATETIME there.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/datetime_functions#datetime_diff
    """
    if isinstance(node, exp.DateDiff):
        return exp.DatetimeDiff(this=node.this, expression=node.expression, unit=node.args["unit"])
    return node


def _for_trino(node: exp.Expression) -> exp.Expression:
    """Rewrite UNNEST of rows, which yields a column per field in Trino: https://trino.io/docs/current/sql/select.html#unnest."""
    if isinstance(node, exp.Unnest) and (alias := node.args.get("alias")):
        item, *place = alias.columns
        [unnested] = node.expressions
        fields = [] if isinstance(unnested, exp.GenerateSeries) else _fields(str(unnested.sql()))
        if not fields:
            return node
        alias.set("columns", [*(exp.to_identifier(name) for name in fields), *place])
        select = node.find_ancestor(exp.Select) or node
        for column in list(select.find_all(exp.Column)):
            if column.table == item.name:
                column.set("table", exp.to_identifier(alias.this.name))
    return node


def _fields(path: str) -> list[str]:
    """Return the fields of the rows of a list, such as `s.changes.commits`, in order; of a list of numbers or names none."""
    _, first, *inner = path.split(".")
    candidates = [
        shape for table in tables().values() for name, shape in table.output.fields if name == first and shape.fields
    ]
    shape = next((shape for shape in candidates if not inner or inner[0] in dict(shape.fields)), JsonType())
    for name in inner:
        shape = dict(shape.fields)[name]
    return [name for name, _ in (shape.item or JsonType()).fields]


_REWRITES = {"bigquery": _for_bigquery, "trino": _for_trino}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
