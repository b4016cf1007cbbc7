from typing import Any

import pytest

from core.errors import MalformedPayload
from core.payload import Fields, day_of, milliseconds


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-24T06:00:00Z", 1_795_500_000_000),
        ("2026-11-24T08:00:00+02:00", 1_795_500_000_000),
        ("2026-11-24T00:30:00-05:30", 1_795_500_000_000),
        ("2026-11-24T06:00:00", 1_795_500_000_000),
        ("2026-11-24T06:00:00.1Z", 1_795_500_000_100),
        ("2026-11-24T06:00:00.123456Z", 1_795_500_000_123),
        ("2026-11-24T06:00:00.999999Z", 1_795_500_000_999),
        ("2026-11-24T06:00:00.123456789Z", 1_795_500_000_123),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2024-02-29T12:00:00Z", 1_709_208_000_000),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ],
)
def test_an_iso_time_is_unix_milliseconds_cut_not_rounded(text: str, time: int) -> None:
    assert milliseconds(text) == time


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-02-30T00:00:00Z", "1795500000", "2026-11-24T25:00:00Z", "\ud800"]
)
def test_what_is_no_time_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        milliseconds(text)


@pytest.mark.parametrize(
    ("time", "day"),
    [
        (None, None),
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (1_795_564_799_999, "2026-11-24"),
        (1_795_564_800_000, "2026-11-25"),
    ],
)
def test_a_day_is_that_of_utc(time: int | None, day: str | None) -> None:
    assert day_of(time) == day


DATA = {
    "whole": 9007199254740993,
    "zero": 0,
    "real": 1.0,
    "yes": True,
    "text": "é",
    "blank": "",
    "null": None,
    "list": [{"id": 1}, None, {"id": 2}],
    "mixed": [{"id": 1}, 7],
    "object": {"inner": {"id": "x"}},
    "time": "2026-11-24T06:00:00Z",
    "early": "0001-01-01T00:00:00+14:00",
}


@pytest.mark.parametrize(
    ("reader", "key", "value"),
    [
        ("integer", "whole", 9007199254740993),
        ("integer", "zero", 0),
        ("integer_or_none", "whole", 9007199254740993),
        ("integer_or_none", "zero", 0),
        ("integer_or_none", "null", None),
        ("integer_or_none", "absent", None),
        ("text", "text", "é"),
        ("text", "blank", ""),
        ("text_or_none", "blank", ""),
        ("text_or_none", "null", None),
        ("text_or_none", "absent", None),
        ("flag_or_none", "yes", True),
        ("flag_or_none", "null", None),
        ("flag_or_none", "absent", None),
        ("time", "time", 1_795_500_000_000),
        ("time", "null", None),
        ("time", "absent", None),
        ("child_or_none", "null", None),
        ("child_or_none", "absent", None),
        ("count", "list", 3),
        ("count", "null", 0),
        ("count", "absent", 0),
        ("children", "null", []),
        ("children", "absent", []),
    ],
)
def test_a_field_is_read(reader: str, key: str, value: Any) -> None:
    got = getattr(Fields(DATA), reader)(key)
    assert (type(got), got) == (type(value), value)


@pytest.mark.parametrize(
    ("reader", "key", "reason"),
    [
        ("integer", "absent", "suite.absent: expected a whole number, got nothing"),
        ("integer", "null", "suite.null: expected a whole number, got null"),
        ("integer", "yes", "suite.yes: expected a whole number, got a boolean"),
        ("integer", "real", "suite.real: expected a whole number, got a number"),
        ("integer", "text", "suite.text: expected a whole number, got a string"),
        ("integer", "list", "suite.list: expected a whole number, got a list"),
        ("integer", "object", "suite.object: expected a whole number, got an object"),
        ("integer_or_none", "text", "suite.text: expected a whole number, got a string"),
        ("text", "absent", "suite.absent: expected a string, got nothing"),
        ("text", "whole", "suite.whole: expected a string, got a number"),
        ("text_or_none", "list", "suite.list: expected a string, got a list"),
        ("flag_or_none", "zero", "suite.zero: expected a boolean, got a number"),
        ("time", "whole", "suite.whole: expected a string, got a number"),
        ("child", "absent", "suite.absent: expected an object, got nothing"),
        ("child", "null", "suite.null: expected an object, got null"),
        ("child_or_none", "list", "suite.list: expected an object, got a list"),
        ("children", "object", "suite.object: expected a list, got an object"),
        ("children", "mixed", "suite.mixed[1]: expected an object, got a number"),
        ("count", "text", "suite.text: expected a list, got a string"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_what_was_expected(reader: str, key: str, reason: str) -> None:
    with pytest.raises(MalformedPayload) as refused:
        getattr(Fields(DATA, "suite"), reader)(key)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    "text",
    ["", "x", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "9999-12-31T23:59:59-01:00", "10000-01-01T00:00:00Z"],
)
def test_an_impossible_time_is_none(text: str) -> None:
    assert Fields({"at": text}).time("at") is None


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_possible_time_are_times(text: str) -> None:
    assert Fields({"at": text}).time("at") == milliseconds(text)


def test_items_of_a_list_know_their_index_and_null_is_skipped() -> None:
    assert [(child.name, child.data) for child in Fields(DATA).children("list")] == [
        ("list[0]", {"id": 1}),
        ("list[2]", {"id": 2}),
    ]


def test_an_error_names_the_whole_path() -> None:
    with pytest.raises(MalformedPayload, match=r"^object\.inner\.id: expected a whole number, got a string$"):
        Fields(DATA).child("object").child("inner").integer("id")
