import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.trial import reading
from cli.trial.owner_plan import Estimate, PlannedRepository, estimate, plan_all
from core.backfill.recorded_reader import ResponseFile
from core.backfill.run import Backfill
from core.errors import TransientReadError
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import JobServices
from core.stores.directory import DirectoryStore
from fakes.github.response import error
from fakes.github.server import FakeGitHub
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, processing
from tests.github_history import DAY, add_deployment, add_issue, add_pull, add_run, long_ago
from tests.memory_adapters import MemorySecrets

SINCE = NOW - 8 * DAY
NAMES = ("one", "two", "three")


class Owner:
    """An owner's repositories at the fake GitHub."""

    def __init__(self, folder: Path, file: ResponseFile) -> None:
        self.fake = FakeGitHub()
        session = pooled_session()
        session.mount("https://", FakeGitHubAdapter(self.fake))
        github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), self.fake.api_url)
        self.services = JobServices(processing(DirectoryStore(str(folder)), github), github, lambda: 900.0)
        self._file = file
        for number, name in enumerate(NAMES):
            repository = self.fake.state.repository(f"octo-org/{name}")
            for pull in range(number):
                add_pull(repository, pull + 1, long_ago(2))
                add_run(repository, pull + 11, long_ago(2))
            add_deployment(repository, 5, long_ago(2))
            add_issue(repository, 30, long_ago(3), "incident")

    def make_plan(self, name: str, services: JobServices) -> Backfill:
        return reading.plan("octo-org", name, SINCE, services, NOW)

    def plan_all(self, has_budget: Callable[[], bool] = lambda: True) -> list[PlannedRepository]:
        return list(plan_all(NAMES, self.make_plan, self.services, self._file, has_budget))


@pytest.fixture
def file() -> Iterator[ResponseFile]:
    with ResponseFile() as opened:
        yield opened


@pytest.fixture
def owner(tmp_path: Path, file: ResponseFile) -> Owner:
    return Owner(tmp_path, file)


def test_the_estimate_is_the_sum_of_all_repositories(owner: Owner) -> None:
    alone = [owner.make_plan(name, owner.services).plan for name in NAMES]
    before = owner.fake.requests
    total = estimate(owner.plan_all())
    assert owner.fake.requests - before == sum(plan.calls for plan in alone)
    assert total == Estimate(
        repositories=3,
        items=sum(len(plan.units) for plan in alone),
        requests=sum(plan.calls + plan.expected for plan in alone),
        expected=sum(plan.expected for plan in alone),
        unlisted=0,
    )


def test_a_repository_is_planned_again_without_a_request(owner: Owner) -> None:
    alone = [owner.make_plan(name, owner.services).plan for name in NAMES]
    planned = owner.plan_all()
    before = owner.fake.requests
    again = [owner.make_plan(of.name, owner.services._replace(github=cast("Any", of.reader))).plan for of in planned]
    assert owner.fake.requests == before
    assert [(plan.notes, plan.kinds, plan.expected) for plan in again] == [
        (plan.notes, plan.kinds, plan.expected) for plan in alone
    ]


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (404, "Not Found", "404"),
        (403, "Resource not accessible by personal access token", "lacks a right"),
        (403, "Repository access blocked", "blocks"),
        (451, "Repository access blocked", "blocks"),
    ],
)
def test_a_repository_that_cannot_be_read_has_a_problem(owner: Owner, status: int, message: str, reason: str) -> None:
    owner.fake.fail_at("GET", r"/octo-org/two$", error(status, message))
    planned = owner.plan_all()
    assert [of.problem is None for of in planned] == [True, False, True]
    assert reason in str(planned[1].problem)
    assert estimate(planned)[:2] == (2, planned[0].items + planned[2].items)


def test_an_empty_an_archived_and_a_disabled_repository_are_planned(owner: Owner) -> None:
    del owner.fake.state.repository("octo-org/one").deployments[:]
    owner.fake.state.repository("octo-org/two").archived = True
    owner.fake.state.repository("octo-org/three").disabled = True
    assert [of.problem for of in owner.plan_all()] == [None] * 3


def test_what_fails_for_a_while_is_listed_when_its_turn_comes(owner: Owner) -> None:
    owner.fake.fail_at("GET", r"/octo-org/two$", error(502, ""))
    planned = owner.plan_all()
    assert [(of.reader is None, of.problem) for of in planned] == [(False, None), (True, None), (False, None)]
    listed = [planned[0], planned[2]]
    assert estimate(planned).items == round(sum(of.items for of in listed) * 1.5)


def test_without_a_budget_nothing_is_listed(owner: Owner) -> None:
    planned = owner.plan_all(lambda: False)
    assert owner.fake.requests == 0
    assert estimate(planned) == Estimate(3, 0, 0, 0, 3)


def test_hundreds_of_repositories_are_planned_and_only_numbers_are_kept(owner: Owner, file: ResponseFile) -> None:
    plans, counts = list[weakref.ref[Any]](), list[int]()

    class Planned:
        plan = SimpleNamespace(units=(None,) * 7, calls=8, expected=20)

    def make_plan(name: str, services: JobServices) -> Backfill:
        if name.endswith("9"):
            raise TransientReadError("GET /repos/octo-org/r9: 502")
        services.github.object("/repos/octo-org/one")
        planned = Planned()
        plans.append(weakref.ref(planned))
        return cast("Any", planned)

    names = [f"r{number}" for number in range(300)]
    planned = list(plan_all(names, make_plan, owner.services, file, lambda: True, counts.append))
    assert [of.name for of in planned] == names
    assert estimate(planned) == Estimate(300, 300 * 7, 300 * 28, 270 * 20 + 30 * 28, 30)
    assert counts == list(range(1, 301))
    assert not any(plan() for plan in plans)
