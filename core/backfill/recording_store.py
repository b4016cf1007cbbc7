"""Remembers the paths that are written to a store, as new records may need fields that no event has."""

from collections.abc import Iterable, Mapping

from core.ports import Store


class RecordingStore:
    """Implements core.ports.Store on another store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._written: list[str] = []

    def take_written(self) -> list[str]:
        """Return the paths written since the last call."""
        written, self._written = self._written, []
        return written

    def write(self, files: Mapping[str, bytes], message: str) -> bool:
        """Implement core.ports.Store."""
        changed = self._store.write(files, message)
        self._written += files
        return changed

    def read(self, path: str) -> bytes | None:
        """Implement core.ports.Store."""
        return self._store.read(path)

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Implement core.ports.Store."""
        return self._store.read_many(paths)

    def list(self, prefix: str) -> Iterable[str]:
        """Implement core.ports.Store."""
        return self._store.list(prefix)

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Implement core.ports.Store."""
        return self._store.changes(cursor)

    def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        """Implement core.ports.Store."""
        return self._store.compare_and_swap(path, old, new)
