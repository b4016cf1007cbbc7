"""Derive the table of each metric from the type of its output, so that a new metric needs no change here."""

import hashlib
import json
from functools import cache
from typing import NamedTuple

from core.metric import Metric
from core.metrics import all_metrics
from warehouse.schema.columns import BIGINT, TIMESTAMP, VARCHAR, Column, create_table_sql
from warehouse.schema.json_types import JsonType, json_type_of
from warehouse.schema.system_tables import SYSTEM_TABLES

LAYOUT = 1
"""Increased when the meaning of the tables' content changes but the columns do not."""
COMMON = (
    Column("host", VARCHAR, "`github.com`, or the Enterprise host."),
    Column("repository_key", VARCHAR, "GitHub's id of the repository, or `owner/repo` in lower case if unknown."),
    Column("identity", VARCHAR, "The identity of the fact, from GitHub's ids; it survives renames."),
    Column("version", BIGINT, "The version of the fact; the latest wins. 0 if the metric has no versions."),
    Column("record_id", VARCHAR, "The record's `id`."),
    Column("source", VARCHAR, "The source of its file."),
    Column("path", VARCHAR, "The path of its file in the source."),
    Column("status", VARCHAR, "`success` or `networkError`."),
    Column("owner", VARCHAR, "The owner's name at the time of the event."),
    Column("repo", VARCHAR, "The repository's name at the time of the event."),
    Column("repository_id", BIGINT, "GitHub's id of the repository; null if the record has none."),
    Column("received_at", TIMESTAMP, "When the pipeline received the event: the record's `created_at`."),
    Column(
        "delivery_id", VARCHAR, "`X-GitHub-Delivery`, or the job's own id; null in records of the TypeScript original."
    ),
    Column(
        "collected_by",
        VARCHAR,
        "`webhook`, `schedule`, `recovery`, `backfill`; `original` for the TypeScript original.",
    ),
    Column("anomalies", f"{VARCHAR}[]", "Reasons why a number is null or suspicious."),
    Column(
        "schema",
        BIGINT,
        "The version of the record's shape; the higher one wins. Fields that came later are null. 0 for the TypeScript original.",
    ),
)
"""The first columns of every metric's table."""
_RESERVED_NAMES = frozenset(column.name for column in COMMON)


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
        """Return the table's name in SQL."""
        return self.metric.name.replace("-", "_")

    @property
    def output(self) -> JsonType:
        """Return the JSON type of the record's `output`."""
        return JsonType(fields=tuple((field.name, field.shape) for field in self.fields))

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the common columns and those of the metric."""
        return (*COMMON, *(Column(field.column, field.shape.type) for field in self.fields))

    @property
    def key(self) -> tuple[str, ...]:
        """Return the columns that identify a fact."""
        return ("host", "repository_key", "identity") if self.metric.repository_scoped else ("host", "identity")

    @property
    def ddl(self) -> str:
        """Return the statement that creates the table."""
        return create_table_sql(self.name, self.columns)


@cache
def tables() -> dict[str, Table]:
    """Return all metric tables by the metric's name in records."""
    return {metric.name: metric_table(metric) for metric in all_metrics()}


def metric_table(metric: Metric) -> Table:
    """Return the table of a metric; a field with the name of a common column gets the prefix `output_`."""
    fields = json_type_of("", metric.output).fields
    columns = (Field(name, f"output_{name}" if name in _RESERVED_NAMES else name, shape) for name, shape in fields)
    return Table(metric, tuple(columns))


def statements() -> list[str]:
    """Return the statements that create all tables."""
    return [*(table.ddl for table in SYSTEM_TABLES), *(table.ddl for table in tables().values())]


@cache
def fingerprint() -> str:
    """Return a hash of all table definitions: a database with another one is rebuilt."""
    text = json.dumps([LAYOUT, *statements()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
