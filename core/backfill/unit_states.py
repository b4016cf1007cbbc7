"""Remembers what GitHub's lists showed of the units that a backfill has read, so that the next one reads only what has changed.

The lists are read in any case. A unit whose items are all stored, and of which they show the same as then, has nothing new.
In doubt it is read again: docs/adr/0020-backfill-fills-only-what-is-absent.md.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import NamedTuple

from core.events import SCHEMA
from core.metrics import all_metrics
from core.payload import DAY, Json, day_of
from core.settings import Settings

_RULES = 1
"""Increase it when a unit yields other events than before, so that all units are read once more."""
_HOUR = DAY // 24
_READ = "@"
"""Begins the state of a unit that was read but may still change: its hour follows."""


class UnitStates(NamedTuple):
    """The units that are read, and what must still hold so that they need not be read again."""

    since: int = 0
    """The start date in UNIX ms: what was older than that was not stored."""
    rules: str = ""
    """What events were stored; see `rules_of`. Empty: no unit is left out, and none is remembered for later backfills."""
    records: Mapping[str, int] = MappingProxyType({})
    """Number of stored records by day: if a day has fewer, some were deleted."""
    units: Mapping[str, str] = MappingProxyType({})
    """The state of each unit, by kind and id: what the lists showed of it, or when it was read if it may still change."""

    def valid(self, since: int, rules: str, records: Mapping[str, int]) -> "UnitStates":
        """Return the states that hold for a backfill since this time with these rules and stored records, or none."""
        first = day_of(since) or ""
        is_complete = all(records.get(day, 0) >= count for day, count in self.records.items() if day >= first)
        is_valid = rules and self.since <= since and self.rules == rules and is_complete
        return UnitStates(since, rules, records, self.units if is_valid else MappingProxyType({}))

    def is_same(self, name: str, state: str) -> bool:
        """Return whether the unit was read in this state; False for the empty state, in which it may still change."""
        return bool(state) and self.units.get(name) == state

    def order(self, name: str) -> str:
        """Return a key for sorting: units that were never read first, then those that were read the longest ago."""
        return self.units.get(name, "")

    def with_read(self, units: Mapping[str, str], now: int, records: Mapping[str, int]) -> "UnitStates":
        """Return the states with these units read, each with its state; an empty one if it may still change. `now` is UNIX ms."""
        hour = f"{_READ}{now // _HOUR}"
        states = {name: state or hour for name, state in units.items()}
        return self._replace(units=MappingProxyType({**self.units, **states}), records=MappingProxyType(dict(records)))

    def only(self, listed: AbstractSet[str]) -> "UnitStates":
        """Return the states without the units that are no longer listed; those of a kind that has no listed unit remain."""
        kinds = set(map(_kind, listed))
        units = {name: state for name, state in self.units.items() if name in listed or _kind(name) not in kinds}
        return self._replace(units=MappingProxyType(units))


def _kind(name: str) -> str:
    return name.partition(":")[0]


def state_of(*shown: object) -> str:
    """Return a short digest of what the lists show of a unit."""
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:10]


def rules_of(settings: Settings) -> str:
    """Return a digest of what decides which events are stored: the schema, the metrics, and the labels of incidents."""
    metrics = sorted((metric.name, metric.trigger) for metric in all_metrics())
    return state_of(_RULES, SCHEMA, metrics, settings.incident_labels)


def records_by_day(facts: Iterable[str], since: int) -> Counter[str]:
    """Return the number of facts of each day since the start date."""
    first, days = day_of(since) or "", (fact.split("/")[1] for fact in facts if fact.count("/") > 1)
    return Counter(day for day in days if day >= first and day[:1].isdigit())


def to_json(states: UnitStates) -> Json:
    """Return the states as they are written to the cursor's file."""
    return {**states._asdict(), "records": dict(states.records), "units": dict(sorted(states.units.items()))}


def from_json(fields: Json | None) -> UnitStates:
    """Return the states of a cursor's file; none if it is of an earlier version. Raises KeyError, TypeError, ValueError."""
    if fields is None:
        return UnitStates()
    records = {str(day): int(count) for day, count in fields["records"].items()}
    units = {str(name): str(state) for name, state in fields["units"].items()}
    return UnitStates(int(fields["since"]), str(fields["rules"]), MappingProxyType(records), MappingProxyType(units))
