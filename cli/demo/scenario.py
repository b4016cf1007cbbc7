"""Holds the state of a demo run: repositories, people, random numbers and generated IDs."""

import random
import uuid
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from core.payload import Json
from fakes.github.state import GitHubState, Repository

ORGANIZATION = "octo-org"
REPOSITORIES = ("storefront", "payments", "infrastructure")
PEOPLE = ("ada", "grace", "linus", "margaret", "ken", "barbara", "dennis")
BOT = "dependabot[bot]"
REVIEWING_BOT = "code-reviewer[bot]"
DAY = 86_400_000
"""Milliseconds."""
_MORNING, _EVENING = 8 * 3_600_000, 18 * 3_600_000
HUGE = 2**53 + 1
"""An ID above the integers that JavaScript represents exactly."""


class Delivery(NamedTuple):
    """An unsigned webhook delivery."""

    source: str
    """`github` or `deven`."""
    event: str
    """E.g. `pull_request`."""
    delivery_id: str
    payload: Json
    sent_at: int
    """UNIX ms."""


class Fact(NamedTuple):
    """A fact, independent of how often it is delivered."""

    delivery: Delivery
    metrics: tuple[str, ...]
    """Metrics that record the fact; independent of the collectors, which the demo verifies."""


class Story(NamedTuple):
    """Deliveries in order, the state of GitHub, and the expected records."""

    deliveries: list[Delivery]
    state: GitHubState
    expected: dict[str, int]
    """Number of records by metric."""
    facts: tuple[Fact, ...]
    """Each fact once, oldest first."""


def is_workday(at: int) -> bool:
    """Return whether a time (UNIX ms) is Monday to Friday; 1970 began on a Thursday."""
    return (at // DAY + 3) % 7 < 5


class Scenario:
    """State of a demo run; all randomness comes from one seed, no time from a clock."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 (sample data, not a secret)
        self.state = GitHubState()
        self.repositories = [self.state.repository(f"{ORGANIZATION}/{name}") for name in REPOSITORIES]
        self.incidents = self.state.repository(f"{ORGANIZATION}/incidents")
        """The central repository of incidents; nothing is deployed from it."""
        for repository in self.repositories:
            repository.put("deven-skeleton-install.config.json", b'{"version":"2.4.0"}')
        self.facts: list[Fact] = []
        self.tags: dict[str, dict[str, int]] = {repository.full_name: {} for repository in self.repositories}
        """Times of tags in UNIX ms, by repository and tag."""
        self._id = 3_000_000_000
        self._numbers: Counter[str] = Counter()

    def send(self, event: str, payload: Json, at: int, *metrics: str, source: str = "github") -> None:
        """Add a delivery that produces one record for each of these metrics."""
        self.facts.append(Fact(Delivery(source, event, self.guid(), payload, at), metrics))

    def story(self, facts: Iterable[Fact]) -> Story:
        """Return a story with these facts, oldest first."""
        ordered = sorted(facts, key=lambda fact: fact.delivery.sent_at)
        expected = Counter(metric for fact in ordered for metric in fact.metrics)
        return Story([fact.delivery for fact in ordered], self.state, dict(sorted(expected.items())), tuple(ordered))

    def id(self) -> int:
        """Return a new ID."""
        self._id += self.random.randrange(1, 5000)
        return self._id

    def number(self, repository: Repository) -> int:
        """Return the next pull request or issue number of a repository."""
        self._numbers[repository.full_name] += 1
        return self._numbers[repository.full_name]

    def sha(self) -> str:
        """Return a new commit SHA."""
        return f"{self.random.getrandbits(160):040x}"

    def guid(self) -> str:
        """Return a new delivery ID."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def person(self, *excluded: str) -> str:
        """Return a person other than these."""
        return self.random.choice([person for person in PEOPLE if person not in excluded])

    def minutes(self, least: float, most: float) -> int:
        """Return a random duration between two numbers of minutes, in ms."""
        return round(self.random.uniform(least, most) * 60_000)

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random.random() < probability

    def at_work(self, at: int) -> int:
        """Return the time if it is in working hours, else a time on the next workday morning (UNIX ms)."""
        if at % DAY < _EVENING and is_workday(at):
            return max(at, at // DAY * DAY + _MORNING)
        day = at // DAY + 1
        while not is_workday(day * DAY):
            day += 1
        return day * DAY + _MORNING + self.minutes(0, 60)
