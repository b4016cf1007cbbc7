"""The same deliveries to a writer of one commit for each event, as the TypeScript original is: no queue, nothing is recovered.

It collects and commits within the request, tries twice more where the branch has moved, and tells GitHub of its failure, which is
the end of it. In this process, and with the same chances of a fault for each of its requests.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from core.errors import TelemetryError
from core.github.api import GitHubApi, TransportError, pooled_session
from core.github.git_data import DataRepository, GitData
from core.github.write_budget import WriteBudget
from core.secrets_cache import DATA_TOKEN, SecretsCache
from fakes.github.response import Response
from fakes.github.server import FakeGitHub
from fakes.github.state import GitHubState
from fakes.github.transport import FakeGitHubAdapter
from tests.chaos.oracle import Facts, of_delivery
from tests.chaos.proxy import DELAY, DROP, GITHUB, LOST, REFUSALS, Chaos
from tests.chaos.story import DOWN, OWNER, Planned, Story
from tests.memory_adapters import MemorySecrets

_AT_ONCE = 16
_RETRIES = 2


class Naive(NamedTuple):
    """What came of it."""

    facts: int
    """Of those that were sent."""
    stored: int
    down: int
    """Lost because nothing answered."""
    conflicts: int
    """Lost because another writer changed it first three times."""
    faults: int
    """Lost to the first request that failed."""
    commits: int


class _Troubled(FakeGitHubAdapter):
    def __init__(self, fake: FakeGitHub, chaos: Chaos) -> None:
        super().__init__(fake)
        self._chaos = chaos

    def send(self, request, *rest, **more):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202 (as its base)
        fault = self._chaos.next(str(request.method))
        if fault in REFUSALS:
            refusal = REFUSALS[fault]
            self.fake.fail(Response(refusal.status, refusal.headers, refusal.body))
        elif fault == DROP:
            self.fake.fail("cut")
        answer = super().send(request, *rest, **more)
        if fault == LOST:
            raise TransportError("cut", timed_out=False)
        assert fault != DELAY or answer is not None
        return answer


def run(story: Story, seed: int) -> Naive:
    """Every delivery, several at once, in the order in which they come."""
    fake = FakeGitHub(GitHubState())
    repository = fake.state.data_repository(f"{OWNER}/naive")
    chaos = Chaos("naive", GITHUB, seed)
    lost: Counter[str] = Counter()
    facts: Facts = {}

    def deliver(delivery: Planned) -> None:
        paths = of_delivery(delivery, story)
        facts.update(paths)
        if delivery.day in DOWN:
            lost["down"] += len(paths)
            return
        session = pooled_session()
        session.mount("https://", _Troubled(fake, chaos))
        unbound = WriteBudget(monotonic=itertools.count(step=3600).__next__)
        api = GitHubApi(session, SecretsCache(MemorySecrets({DATA_TOKEN: "t"})), DATA_TOKEN, fake.api_url)
        data = GitData(api, DataRepository(OWNER, "naive"), unbound)
        for path in paths:
            why = _commit(data, path)
            if why:
                lost[why] += 1

    with ThreadPoolExecutor(_AT_ONCE) as senders:
        list(senders.map(deliver, _events(story.deliveries)))
    assert repository.git is not None
    stored = {path for path in repository.git.files("main") if path in facts}
    commits = len(repository.git.log("main")) - 1
    return Naive(len(facts), len(stored), lost["down"], lost["conflict"], lost["fault"], commits)


def _events(deliveries: Sequence[Planned]) -> list[Planned]:
    return [delivery for delivery in deliveries if delivery.event not in ("star", "push", "watch")]


def _commit(data: GitData, path: str) -> str:
    """Why it was not committed; empty: it was."""
    for _ in range(_RETRIES + 1):
        try:
            head = data.head()
            base = data.tree_of(head) if head else None
            if head is None or base is None:
                return "fault"
            commit = data.make_commit(data.make_tree(base, {path: b"{}\n"}), head, f"Add {path}")
        except (TelemetryError, TransportError):
            return "fault"
        try:
            data.move(commit)
        except (TelemetryError, TransportError):
            continue
        return ""
    return "conflict"
