"""Who and what the story is about, and the numbers that GitHub gives out in it."""

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
"""An id that JavaScript would round."""


class Delivery(NamedTuple):
    """One webhook, before it is signed."""

    source: str
    """`github` or `deven`."""
    event: str
    """E.g. `pull_request`."""
    delivery_id: str
    payload: Json
    sent_at: int
    """UNIX ms."""


class Fact(NamedTuple):
    """What happened once, however often it is sent."""

    delivery: Delivery
    metrics: tuple[str, ...]
    """Those that have a record of it: said here, and not asked of the collectors."""


class Story(NamedTuple):
    """What was sent, in this order; the GitHub that it happened at; and what must come of it."""

    deliveries: list[Delivery]
    world: GitHubState
    expected: dict[str, int]
    """How many records of each metric."""
    facts: tuple[Fact, ...]
    """Each once, in order of time."""


def is_workday(at: int) -> bool:
    """Monday to Friday: 1970 began on a Thursday."""
    return (at // DAY + 3) % 7 < 5


class Scenario:
    """The world while the story is told: everything random comes from one seed, no time from a clock."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 (a story, not a secret)
        self.world = GitHubState()
        self.repositories = [self.world.repository(f"{ORGANIZATION}/{name}") for name in REPOSITORIES]
        for repository in self.repositories:
            repository.put("deven-skeleton-install.config.json", b'{"version":"2.4.0"}')
        self.facts: list[Fact] = []
        self._id = 3_000_000_000
        self._numbers: Counter[str] = Counter()

    def send(self, event: str, payload: Json, at: int, *metrics: str, source: str = "github") -> None:
        """Let GitHub send a webhook, which comes to a record of each of these metrics."""
        self.facts.append(Fact(Delivery(source, event, self.guid(), payload, at), metrics))

    def story(self, facts: Iterable[Fact]) -> Story:
        """These, in order of time."""
        ordered = sorted(facts, key=lambda fact: fact.delivery.sent_at)
        expected = Counter(metric for fact in ordered for metric in fact.metrics)
        return Story([fact.delivery for fact in ordered], self.world, dict(sorted(expected.items())), tuple(ordered))

    def id(self) -> int:
        """A new one."""
        self._id += self.random.randrange(1, 5000)
        return self._id

    def number(self, repository: Repository) -> int:
        """The next pull request's or issue's of a repository."""
        self._numbers[repository.full_name] += 1
        return self._numbers[repository.full_name]

    def sha(self) -> str:
        """A new commit's name."""
        return f"{self.random.getrandbits(160):040x}"

    def guid(self) -> str:
        """A new delivery's."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def person(self, *excluded: str) -> str:
        """Somebody, but not one of these."""
        return self.random.choice([person for person in PEOPLE if person not in excluded])

    def minutes(self, least: float, most: float) -> int:
        """Some time, in ms."""
        return round(self.random.uniform(least, most) * 60_000)

    def chance(self, probability: float) -> bool:
        """Whether it happens this time."""
        return self.random.random() < probability

    def at_work(self, at: int) -> int:
        """That time, or if nobody works then, some time of the next morning."""
        if at % DAY < _EVENING and is_workday(at):
            return max(at, at // DAY * DAY + _MORNING)
        day = at // DAY + 1
        while not is_workday(day * DAY):
            day += 1
        return day * DAY + _MORNING + self.minutes(0, 60)
