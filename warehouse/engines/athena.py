"""What is particular to Athena, whose SQL is Trino's."""

from collections.abc import Iterator

from sqlglot import exp

from warehouse.engines.rewrites import Rewrite, ignore_nulls_of_extremes
from warehouse.schema.json_types import JsonType
from warehouse.schema.metric_tables import tables

DIALECT = "trino"


def create_table(name: str, query: str, location: str) -> Iterator[str]:
    """Yield the statements that replace a table by one with its files at `location`, a folder that nothing is in yet.

    Athena has no CREATE OR REPLACE TABLE, and dropping a table leaves its files:
    https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html, https://docs.aws.amazon.com/athena/latest/ug/drop-table.html.
    """
    yield f"DROP TABLE IF EXISTS {name}"
    properties = f"format = 'PARQUET', external_location = '{location}'"
    yield f"CREATE TABLE {name} WITH ({properties}) AS\n{query}"


def _name_fields_of_unnested_rows(tree: exp.Expr) -> None:
    """Name a column for each field of an unnested row: https://trino.io/docs/current/sql/select.html#unnest."""
    for unnest in list(tree.find_all(exp.Unnest)):
        alias = unnest.args.get("alias")
        [unnested] = unnest.expressions
        fields = [] if isinstance(unnested, exp.GenerateSeries) else _fields(str(unnested.sql()))
        if alias is None or not fields:
            continue
        item, *place = alias.columns
        alias.set("columns", [*(exp.to_identifier(name) for name in fields), *place])
        select = unnest.find_ancestor(exp.Select) or unnest
        for column in list(select.find_all(exp.Column)):
            if column.table == item.name:
                column.set("table", exp.to_identifier(alias.this.name))


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


REWRITES: tuple[Rewrite, ...] = (_name_fields_of_unnested_rows, ignore_nulls_of_extremes)
