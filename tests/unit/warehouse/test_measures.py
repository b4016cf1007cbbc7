from pathlib import Path

import pytest

from warehouse.measures import HEADER, measure_sql, measures, parse_measure, read_measures
from warehouse.report.model import Measure
from warehouse.sql_files import SqlFile, SqlFileError
from warehouse.table_names import columns_selected

VALID = {
    "title": "Review rounds",
    "unit": "count",
    "statistic": "median",
    "better": "lower",
    "source": "",
    "definition": "How often a pull request was reviewed.",
}
PATH = "sql/delivery/review_rounds.sql"


def sql(header: dict[str, str]) -> str:
    return "\n".join([*(f"-- {key}: {value}" for key, value in header.items()), "--", "-- Rows.", "SELECT 1"])


def parse(text: str, *, name: str = "review_rounds", is_dora: bool = False) -> Measure:
    return parse_measure(SqlFile(PATH, name, text), is_dora=is_dora)


def test_a_header_describes_the_measure() -> None:
    expected = Measure(is_dora=False, name="review_rounds", **VALID)
    assert parse(sql(VALID)) == expected
    assert parse(sql(VALID).replace("\n", " \r\n")) == expected


def test_keys_may_be_in_any_order_and_better_and_source_empty() -> None:
    header = dict(reversed((VALID | {"better": ""}).items()))
    assert parse(sql(header)) == Measure(is_dora=False, name="review_rounds", **header)


def test_only_the_first_lines_are_the_header() -> None:
    text = sql(VALID) + "\n-- title: of a later comment\n-- unknown: line\n"
    assert parse(text).title == VALID["title"]


def test_a_header_may_name_the_groups_of_the_items() -> None:
    assert parse(sql(VALID)).group == ""
    assert parse(sql(VALID | {"group": "reviewing teams"})).group == "reviewing teams"


def test_the_measures_with_groups_are_those_that_name_them() -> None:
    with_column = {of.name for of in measures() if "item_group" in columns_selected(measure_sql(of.name))}
    assert with_column == {of.name for of in measures() if of.group}
    assert "queue_time" in with_column


@pytest.mark.parametrize("key", HEADER)
def test_a_missing_line_is_named(key: str) -> None:
    text = sql({name: value for name, value in VALID.items() if name != key})
    with pytest.raises(SqlFileError) as caught:
        parse(text)
    assert str(caught.value) == f"{PATH}: the header has no line `-- {key}:`"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"unit": "days"}, "unit is 'days' (choose from duration, per_day, share, count)"),
        ({"statistic": "p95"}, "statistic is 'p95' (choose from median, mean, per_day, sum)"),
        ({"better": "up"}, "better is 'up' (choose from lower, higher, nothing)"),
        ({"title": ""}, "title is empty"),
        ({"unit": ""}, "unit is empty"),
        ({"definition": ""}, "definition is empty"),
        ({"definition": "How often"}, "definition does not end with a full stop"),
        ({"statistic": "per_day"}, "statistic per_day needs unit per_day"),
        ({"titel": "Twice"}, "the header has an unknown line `-- titel:`"),
    ],
)
def test_an_invalid_header_has_one_line_with_the_file_and_the_problem(changes: dict[str, str], problem: str) -> None:
    with pytest.raises(SqlFileError) as caught:
        parse(sql(VALID | changes))
    assert str(caught.value) == f"{PATH}: {problem}"


def test_all_problems_of_a_file_are_in_one_line() -> None:
    with pytest.raises(SqlFileError) as caught:
        parse("-- title: A\n-- title: B\n-- unit: days\nSELECT 1", name="Review-rounds")
    message = str(caught.value)
    assert "\n" not in message
    assert message.split("; ") == [
        f"{PATH}: the file name must be snake_case",
        "unit is 'days' (choose from duration, per_day, share, count)",
        "the header has no line `-- statistic:`",
        "the header has no line `-- better:`",
        "the header has no line `-- source:`",
        "the header has no line `-- definition:`",
        "the header has the line `-- title:` 2 times",
    ]


def test_a_file_without_a_header_is_rejected() -> None:
    with pytest.raises(SqlFileError, match=r"^sql/delivery/review_rounds\.sql: the header has no line `-- title:`; "):
        parse("SELECT 1")


def test_a_dora_measure_needs_a_source() -> None:
    with pytest.raises(SqlFileError, match="source is empty"):
        parse(sql(VALID), is_dora=True)
    assert parse(sql(VALID | {"source": "https://dora.dev (2026-01-05)"}), is_dora=True).is_dora


@pytest.mark.parametrize("other", ["views/01_review_rounds.sql", "dora/1_review_rounds.sql"])
def test_a_name_that_another_file_has_is_rejected(tmp_path: Path, other: str) -> None:
    for folder in ("views", "dora", "delivery"):
        (tmp_path / folder).mkdir()
    text = sql(VALID | {"source": "https://dora.dev (2026-01-05)"})
    (tmp_path / "delivery" / "review_rounds.sql").write_text(text)
    (tmp_path / other).write_text(text)
    with pytest.raises(SqlFileError) as caught:
        list(read_measures(tmp_path))
    assert str(caught.value) == f"{PATH}: sql/{other} has the same name"


def test_measures_are_dora_first_then_by_name() -> None:
    names = [measure.name for measure in measures()]
    dora = [measure.name for measure in measures() if measure.is_dora]
    assert dora == [
        "change_lead_time",
        "deployment_frequency",
        "failed_deployment_recovery_time",
        "change_fail_rate",
        "deployment_rework_rate",
    ]
    assert names == [*dora, *sorted(set(names) - set(dora))]


def test_the_sql_of_an_unknown_measure_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        measure_sql("velocity")
