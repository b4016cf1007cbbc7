"""One module = one kind of thing that GitHub lists, found by being there: its `UNITS` are what is to be looked at."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import cast

from core.backfill.context import BackfillContext, Unit
from core.metric import discover


@cache
def all_kinds() -> tuple[Callable[[BackfillContext], Iterator[Unit]], ...]:
    """The `UNITS` of every module, sorted by module name."""
    return cast("tuple[Callable[[BackfillContext], Iterator[Unit]], ...]", discover(__name__, "UNITS"))
