"""A bucket of very many landed records whose keys are computed, so that it takes no memory itself; it lists as S3 does."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from core.record_file import RECEIPTS
from core.stores.bucket_objects import Version
from core.stores.landing import folder_of_hour, landing_file

BATCH = 1_000
"""Records of a batch; a batch lands every hour."""
_PAGE = 1_000
_HOUR = 3_600
_BEGIN = 1_793_000_000 // _HOUR * _HOUR


class LandedBucket:
    """Implements core.stores.bucket_objects.Objects for `records` old records, whose contents nobody reads, and new files."""

    def __init__(self, records: int, *, has_landing: bool) -> None:
        self.requests = Counter[str]()
        self.hour = _BEGIN + records // BATCH * _HOUR
        """UNIX s: the newest hour."""
        self._records = records
        self._has_landing = has_landing
        self._new: dict[str, bytes] = {}

    def add(self, folder: Path) -> None:
        """Add the records of a folder, in batches."""
        paths = sorted(path for path in folder.rglob("*.json"))
        for first in range(0, len(paths), BATCH):
            files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths[first : first + BATCH]}
            self._new |= files
            landed = landing_file(files, "", self.hour * 1000, f"{first:016x}")
            if landed is not None and self._has_landing:
                self._new[landed[0]] = landed[1]
            self._new[f"{RECEIPTS}/{_day(self.hour)}/{first:032x}.jsonl"] = b'{"records":["a"]}\n'

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return the content of a new file."""
        self.requests["GET"] += 1
        return (self._new[key], "1") if key in self._new else None

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        """Raise an error: a merge writes nothing."""
        raise RuntimeError((key, content, tag))

    def versions(self, prefix: str, start: str = "") -> Iterator[Version]:
        """Yield the versions of the keys in order, a thousand a request."""
        self.requests["LIST"] += 1
        for listed, version in enumerate(self._versions(prefix, start)):
            if listed and listed % _PAGE == 0:
                self.requests["LIST"] += 1
            yield version

    def _versions(self, prefix: str, start: str) -> Iterator[Version]:
        keys = [*self._batches(), *((key, self.hour) for key in self._new)]
        keys = sorted((key, seconds) for key, seconds in keys if key.startswith(prefix))
        for key, seconds in keys[bisect_right(keys, (start, self.hour)) :]:
            yield Version(key, f'"{len(key):032x}"', seconds)
        for number in range(
            self._records if not prefix else 0
        ):  # S3's order of the keys is no part of what is measured
            key = f"octo-org/repository-{number // 25_000}/workflow-job/2026-11-24/{number:011}-1.json"
            yield Version(key, f'"{number:032x}"', _BEGIN + number // BATCH * _HOUR)

    def _batches(self) -> Iterator[tuple[str, int]]:
        for number in range(self._records // BATCH):
            seconds = _BEGIN + number * _HOUR
            yield f"{RECEIPTS}/{_day(seconds)}/{number:016x}{number:016x}.jsonl", seconds
            if self._has_landing:
                yield f"{folder_of_hour('', seconds)}{number:016x}-{number:016x}.jsonl", seconds


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
