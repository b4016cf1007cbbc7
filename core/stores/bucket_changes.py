"""Lists what was written to a bucket since a cursor: by its landing files, or by all its objects while these do not suffice.

Landing files are read from two hours before the newest one on, and those that were listed before are left out. So the requests
depend on what is new and not on what is there: S3 and Cloud Storage list from any key on, a thousand keys a request.

All objects are listed while the landing is not complete: at the first read, until it has been written for more than two hours (an
older version of the worker may run until then), whenever a batch has a receipt and records but no landing file, and when landing
files were deleted. Times are those of the cloud's clock; the hour in a landing file's name is that of the worker's clock.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from core.payload import day_of, parse_json
from core.record_file import LEDGER, RECEIPTS
from core.stores.bucket_objects import Objects, Version
from core.stores.landing import HOUR, LANDING, LandedFile, folder_of_hour, parse_key, receipt_of

WINDOW = 2 * HOUR
"""Seconds before the newest landing file: an upload may take as long, and the clocks of two workers may differ as much."""
_OVERLAP = 60
"""Seconds: an object's time is the beginning of its upload, and it is visible only at the end."""
_LEDGER_DAYS = 3 * 86_400
"""Seconds: the job writes the files of the two days before."""
_FIRST_HOUR, _LAST_HOUR = 1_500_000_000, 32_503_680_000
"""UNIX s that the hour of a cursor may be: from 2017 to the year 3000."""
_READERS = 16
_MOST_NEWEST = 10_000
"""Versions in memory at which those that are not of the newest minute are dropped."""

Changes = tuple[tuple[str, ...], str]
"""Keys, sorted, and the next cursor."""


class _Position(NamedTuple):
    """A parsed cursor."""

    seconds: int
    """UNIX s: of a landing, the beginning of its newest hour; else the time from which on objects are new."""
    seen: frozenset[str]
    """The tokens of what was listed of that time already."""
    by_landing: bool


_EVERYTHING = _Position(0, frozenset(), by_landing=False)


class _Landing(NamedTuple):
    """The landing files from an hour on."""

    files: list[tuple[str, LandedFile]]
    """Keys, and what they say."""
    hour: int
    """UNIX s: the newest hour. A worker whose clock is ahead is not newer than the cloud's clock says."""
    since: int
    """UNIX s: when the first of them was written."""


def changes(objects: Objects, root: str, cursor: str | None) -> Changes:
    """Return the keys below `root` that were written since the cursor, each at least once, and the next cursor.

    The keys are those of landing files and of ledger files; or while all objects are listed, of everything but landing files.
    Raises Unavailable. An invalid cursor lists everything.
    """
    position = _parse(cursor)
    if position.by_landing:
        recent = _Recent(objects, root, position.seconds)
        if not recent.lacks_any(position.seen) and not recent.has_unlanded_records(position.seen):
            return recent.new_keys(position.seen), recent.cursor()
        position = _Position(position.seconds - WINDOW, frozenset(), by_landing=False)
    return _all_changes(objects, root, position)


class _Recent:
    """What was written from two hours before an hour on: receipts, ledger files and landing files, in this order.

    A worker writes the receipt last, so the landing file of a receipt that is listed here is listed here too.
    """

    def __init__(self, objects: Objects, root: str, hour: int) -> None:
        self._objects = objects
        self._root = root
        begins = hour - WINDOW
        receipts = objects.versions(f"{root}{RECEIPTS}/", f"{root}{RECEIPTS}/{day_of(begins * 1000)}")
        self._receipts = [
            version for version in receipts if version.seconds >= begins + HOUR and receipt_of(version.key)
        ]  # that of the hour before may be of a batch that landed before the window
        days = f"{root}{LEDGER}/{day_of((begins - _LEDGER_DAYS) * 1000)}"
        self._ledgers = [version for version in objects.versions(f"{root}{LEDGER}/", days) if version.seconds >= begins]
        self._landing = _read_landing(objects, root, hour)

    def lacks_any(self, seen: frozenset[str]) -> bool:
        """Return whether a landing file that was seen is deleted: then unseen ones may be, too."""
        listed = {key for key, _ in self._landing.files}
        return any(parse_key(key, self._root) and key not in listed for key in seen)

    def has_unlanded_records(self, checked: frozenset[str] = frozenset()) -> bool:
        """Return whether a batch has a receipt and records, but no landing file: an older version of the worker wrote it."""
        landed = {file.receipt for _, file in self._landing.files}
        keys = [
            version.key
            for version in self._receipts
            if receipt_of(version.key) not in landed and _token(version) not in checked
        ]
        with ThreadPoolExecutor(_READERS) as readers:
            return any(list(readers.map(lambda key: _has_records(self._objects.get(key)), keys)))

    def new_keys(self, seen: frozenset[str]) -> tuple[str, ...]:
        """Return the keys of the files to read that were not seen before, sorted."""
        landed = (key for key, _ in self._landing.files if key not in seen)
        ledgers = (version.key for version in self._ledgers if _token(version) not in seen)
        return tuple(sorted((*landed, *ledgers)))

    def cursor(self) -> str:
        """Return the cursor after these files."""
        begins = self._landing.hour - WINDOW
        landed = {key for key, file in self._landing.files if file.hour >= begins}
        others = {_token(version) for version in (*self._ledgers, *self._receipts) if version.seconds >= begins}
        return _to_text({"landing": self._landing.hour, "seen": sorted(landed | others)})


def _read_landing(objects: Objects, root: str, hour: int | None = None) -> _Landing:
    """List the landing files from two hours before an hour on; None: all of them."""
    start = "" if hour is None else folder_of_hour(root, hour - WINDOW)
    files, newest, since = [], hour or 0, 0
    for version in objects.versions(f"{root}{LANDING}", start):
        file = parse_key(version.key, root)
        if file is not None:
            files.append((version.key, file))
            newest = max(newest, min(file.hour, version.seconds // HOUR * HOUR))
            since = min(since or version.seconds, version.seconds)
    return _Landing(files, newest, since)


def _all_changes(objects: Objects, root: str, position: _Position) -> Changes:
    """List all objects; the landing before them, so that the records of a landing file that is listed are listed too."""
    recent = _complete_landing(objects, root)
    new: list[str] = []
    newest: list[Version] = []
    latest = 0
    has_other_root = False
    for version in objects.versions(root):
        key = version.key[len(root) :]
        if key.startswith(LANDING):
            continue
        has_other_root = has_other_root or "/_system/" in key
        latest = max(latest, version.seconds)
        if version.seconds >= position.seconds and _token(version) not in position.seen:
            new.append(version.key)
        if version.seconds >= latest - _OVERLAP:
            newest.append(version)
        if len(newest) > _MOST_NEWEST:
            newest = [item for item in newest if item.seconds >= latest - _OVERLAP]
    keys = tuple(sorted(new))
    if recent is not None and not has_other_root:
        return keys, recent.cursor()
    seen = sorted([item.key, item.tag] for item in newest if item.seconds >= latest - _OVERLAP)
    return keys, _to_text([latest, seen])


def _complete_landing(objects: Objects, root: str) -> _Recent | None:
    """Return the recent landing files if all records of their time are in them, else None."""
    landing = _read_landing(objects, root)
    if not landing.files or landing.hour - landing.since <= WINDOW:
        return None
    recent = _Recent(objects, root, landing.hour)
    return None if recent.has_unlanded_records() else recent


def _has_records(receipt: tuple[bytes, str] | None) -> bool:
    """Return whether a receipt names a record; a line that cannot be parsed counts as one."""
    try:
        return any(parse_json(line)["records"] for line in (receipt[0] if receipt else b"").splitlines())
    except (ValueError, TypeError, KeyError):
        return True


def _token(version: Version) -> str:
    """Return what distinguishes a version of an object that can be written again."""
    return f"{version.key} {version.tag}"


def _to_text(cursor: Any) -> str:
    return json.dumps(cursor, separators=(",", ":"))


def _parse(cursor: str | None) -> _Position:
    """Return the position of a cursor; an invalid one lists everything."""
    try:
        fields = json.loads(cursor or "[0,[]]")
        if type(fields) is dict:
            hour = int(fields["landing"])
            seen_keys = frozenset(map(str, fields["seen"]))
            return _Position(hour, seen_keys, by_landing=True) if _FIRST_HOUR <= hour <= _LAST_HOUR else _EVERYTHING
        latest, seen = fields
        tokens = frozenset(_token(Version(str(key), str(tag), 0)) for key, tag in seen)
        return _Position(int(latest) - _OVERLAP, tokens, by_landing=False)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return _EVERYTHING
