"""Lists which facts of a repository are stored as a success, with one listing instead of a read for each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.errors import MalformedPayload
from core.events import SignedTriggerEvent
from core.metric import NO_DAY, Key, Metric, applies_to
from core.metrics import listening_to
from core.ports import Store
from core.record_path import file_name, key_name
from core.settings import Settings


class StoredFacts:
    """The facts under a repository's present and earlier names, by path. Later states of a fact count as that fact."""

    def __init__(self, store: Store, settings: Settings, names: Iterable[str]) -> None:
        """List the facts of the repository `names`, each OWNER/NAME."""
        self._settings = settings
        self._exact: dict[str, str] = {}
        self._of_any_version: set[str] = set()
        self._by_id: dict[str, dict[str, list[str]]] = {}
        self._incomplete: dict[str, str] = {}
        for name in names:
            self._add(f"{settings.root}{name}/", store.list(f"{settings.root}{name}/"))

    @property
    def paths(self) -> Mapping[str, str]:
        """The path of the record of every fact: `METRIC/DAY/NAME`, or `METRIC/NAME` of a metric without day folders."""
        return self._exact

    def add_written(self, name: str, paths: Iterable[str]) -> list[str]:
        """Add what was written for the repository OWNER/NAME; return the new facts."""
        return self._add(f"{self._settings.root}{name}/", paths)

    def _add(self, before: str, paths: Iterable[str]) -> list[str]:
        added = []
        for path in paths:
            if path.startswith(before) and not path.endswith(".partial.json"):
                fact = path.removeprefix(before).removesuffix(".json")
                if fact not in self._exact:
                    added.append(fact)
                self._exact[fact] = path
                self._of_any_version.add(fact.rpartition("-")[0])
        return added

    def set_incomplete(self, paths: dict[str, str]) -> None:
        """Record which facts lack fields, each with the path of its record."""
        self._incomplete = dict(paths)

    def incomplete(self) -> dict[str, str]:
        """Return the facts that lack fields, each with the path of its record."""
        return dict(self._incomplete)

    def complete(self, fact: str) -> None:
        """Record that a fact lacks no fields any longer."""
        self._incomplete.pop(fact, None)

    def has_record(self, metric: str, id: int) -> bool:
        """Return whether there is a record of this metric, which lacks no fields, whose key begins with this id."""
        return any(fact not in self._incomplete for fact in self._facts_of(metric, id))

    def outdate(self, metric: str, id: int, before: int) -> None:
        """Take the record of a fact for missing if all its versions are from before this time (UNIX ms).

        For a metric whose key is an id, and whose version is a time.
        """
        facts = self._facts_of(metric, id)
        versions = [fact.rpartition("/")[2].partition("-")[2] for fact in facts]
        if versions and all(version.isdigit() and int(version) < before for version in versions):
            self._of_any_version.difference_update(fact.rpartition("-")[0] for fact in facts)

    def _facts_of(self, metric: str, id: int) -> Sequence[str]:
        """Return the facts of a metric whose key begins with this id, as they were at the first call for the metric."""
        if metric not in self._by_id:
            by_id = defaultdict[str, list[str]](list)
            for fact in self._exact:
                if fact.startswith(f"{metric}/"):
                    by_id[fact.rpartition("/")[2].partition("-")[0]].append(fact)
            self._by_id[metric] = by_id
        return self._by_id[metric].get(str(id), ())

    def is_missing(self, event: SignedTriggerEvent) -> bool:
        """Return whether the record of a metric that applies to the event is missing or lacks fields.

        True for a malformed event.
        """
        return self.lacks_any(event) or self.is_any_incomplete(event)

    def lacks_any(self, event: SignedTriggerEvent) -> bool:
        """Return whether the record of a metric that applies to the event is missing; True for a malformed event."""
        try:
            return any(self.lacks_record(metric, event) for metric in self._applying(event))
        except MalformedPayload:
            return True

    def is_any_incomplete(self, event: SignedTriggerEvent) -> bool:
        """Return whether the record of a metric that applies to the event lacks fields; False for a malformed event."""
        try:
            return any(self.is_incomplete(metric, event) for metric in self._applying(event))
        except MalformedPayload:
            return False

    def lacks_record(self, metric: Metric, event: SignedTriggerEvent) -> bool:
        """Return whether this metric's record of the event is missing. Raises MalformedPayload."""
        facts, key = _facts(metric, event), metric.key(event)
        return not facts & self._exact.keys() and not (key.version and facts & self._of_any_version)

    def is_incomplete(self, metric: Metric, event: SignedTriggerEvent) -> bool:
        """Return whether this metric's record of the event lacks fields. Raises MalformedPayload."""
        return self.incomplete_fact(metric, event) is not None

    def incomplete_fact(self, metric: Metric, event: SignedTriggerEvent) -> str | None:
        """Return the fact of this metric's record of the event if it lacks fields, else None. Raises MalformedPayload."""
        key = metric.key(event)
        names = {file_name(key), key_name(key)}
        return next((fact for fact in _in_folder(metric, key, names) if fact in self._incomplete), None)

    def _applying(self, event: SignedTriggerEvent) -> Iterator[Metric]:
        return (metric for metric in listening_to(event) if applies_to(metric, event, self._settings))


def _facts(metric: Metric, event: SignedTriggerEvent) -> set[str]:
    key = metric.key(event)
    identity = Key(key.identity)
    # the second is the former name of files with capitals
    return _in_folder(metric, key, {file_name(identity), key_name(identity)})


def _in_folder(metric: Metric, key: Key, names: set[str]) -> set[str]:
    folder = metric.name if key.day == NO_DAY else f"{metric.name}/{key.day or 'undated'}"
    return {f"{folder}/{name}" for name in names}
