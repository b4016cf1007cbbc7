"""Builds the id and the path of a record from its metric's key. Pure."""

import hashlib
import re
from urllib.parse import quote

from core.events import Repository
from core.metric import NO_DAY, Key

_LONGEST_NAME = 255 - len(".partial.json")  # bytes of a file name, on every file system that matters
_CAPITALS = re.compile("%[0-9A-F]{2}|[A-Z]")
"""Capitals of an escape stay: it means the same in either case."""
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def record_path(repository: Repository, metric: str, key: Key, *, partial: bool) -> str:
    """Return the path below the store's root: OWNER/NAME/METRIC[/DAY]/NAME.json, `undated` for a record without a day."""
    name = file_name(key)
    folder = f"{repository.owner}/{repository.name}/{metric}"
    if key.day != NO_DAY:
        folder += "/" + (key.day or "undated")
    return f"{folder}/{name}.partial.json" if partial else f"{folder}/{name}.json"


def key_name(key: Key) -> str:
    """Return the key as part of a record's id: percent-encoded, never only dots, never longer than a file name may be."""
    return _shorten(_quote(key))


def file_name(key: Key) -> str:
    """Return the key as a file name: like `key_name`, but two file names never differ only by case.

    GitHub's tags `v1.0.0-RC` and `v1.0.0-rc` are two, and on the disks of macOS and Windows their files would be one: so
    capital letters are percent-encoded, too. So is the first letter of a name that Windows reserves for a device. The name
    depends on the key alone, never on what is stored.
    https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
    """
    name = _CAPITALS.sub(_percent_encode, _quote(key))
    if name.partition(".")[0] in _DEVICES:
        name = f"%{ord(name[0]):02X}{name[1:]}"
    return _shorten(name)


def _percent_encode(match: re.Match[str]) -> str:
    text = match[0]
    return text if text.startswith("%") else f"%{ord(text):02X}"


def _quote(key: Key) -> str:
    parts = [str(part) for part in (*key.identity, *key.version) if part is not None]
    name = quote("-".join(parts), safe="")
    return name if name.strip(".") else name.replace(".", "%2E")


def _shorten(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    return f"{name[: _LONGEST_NAME - len(digest) - 1]}~{digest}"
