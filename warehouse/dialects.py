"""The SQL of this folder in the words of BigQuery or Trino (Athena): `python -m warehouse.dialects bigquery`.

sqlglot, which has to be there for it, translates; what it cannot know is mended here. docs/DORA.md says what it runs over.
"""

import sys
from collections.abc import Iterator, Sequence

from sqlglot import ErrorLevel, exp, parse_one

from warehouse.measures import BEYOND, DORA, statements
from warehouse.schema.json_types import JsonType
from warehouse.schema.metric_tables import tables

DIALECTS = ("bigquery", "trino")
_FOLDERS = ("views", DORA, BEYOND)


def main(arguments: Sequence[str]) -> int:
    """Print the statements that make all views, in order; the exit status."""
    if len(arguments) != 1 or arguments[0] not in DIALECTS:
        sys.stderr.write(f"usage: python -m warehouse.dialects {'|'.join(DIALECTS)}\n")
        return 2
    for statement in script(arguments[0]):
        sys.stdout.write(f"{statement};\n\n")
    return 0


def script(dialect: str) -> Iterator[str]:
    """The statements that make all views."""
    for folder in _FOLDERS:
        for name, text in statements(folder):
            yield f"CREATE OR REPLACE VIEW {name} AS\n{translated(text, dialect)}"


def translated(sql: str, dialect: str) -> str:
    """A statement in another dialect. Raises sqlglot's UnsupportedError for what has no such thing."""
    mended = parse_one(sql, read="duckdb").transform(_MENDED[dialect])
    return mended.sql(dialect=dialect, pretty=True, comments=False, unsupported_level=ErrorLevel.RAISE)


def _for_bigquery(node: exp.Expression) -> exp.Expression:
    """DATE_DIFF knows no milliseconds there, and TIMESTAMP without a zone is DATETIME.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/datetime_functions#datetime_diff
    """
    if isinstance(node, exp.DateDiff):
        return exp.DatetimeDiff(this=node.this, expression=node.expression, unit=node.args["unit"])
    return node


def _for_trino(node: exp.Expression) -> exp.Expression:
    """UNNEST of rows gives a column for each of their fields: https://trino.io/docs/current/sql/select.html#unnest."""
    if isinstance(node, exp.Unnest) and (alias := node.args.get("alias")):
        [item] = alias.columns
        fields = _fields(str(node.expressions[0].sql()))
        alias.set("columns", [exp.to_identifier(name) for name in fields])
        whole = node.find_ancestor(exp.Select) or node
        for column in list(whole.find_all(exp.Column)):
            if column.table == item.name:
                column.set("table", exp.to_identifier(alias.this.name))
    return node


def _fields(path: str) -> list[str]:
    """The fields of the rows of a list, such as `s.changes.commits`, in their order."""
    _, first, *inner = path.split(".")
    found = [
        shape for table in tables().values() for name, shape in table.output.fields if name == first and shape.fields
    ]
    shape: JsonType = next(each for each in found if not inner or inner[0] in dict(each.fields))
    for name in inner:
        shape = dict(shape.fields)[name]
    return [name for name, _ in (shape.item or JsonType()).fields]


_MENDED = {"bigquery": _for_bigquery, "trino": _for_trino}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
