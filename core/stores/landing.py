"""Writes and parses landing files: the records of one write as JSON lines, named by the UTC hour of writing. Pure.

A bucket has `landing/day=YYYY-MM-DD/hour=HH/RECEIPT-CONTENT.jsonl` below REPO_PATH. What is new is in the last folders, so a
reader need not list the records, and a query engine reads each folder as a partition (docs/DATABASE.md). A line is a record as
it is stored, with the path of its file as the first field.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from core.record_file import RECEIPTS, is_record_path, to_line

LANDING = "landing/day="
"""No account of GitHub has a repository with such a name, so no record has such a path."""
HOUR = 3_600
"""Seconds."""
_NO_RECEIPT = "0" * 16
_DIGITS = 16
"""Hexadecimal digits of each half of a name."""
_NAME = re.compile(
    rf"{LANDING}(\d{{4}}-\d\d-\d\d)/hour=(\d\d)/([0-9a-f]{{{_DIGITS}}})-[0-9a-f]{{{_DIGITS}}}\.jsonl", re.ASCII
)
_RECEIPT = re.compile(rf".*{RECEIPTS}/[0-9-]+/([0-9a-f]{{{_DIGITS}}})[0-9a-f]+\.jsonl", re.DOTALL)
_LINE = re.compile(rb'\{"path":("(?:[^"\\]|\\.)*"),(?=")')
_COMPACT = re.compile(rb'\{"[^\x00-\x1f]*\}\n')
"""One line without a control character, which an engine could take for a delimiter."""


class LandedFile(NamedTuple):
    """What the name of a landing file says."""

    hour: int
    """UNIX s of the beginning of its hour."""
    receipt: str
    """The first digits of the name of the batch's receipt; zeros for a write without one."""


class LandedLine(NamedTuple):
    """A line of a landing file."""

    number: int
    """From 1."""
    path: str | None
    """The path of the record without REPO_PATH; None if the line does not say."""
    content: bytes | None
    """The content of the record's file; None if the line is not complete."""


def landing_file(files: Mapping[str, bytes], root: str, now: int, receipt: str | None) -> tuple[str, bytes] | None:
    """Return key and content of the landing file of these record files; None if there is no record among them.

    `now` is UNIX ms. The same batch within an hour has the same name: a retry makes no second file. The content is part of the name,
    because a batch that comes again may find other values in the store.
    """
    lines = [line for path, content in files.items() if (line := _line(path, content, root)) is not None]
    if not lines:
        return None
    content = b"".join(sorted(lines))
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    return f"{root}{_folder(now // 1000)}{receipt or _NO_RECEIPT}-{digest}.jsonl", content


def folder_of_hour(root: str, seconds: int) -> str:
    """Return the prefix of the landing files of the hour of a time in UNIX s."""
    return f"{root}{_folder(seconds)}"


def receipt_of(key: str) -> str | None:
    """Return the digits by which a landing file names this receipt; None if the object is no receipt of a batch."""
    match = _RECEIPT.fullmatch(key)
    return match[1] if match else None


def parse_key(key: str, root: str) -> LandedFile | None:
    """Return what the key of a landing file says; None for every other object, also in the same folders."""
    match = _NAME.fullmatch(key[len(root) :]) if key.startswith(root) else None
    if match is None:
        return None
    try:
        hour = datetime.fromisoformat(f"{match[1]}T{match[2]}:00:00+00:00")
    except ValueError:
        return None
    return LandedFile(int(hour.timestamp()), match[3])


def parse_lines(content: bytes) -> Iterator[LandedLine]:
    """Yield the lines of a landing file."""
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        match = _LINE.match(line)
        path = _path(match[1]) if match else None
        complete = path is not None and match is not None and line.endswith(b"}\n")
        yield LandedLine(number, path, b"{" + line[match.end() :] if complete and match else None)


def _folder(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):{LANDING}%Y-%m-%d/hour=%H/}"


def _line(path: str, content: bytes, root: str) -> bytes | None:
    """Return the line of a record file; None if the file is no record below the root."""
    if not path.startswith(root) or not is_record_path(path):
        return None
    if not _COMPACT.fullmatch(content):  # edited by hand, or written by another program
        try:
            record = json.loads(content)
        except (ValueError, RecursionError):
            return None
        if type(record) is not dict or not record:
            return None
        content = to_line(record)
    return b'{"path":' + json.dumps(path[len(root) :]).encode() + b"," + content[1:]


def _path(text: bytes) -> str | None:
    """Return the path of a line if it may be that of a record."""
    try:
        path = json.loads(text)
    except ValueError:
        return None
    is_valid = type(path) is str and path.isprintable() and is_record_path(path)
    is_inside = is_valid and not any(part in ("", ".", "..") for part in path.split("/")) and "\\" not in path
    return path if is_inside else None
