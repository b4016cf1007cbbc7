"""Plans the backfill of a repository: its units and their cost, what it does not have, and what cannot be listed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.backfill.completion import Completion
from core.backfill.context import BackfillContext, Unit
from core.backfill.cursor import Cursor
from core.backfill.kinds import all_kinds
from core.backfill.pull_request_batch import AT_ONCE
from core.backfill.retention import gone
from core.errors import NotFound, TelemetryError

_OF_PULL_REQUESTS = ("pull requests", "reviews of pull requests")
"""Kinds of units whose id is the number of a pull request."""


class Plan(NamedTuple):
    """The units of a repository, and their cost."""

    name: str
    """OWNER/NAME, as GitHub spells it now."""
    units: tuple[Unit, ...]
    left_out: tuple[str, ...]
    """Kinds that cannot be listed, each with the reason."""
    notes: tuple[str, ...]
    """What the repository does not have or GitHub does not keep, a sentence each: nothing that can be read is missing."""
    calls: int
    """Number of requests made so far."""
    expected: int
    """Expected number of requests of the units, and for the fields that no event has."""
    since: int
    """UNIX ms."""
    older: int = 0
    """Stored records of an earlier schema, whose absent fields are to be filled in."""
    later: int = 0
    """Stored records that need a field which no event has."""
    number_calls: int = 0
    """Expected number of requests for what numbers in first lines stand for; part of `expected`."""
    absent: tuple[tuple[str, str], ...] = ()
    """The lists that GitHub says the repository does not have, each with its answer; they are also in `notes`."""
    truncated: tuple[str, ...] = ()
    """The lists that end at a limit, a sentence each with what is missing: another run does not find it."""
    listed: frozenset[str] = frozenset()
    """The names of all units, also of those that need not be read again."""

    @property
    def kinds(self) -> Counter[str]:
        """Number of units of each kind."""
        return Counter(unit.kind for unit in self.units)


def make_plan(context: BackfillContext, cursor: Cursor, completion: Completion) -> Plan:
    """List every kind; one that cannot be read does not affect the others. Makes the requests for the lists."""
    units, left_out, listed = list[Unit](), list[str](), set[str]()
    for kind in all_kinds():
        name = kind.__module__.rpartition(".")[2].replace("_", " ")
        try:
            of_kind = list(kind(context))
        except NotFound as error:
            context.absent[name] = str(error)
        except Exception as error:  # noqa: BLE001 (an odd value in one list must not cost the others)
            left_out.append(f"{name}: {reason_of(error)}")
        else:
            units += [unit for unit in of_kind if not cursor.has(unit)]
            listed |= {unit.name for unit in of_kind}
    return Plan(
        name=context.path.removeprefix("/repos/"),
        units=tuple(sorted(units, key=lambda unit: cursor.states.order(unit.name))),
        left_out=tuple(left_out),
        notes=_notes(context),
        calls=context.github.calls,
        expected=sum(unit.calls for unit in units) + _of_batches(context, units) + completion.expected_calls,
        since=cursor.since,
        older=completion.older,
        later=completion.later,
        number_calls=completion.number_calls,
        absent=tuple(context.absent.items()),
        truncated=tuple(f"{name}: {missing}" for name, missing in context.truncated.items()),
        listed=frozenset(listed),
    )


def numbers_of(units: Iterable[Unit]) -> list[int]:
    """Return the numbers of the pull requests of these units, each once."""
    return list(dict.fromkeys(int(unit.id) for unit in units if unit.kind in _OF_PULL_REQUESTS))


def _of_batches(context: BackfillContext, units: Sequence[Unit]) -> int:
    """Return how many queries read the pull requests of the units in batches."""
    return -(-len(numbers_of(units)) // AT_ONCE) if context.is_batched else 0


def reason_of(error: Exception) -> str:
    """Return what may be printed of an error: only our own errors are known to quote no payload."""
    return str(error) if isinstance(error, TelemetryError) else f"unexpected {type(error).__name__}"


def summarize(reasons: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return one sentence for each kind: its first reason, and how many more items had one. Takes (kind, reason) pairs."""
    counts = Counter(kind for kind, _ in reasons)
    first = dict(reversed(reasons))
    others = {kind: f" (and {counts[kind] - 1:,} more)" if counts[kind] > 1 else "" for kind in counts}
    return tuple(f"{kind}: {first[kind]}{others[kind]}" for kind in counts)


def _notes(context: BackfillContext) -> tuple[str, ...]:
    flags = [flag for flag in ("archived", "disabled") if context.repository.get(flag)]
    absent = [f"no {name}: {answer}" for name, answer in context.absent.items()]
    host = context.settings.github_host
    return (*flags, *absent, *gone(context.repository, host, since=context.since, now=context.now))
