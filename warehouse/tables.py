"""A table for each metric, derived from the type of its output: a new metric is a new table, and nothing to edit here.

Times (UNIX ms in a record) are TIMESTAMP, in UTC; durations are BIGINT, in ms; objects are STRUCT, lists are LIST.
https://duckdb.org/docs/stable/sql/data_types/overview
"""

import hashlib
import json
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from core import metrics
from core.metric import Metric, discover
from warehouse.own_tables import OWN_TABLES

TEXT, WHOLE, FLAG, TIME, ANY = "VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMP", "JSON"
_TIMES = frozenset({"deploy_time", "authored", "committed"})
_SCALARS = {int: WHOLE, str: TEXT, bool: FLAG}
_TOLD_AS = {WHOLE: {"UBIGINT", "BIGINT"}, TIME: {"UBIGINT", "BIGINT"}, TEXT: {"VARCHAR"}, FLAG: {"BOOLEAN"}}
"""What DuckDB's json_structure calls what may stand in a field."""
_NOT_TOLD = "NULL"
_IN_ENGLISH = {WHOLE: "a whole number", TIME: "a time", TEXT: "a string", FLAG: "a boolean"}


class Column(NamedTuple):
    """A column, and how it is made of the record's JSON."""

    name: str
    type: str
    meaning: str = ""


COMMON = (
    Column("host", TEXT, "`github.com`, or the Enterprise host."),
    Column("repository_key", TEXT, "GitHub's id of the repository; where it has none, `owner/repo` in lower case."),
    Column("identity", TEXT, "Which fact it is, by GitHub's own ids: survives renames."),
    Column("version", WHOLE, "Which state of it; the later one wins. 0 where the metric has none."),
    Column("record_id", TEXT, "The record's `id`."),
    Column("path", TEXT, "The record's file."),
    Column("status", TEXT, "`success` or `networkError`."),
    Column("owner", TEXT, "As GitHub spelled it then."),
    Column("repo", TEXT, "As GitHub spelled it then."),
    Column("repository_id", WHOLE, "GitHub's id of the repository; null where the record has none."),
    Column("received_at", TIME, "When the pipeline received the event: the record's `created_at`."),
    Column("delivery_id", TEXT, "`X-GitHub-Delivery`, or the job's own id."),
    Column("collected_by", TEXT, "`webhook`, `schedule`, `recovery`, `backfill`; `original` for the TypeScript original's."),
    Column("anomalies", f"{TEXT}[]", "Reasons why a number is null or doubtful."),
)
"""What every metric's table begins with."""


class Shape(NamedTuple):
    """What JSON stands in a place: a scalar, an object of named shapes, or a list of one shape."""

    scalar: str = ""
    fields: tuple[tuple[str, "Shape"], ...] = ()
    item: "Shape | None" = None

    @property
    def type(self) -> str:
        """The column's type."""
        if self.item:
            return f"{self.item.type}[]"
        if self.fields:
            return f"STRUCT({', '.join(f'{name} {shape.type}' for name, shape in self.fields)})"
        return self.scalar

    @property
    def parsed(self) -> Any:
        """What DuckDB's from_json is told, in which a time is still a number."""
        if self.item:
            return [self.item.parsed]
        if self.fields:
            return {name: shape.parsed for name, shape in self.fields}
        return WHOLE if self.scalar == TIME else self.scalar

    def converted(self, value: str, depth: int = 0) -> str:
        """The SQL that makes the column's value of what from_json gives."""
        if not self.has_time:
            return value
        if self.item:
            return f"list_transform({value}, lambda x{depth}: {self.item.converted(f'x{depth}', depth + 1)})"
        if self.fields:
            inner = ", ".join(f"{name} := {shape.converted(f'{value}.{name}', depth)}" for name, shape in self.fields)
            return f"CASE WHEN {value} IS NOT NULL THEN struct_pack({inner}) END"
        return f"CASE WHEN abs({value}) < {_CENTURIES} THEN make_timestamp_ms({value}) END"

    @property
    def has_time(self) -> bool:
        """Whether a time stands anywhere in it."""
        if self.item:
            return self.item.has_time
        return self.scalar == TIME or any(shape.has_time for _, shape in self.fields)

    def wrong(self, told: Any, name: str = "output") -> str | None:
        """What is wrong with a value of this structure (json_structure's words); None if nothing is."""
        if told == _NOT_TOLD or self.scalar == ANY:
            return None
        if self.item:
            return self.item.wrong(told[0], f"{name}[]") if isinstance(told, list) else f"{name}: expected a list"
        if self.fields:
            if told == ANY:
                return None  # an empty object
            if not isinstance(told, dict):
                return f"{name}: expected an object"
            found = (shape.wrong(told[key], f"{name}.{key}") for key, shape in self.fields if key in told)
            return next((problem for problem in found if problem), None)
        if isinstance(told, str) and told in _TOLD_AS[self.scalar]:
            return None
        return f"{name}: expected {_IN_ENGLISH[self.scalar]}"


_CENTURIES = 253_402_300_800_000
"""UNIX ms of the year 10000: what no time of GitHub's reaches, so that no number of ms overflows a TIMESTAMP."""


class Table(NamedTuple):
    """The table of one metric."""

    metric: Metric
    output: Shape

    @property
    def name(self) -> str:
        """As SQL has it."""
        return self.metric.name.replace("-", "_")

    @property
    def columns(self) -> tuple[Column, ...]:
        """All of them; a field of the output that is called like one of the common columns gets `output_` before it."""
        meanings = {name: "" for name, _ in self.output.fields}
        taken = {column.name for column in COMMON}
        own = ((f"output_{name}" if name in taken else name, shape) for name, shape in self.output.fields)
        return (*COMMON, *(Column(name, shape.type, meanings.get(name, "")) for name, shape in own))

    @property
    def key(self) -> str:
        """The columns by which two records are the same fact."""
        return "host, repository_key, identity" if self.metric.of_repository else "host, identity"

    @property
    def ddl(self) -> str:
        """The statement that makes it."""
        columns = ", ".join(f"{column.name} {column.type}" for column in self.columns)
        return f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY ({self.key}))"


@cache
def tables() -> dict[str, Table]:
    """All of them, by the metric's wire name."""
    found: tuple[Metric, ...] = discover(metrics.__name__, "METRIC")
    return {metric.name: Table(metric, _shape("", metric.output)) for metric in found}


@cache
def fingerprint() -> str:
    """Changes whenever a table does: a database of another one is built anew."""
    text = json.dumps([LAYOUT, *(table.ddl for table in (*OWN_TABLES, *tables().values()))])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


LAYOUT = 1
"""Counted up when what stands in the tables changes although their columns do not."""


def _shape(name: str, hint: Any) -> Shape:
    """The shape of a hint: int, str, bool, a NamedTuple, a list of these, or one of these or None; else any JSON."""
    if get_origin(hint) is UnionType:
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        return _shape(name, kinds[0]) if len(kinds) == 1 else Shape(ANY)
    if get_origin(hint) is list:
        return Shape(item=_shape(name, get_args(hint)[0]))
    if hasattr(hint, "_fields"):
        return Shape(fields=tuple((key, _shape(key, kind)) for key, kind in get_type_hints(hint).items()))
    if hint is int and (name.endswith("_at") or name in _TIMES):
        return Shape(TIME)
    return Shape(_SCALARS.get(hint, ANY))
