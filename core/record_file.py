"""Writes and parses the file of a record: one JSON object and a newline."""

import json

from core.payload import Json, parse_json

RECEIPTS = "_system/receipts"
"""The folder of the receipts, below REPO_PATH."""
LEDGER = "_system/ledger"
"""The folder of the ledger's files, below REPO_PATH."""


def is_record_path(path: str) -> bool:
    """Return whether a file of the store is a record; the others are receipts, cursors and other files of the system."""
    return path.endswith(".json") and "/_system/" not in f"/{path}"


def parse_record(content: bytes | None) -> Json | None:
    """Return the record of a file; None if it is none, or of the TypeScript original, which has no id."""
    try:
        record = parse_json(content or b"")
    except ValueError:
        return None
    is_record = type(record) is dict and type(record.get("id")) is str and type(record.get("output")) is dict
    return record if is_record else None


def to_json(value: object) -> str:
    """Return compact JSON, with non-ASCII text as it is; escaped only if a lone surrogate has no UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def to_line(value: object) -> bytes:
    """Return the bytes of a record's file, or of a line of a receipt."""
    return (to_json(value) + "\n").encode()
