"""One module = one kind of item that GitHub lists, discovered: its `UNITS` yields the units of work."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import cast

from core.backfill.context import BackfillContext, Unit
from core.discovery import discover


@cache
def all_kinds() -> tuple[Callable[[BackfillContext], Iterator[Unit]], ...]:
    """Return the `UNITS` of every module, sorted by module name."""
    return cast("tuple[Callable[[BackfillContext], Iterator[Unit]], ...]", discover(__name__, "UNITS"))
