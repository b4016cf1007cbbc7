import json

import pytest

from core.record_file import to_line
from core.stores.landing import LandedFile, LandedLine, landing_file, parse_key, parse_lines, receipt_of

NOON = 1_796_126_400_000
"""2026-12-01 12:00 UTC, in UNIX ms."""
PATH = "o/r/m/2026-12-01/1.json"
RECORD = to_line({"id": "o/r/m/1", "output": {"path": "ü/\\", "line": "a\nb"}, "anomalies": []})


def test_a_record_is_landed_as_it_is_stored_with_its_path() -> None:
    landed = landing_file({PATH: RECORD}, "", NOON, None)
    assert landed is not None
    key, content = landed
    assert key.startswith("landing/day=2026-12-01/hour=12/0000000000000000-")
    assert json.loads(content) == {"path": PATH, **json.loads(RECORD)}
    assert list(parse_lines(content)) == [LandedLine(1, PATH, RECORD)]


def test_the_root_is_part_of_the_key_and_of_no_path() -> None:
    landed = landing_file({f"a/b/{PATH}": RECORD, PATH: RECORD}, "a/b/", NOON, "1" * 16)
    assert landed is not None
    key, content = landed
    assert parse_key(key, "a/b/") == LandedFile(NOON // 1000, "1" * 16)
    assert parse_key(key, "") is None
    assert [line.path for line in parse_lines(content)] == [PATH]


@pytest.mark.parametrize("minutes", [0, 59])
def test_the_same_batch_of_an_hour_has_the_same_name(minutes: int) -> None:
    files = {PATH: RECORD, "o/r/m/2.json": RECORD}
    again = landing_file(dict(reversed(files.items())), "", NOON + minutes * 60_000, None)
    assert landing_file(files, "", NOON, None) == again


def test_other_content_another_receipt_and_another_hour_have_other_names() -> None:
    keys = {
        (landing_file(files, "", now, receipt) or ("", b""))[0]
        for files in ({PATH: RECORD}, {"o/r/m/2.json": RECORD})
        for now in (NOON, NOON + 3_600_000)
        for receipt in (None, "1" * 16)
    }
    assert len(keys) == 8


@pytest.mark.parametrize("content", [b"1\n", b"{}\n", b"[]", b"not JSON", b"", b"\xff", b"[" * 100_000])
def test_what_is_no_record_does_not_land(content: bytes) -> None:
    assert landing_file({PATH: content, "o/r/m/1.jsonl": RECORD, "_system/a.json": RECORD}, "", NOON, None) is None


@pytest.mark.parametrize(
    "content", [b'{\n "id": "a",\r "b": "\xc3\xbc"}', b'\t{"id":"a","b":"\xc3\xbc"}', b'{"id":"a","b":"\\u00fc"\n}\n']
)
def test_a_record_of_several_lines_lands_in_one(content: bytes) -> None:
    _, landed = landing_file({PATH: content}, "", NOON, None) or ("", b"")
    assert list(parse_lines(landed)) == [LandedLine(1, PATH, '{"id":"a","b":"ü"}\n'.encode())]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b'{"path":"o/r/m/1.json","id":"a', "o/r/m/1.json"),
        (b'{"path":"o/r/m/1.json","id":"a"}', "o/r/m/1.json"),
        (b'{"path":"o/r/m', None),
        (b'{"id":"a","path":"o/r/m/1.json"}\n', None),
        (b'{"path":"../1.json","id":"a"}\n', None),
        (b'{"path":"/o/1.json","id":"a"}\n', None),
        (b'{"path":"o\\\\r/1.json","id":"a"}\n', None),
        (b'{"path":"o/\\u0000/1.json","id":"a"}\n', None),
        (b'{"path":"_system/ledger/1.json","id":"a"}\n', None),
        (b'{"path":"o/r/m/1.txt","id":"a"}\n', None),
        (b'{"path":"\xff.json","id":"a"}\n', None),
        (b"\n", None),
        (b"[]\n", None),
    ],
)
def test_a_line_that_is_no_landed_record_has_no_content(line: bytes, path: str | None) -> None:
    assert list(parse_lines(line)) == [LandedLine(1, path, None)]


@pytest.mark.parametrize(
    "key",
    [
        "landing/day=2026-12-01/hour=12/part-0.parquet",
        "landing/day=2026-12-01/hour=24/0000000000000000-0000000000000000.jsonl",
        "landing/day=2026-13-01/hour=12/0000000000000000-0000000000000000.jsonl",
        "landing/day=2026-12-01/hour=12/",
        "landing/day=\u0662\u0660\u0662\u0666-12-01/hour=12/0000000000000000-0000000000000000.jsonl",
        "o/r/m/1.json",
    ],
)
def test_a_foreign_file_of_the_folder_is_no_landing_file(key: str) -> None:
    assert parse_key(key, "") is None


@pytest.mark.parametrize(
    ("key", "digits"),
    [
        (f"_system/receipts/2026-12-01/{'0123456789abcdef' * 2}.jsonl", "0123456789abcdef"),
        (f"a/_system/receipts/2026-12-01/{'0123456789abcdef' * 2}.jsonl", "0123456789abcdef"),
        ("_system/receipts/2026-12-01/canary-1.jsonl", None),
        ("_system/ledger/2026-12-01/1.json", None),
    ],
)
def test_a_receipt_is_known_by_its_first_digits(key: str, digits: str | None) -> None:
    assert receipt_of(key) == digits
