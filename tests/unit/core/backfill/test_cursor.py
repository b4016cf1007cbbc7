from types import MappingProxyType, SimpleNamespace
from typing import cast

import pytest

from core.backfill.context import Unit, constant
from core.backfill.cursor import ConcurrentRunError, Cursor, CursorFile
from core.backfill.unit_states import UnitStates
from core.services import JobServices

RULES = UnitStates(0, "rules", MappingProxyType({}), MappingProxyType({}))


class Store:
    """A store of one file that counts its writes and their bytes."""

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.writes = 0
        self.bytes = 0

    def read(self, _: str) -> bytes | None:
        return self.content

    def compare_and_swap(self, _: str, old: bytes | None, new: bytes) -> bool:
        if old != self.content:
            return False
        self.content, self.writes, self.bytes = new, self.writes + 1, self.bytes + len(new)
        return True


def cursor_file(store: Store) -> CursorFile:
    settings = SimpleNamespace(root="", github_host="github.com")
    return CursorFile(1, cast("JobServices", SimpleNamespace(store=store, settings=settings)))


def chunk(number: int) -> list[Unit]:
    return [Unit("statuses of deployments", number * 100 + n, 1, constant(()), "0123456789") for n in range(100)]


def read_chunks(file: CursorFile, cursor: Cursor, store: Store, chunks: int) -> tuple[Cursor, int]:
    """Read chunks of a hundred units; return the cursor, and how many a run that is killed then reads again at most."""
    most = 0
    for number in range(chunks):
        units = chunk(number)
        cursor = cursor.with_done(units, units, 0, {})
        file.write_if_due(cursor, len(units))
        kept = cursor_file(store).read().states.units if store.content and number % 25 == 18 else cursor.states.units
        most = max(most, sum(cursor.states.units[name] != kept.get(name) for name in cursor.states.units))
    return cursor, most


def test_a_small_cursor_is_written_after_every_chunk() -> None:
    store = Store()
    read_chunks(cursor_file(store), Cursor(("o/r",), states=RULES), store, 10)
    assert store.writes == 10


def test_a_large_cursor_is_written_for_every_twentieth_of_its_units() -> None:
    store = Store()
    file = cursor_file(store)
    cursor, repeated = read_chunks(file, Cursor(("o/r",), states=RULES), store, 100)
    assert repeated <= 0.05 * len(cursor.states.units) == 500
    assert store.writes < 50
    assert store.bytes < 23 * len(store.content or b"")
    file.write(cursor)
    assert cursor_file(store).read().states.units == cursor.states.units


def test_units_that_are_read_again_count_although_the_cursor_does_not_grow() -> None:
    store = Store()
    file = cursor_file(store)
    cursor, _ = read_chunks(file, Cursor(("o/r",), states=RULES), store, 100)
    file.write(cursor)
    before = store.writes
    for number in range(20):
        changed = [unit._replace(state="other") for unit in chunk(number)]
        cursor = cursor.with_done(changed, changed, 0, {})
        file.write_if_due(cursor, len(changed))
    assert store.writes - before == 3


def test_a_run_beside_this_one_is_noticed_at_the_next_write() -> None:
    store = Store()
    file = cursor_file(store)
    file.write(Cursor(("o/r",)))
    store.content = b"{}"
    with pytest.raises(ConcurrentRunError, match="another run of this job is working on o/r"):
        file.write_if_due(Cursor(("o/r",), since=1), 1)
