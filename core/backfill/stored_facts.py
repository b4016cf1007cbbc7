"""Lists which facts of a repository are stored as a success, with one listing instead of a read for each."""

from collections.abc import Iterable

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
        self._exact: set[str] = set()
        self._of_any_version: set[str] = set()
        self._ids: dict[str, set[str]] = {}
        for name in names:
            before = f"{settings.root}{name}/"
            for path in store.list(before):
                if not path.endswith(".partial.json"):
                    fact = path.removeprefix(before).removesuffix(".json")
                    self._exact.add(fact)
                    self._of_any_version.add(fact.rpartition("-")[0])

    def has_record(self, metric: str, id: int) -> bool:
        """Return whether there is a record of this metric whose key begins with this id."""
        if metric not in self._ids:
            facts = (fact for fact in self._exact if fact.startswith(f"{metric}/"))
            self._ids[metric] = {fact.rpartition("/")[2].partition("-")[0] for fact in facts}
        return str(id) in self._ids[metric]

    def is_missing(self, event: SignedTriggerEvent) -> bool:
        """Return whether the record of a metric that applies to the event is missing; True for a malformed event."""
        try:
            return any(
                applies_to(metric, event, self._settings) and self.lacks_record(metric, event)
                for metric in listening_to(event)
            )
        except MalformedPayload:
            return True

    def lacks_record(self, metric: Metric, event: SignedTriggerEvent) -> bool:
        """Return whether this metric's record of the event is missing. Raises MalformedPayload."""
        key = metric.key(event)
        folder = metric.name if key.day == NO_DAY else f"{metric.name}/{key.day or 'undated'}"
        identity = Key(key.identity)
        names = {file_name(identity), key_name(identity)}  # the second is the former name of files with capitals
        facts = {f"{folder}/{name}" for name in names}
        return not facts & self._exact and not (key.version and facts & self._of_any_version)
