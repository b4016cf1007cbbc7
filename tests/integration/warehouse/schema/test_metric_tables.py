from typing import NamedTuple

import duckdb
import pytest

from core.metric import NO_DAY, Key, Metric
from core.metrics import all_metrics
from warehouse.schema.json_types import JsonType, json_type_of
from warehouse.schema.metric_tables import COMMON, metric_table, tables


class Inner(NamedTuple):
    id: int
    committed_at: int | None


class Output(NamedTuple):
    id: int
    name: str | None
    merged: bool | None
    deploy_time: int | None
    duration: int | None
    inner: Inner | None
    steps: list[Inner]
    labels: list[str]
    parts: list[int | str]
    owner: str
    order: int


def metric(output: type) -> Metric:
    return Metric(
        "a-metric",
        "github::x",
        output,
        lambda _: True,
        lambda _: Key((1,), day=NO_DAY),
        lambda *_: None,
        versioned=True,
    )


def test_each_type_hint_becomes_the_type_of_a_column() -> None:
    assert {name: shape.type for name, shape in json_type_of("", Output).fields} == {
        "id": "BIGINT",
        "name": "VARCHAR",
        "merged": "BOOLEAN",
        "deploy_time": "TIMESTAMP",
        "duration": "BIGINT",
        "inner": 'STRUCT("id" BIGINT, "committed_at" TIMESTAMP)',
        "steps": 'STRUCT("id" BIGINT, "committed_at" TIMESTAMP)[]',
        "labels": "VARCHAR[]",
        "parts": "JSON[]",
        "owner": "VARCHAR",
        "order": "BIGINT",
    }


@pytest.mark.parametrize(
    ("structure", "problem"),
    [
        ("NULL", None),
        ("JSON", None),
        ({"id": "UBIGINT"}, None),
        ({"id": "BIGINT", "more": "VARCHAR"}, None),
        ({"id": "DOUBLE"}, "output.id: expected a whole number"),
        ({"steps": ["NULL"]}, None),
        ({"steps": [{"id": "VARCHAR"}]}, "output.steps[].id: expected a whole number"),
        ({"steps": {"id": "UBIGINT"}}, "output.steps: expected a list"),
        ({"steps": ["JSON"]}, "output.steps[]: expected an object, with fields"),
        ({"inner": "JSON"}, None),
        ({"inner": ["NULL"]}, "output.inner: expected an object"),
        ({"inner": "VARCHAR"}, "output.inner: expected an object"),
        ({"parts": ["JSON"]}, None),
        (["NULL"], "output: expected an object"),
    ],
)
def test_a_type_error_names_the_path(structure: object, problem: str | None) -> None:
    assert json_type_of("", Output).type_error(structure, "output") == problem


def test_every_metric_has_a_table_of_its_name() -> None:
    assert {table.name for table in tables().values()} == {metric.name.replace("-", "_") for metric in all_metrics()}


def test_every_table_begins_with_the_same_columns() -> None:
    assert {table.columns[: len(COMMON)] for table in tables().values()} == {COMMON}


def test_no_two_columns_of_a_table_have_one_name() -> None:
    for table in tables().values():
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names)), table.name


def test_a_field_that_is_called_like_a_common_column_gets_another_name() -> None:
    names = [column.name for column in metric_table(metric(Output)).columns]
    assert names[len(COMMON) :] == [
        "id", "name", "merged", "deploy_time", "duration", "inner", "steps", "labels", "parts", "output_owner", "order",
    ]  # fmt: skip


def test_a_table_can_be_created_with_any_field_names() -> None:
    with duckdb.connect() as connection:
        connection.execute(metric_table(metric(Output)).ddl)
        assert connection.execute('SELECT "order", output_owner FROM a_metric').fetchall() == []


def test_a_tag_is_unique_within_its_repository_and_an_id_everywhere() -> None:
    assert tables()["release-versions"].key == ("host", "repository_key", "identity")
    assert tables()["review"].key == ("host", "identity")


def test_a_type_without_fields_keeps_the_others_at_every_depth() -> None:
    item = JsonType(fields=(("sha", JsonType("VARCHAR")), ("kind", JsonType("VARCHAR"))))
    changes = JsonType(fields=(("commits", JsonType(item=item)), ("cut", JsonType("BOOLEAN"))))
    shape = JsonType(fields=(("id", JsonType("BIGINT")), ("kind", JsonType("VARCHAR")), ("changes", changes)))
    assert shape.without(["kind", "changes.commits[].kind"]).duckdb_structure == {
        "id": "BIGINT",
        "changes": {"commits": [{"sha": "VARCHAR"}], "cut": "BOOLEAN"},
    }
    assert shape.without([]) == shape
