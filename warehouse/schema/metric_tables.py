"""A table for each metric, derived from the type of its output: a new metric is a new table, and nothing to edit here."""

import hashlib
import json
from functools import cache
from typing import NamedTuple

from core.metric import Metric
from core.metrics import all_metrics
from warehouse.schema.columns import TEXT, TIME, WHOLE, Column, create_table_sql
from warehouse.schema.json_types import JsonType, shape_of
from warehouse.schema.system_tables import OWN_TABLES

LAYOUT = 1
"""Counted up when what stands in the tables changes although their columns do not."""
COMMON = (
    Column("host", TEXT, "`github.com`, or the Enterprise host."),
    Column("repository_key", TEXT, "GitHub's id of the repository; where it has none, `owner/repo` in lower case."),
    Column("identity", TEXT, "Which fact it is, by GitHub's own ids: survives renames."),
    Column("version", WHOLE, "Which state of it; the later one wins. 0 where the metric has none."),
    Column("record_id", TEXT, "The record's `id`."),
    Column("source", TEXT, "Where its file was read from."),
    Column("path", TEXT, "Its file, in there."),
    Column("status", TEXT, "`success` or `networkError`."),
    Column("owner", TEXT, "As GitHub spelled it then."),
    Column("repo", TEXT, "As GitHub spelled it then."),
    Column("repository_id", WHOLE, "GitHub's id of the repository; null where the record has none."),
    Column("received_at", TIME, "When the pipeline received the event: the record's `created_at`."),
    Column("delivery_id", TEXT, "`X-GitHub-Delivery`, or the job's own id; null of the TypeScript original's."),
    Column(
        "collected_by", TEXT, "`webhook`, `schedule`, `recovery`, `backfill`; `original` of the TypeScript original's."
    ),
    Column("anomalies", f"{TEXT}[]", "Reasons why a number is null or doubtful."),
)
"""What every metric's table begins with."""
_TAKEN = frozenset(column.name for column in COMMON)


class Field(NamedTuple):
    """A field of a metric's output, and its column."""

    name: str
    column: str
    shape: JsonType


class Table(NamedTuple):
    """The table of one metric."""

    metric: Metric
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        """As SQL has it."""
        return self.metric.name.replace("-", "_")

    @property
    def output(self) -> JsonType:
        """What stands in the record's `output`."""
        return JsonType(fields=tuple((field.name, field.shape) for field in self.fields))

    @property
    def columns(self) -> tuple[Column, ...]:
        """All of them."""
        return (*COMMON, *(Column(field.column, field.shape.type) for field in self.fields))

    @property
    def key(self) -> tuple[str, ...]:
        """The columns by which two records are the same fact."""
        return ("host", "repository_key", "identity") if self.metric.of_repository else ("host", "identity")

    @property
    def ddl(self) -> str:
        """The statement that makes it."""
        return create_table_sql(self.name, self.columns)


@cache
def tables() -> dict[str, Table]:
    """All of them, by the metric's wire name."""
    return {metric.name: table_of(metric) for metric in all_metrics()}


def table_of(metric: Metric) -> Table:
    """A field that is called like one of the common columns gets `output_` before it."""
    fields = shape_of("", metric.output).fields
    named = (Field(name, f"output_{name}" if name in _TAKEN else name, shape) for name, shape in fields)
    return Table(metric, tuple(named))


def statements() -> list[str]:
    """What makes all tables, our own and the metrics'."""
    return [*(own.ddl for own in OWN_TABLES), *(table.ddl for table in tables().values())]


@cache
def fingerprint() -> str:
    """Changes whenever a table does: a database of another one is built anew."""
    text = json.dumps([LAYOUT, *statements()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
