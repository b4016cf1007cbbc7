import pytest

from core.record_file import is_record_path, parse_record, to_json, to_line


@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"[]", b'{"id":1,"output":{}}', b'{"output":{}}', b'{"id":"x"}', b"\xff"]
)
def test_a_file_that_is_no_record_is_skipped(content: bytes | None) -> None:
    assert parse_record(content) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1, "b": [1, 2]}, '{"a":1,"b":[1,2]}'),
        ("é\u2028😀", '"é\u2028😀"'),
        ("\ud800", '"\\ud800"'),
        ("é\ud800", '"\\u00e9\\ud800"'),
        ("a\nb", '"a\\nb"'),
        (9007199254740993, "9007199254740993"),
        (None, "null"),
    ],
)
def test_json_is_compact_raw_and_escaped_only_where_there_is_no_utf_8(value: object, text: str) -> None:
    assert to_json(value) == text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("o/r/check-suite/2026-11-20/1.json", True),
        ("data/o/r/release-versions/v1.0.0.json", True),
        ("o/r/check-suite/2026-11-20/1.partial.json", True),
        ("_system/backfill/github.com/1.json", False),
        ("data/_system/backfill/github.com/1.json", False),
        ("_system/receipts/2026-11-20/1.jsonl", False),
        ("README.md", False),
    ],
)
def test_only_files_outside_of_the_system_folder_are_records(path: str, expected: object) -> None:
    assert is_record_path(path) is expected


def test_a_line_is_parsed_again() -> None:
    record = {"id": "o/r/m/1", "output": {"name": "\u00fc"}}
    assert parse_record(to_line(record)) == record
