"""What happens at GitHub, from a seed: facts, the deliveries that should tell of them, and what will become of those.

Facts and deliveries are spread over six days; on two of them our endpoint is down. All times are UNIX ms.
"""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from cli.demo import payloads
from core.payload import Json
from fakes.github.git_serializers import repository_object
from fakes.github.serializers import Urls, deployment_object, iso
from fakes.github.state import Deployment, GitHubState, Repository
from tests.chaos.odd_github import put_messages, put_odd_dates, put_package
from tests.github_history import DAY, HOUR, add_pull, add_run, add_tag, sha

DAYS = 6
DOWN = (2, 3)
"""Days, counted from the first, on which nothing answers at our URL."""
OWNER = "octo-org"
_API = "https://api.github.com"
_REPOSITORIES = 5
_SHARES = {"job": 0.4, "suite": 0.3, "merged": 0.16, "closed": 0.04, "deployment": 0.05, "tag": 0.05}


class Planned(NamedTuple):
    """A delivery."""

    event: str
    payload: Json
    at: int
    guid: str
    day: int


class Story(NamedTuple):
    """All of it."""

    state: GitHubState
    repositories: list[Repository]
    deliveries: list[Planned]
    """In order."""
    facts: int
    """How many things happened."""
    unsent: int
    """Of which GitHub sends nothing: too big, more than three tags at once, a workflow that failed at its start."""
    vanished: int
    """Which GitHub's REST API does not tell any more: a pull request that was closed twice, a run that was deleted."""


def story(seed: int, deliveries: int, now: int, *, name: str = "service") -> Story:
    """Return about so many deliveries, the last of them now; `name` begins the names of the repositories."""
    chance = random.Random(seed)
    state = GitHubState()
    repositories = [state.repository(f"{OWNER}/{name}-{n}") for n in range(_REPOSITORIES)]
    teller = _Teller(chance, now, state)
    number = 0
    while len(teller.deliveries) < deliveries:
        number += 1
        teller.tell(chance.choice(repositories), number)
    planned = sorted(teller.deliveries, key=lambda delivery: delivery.at)
    return Story(state, repositories, planned, teller.facts, teller.unsent, teller.vanished)


class _Teller:
    def __init__(self, chance: random.Random, now: int, state: GitHubState) -> None:
        self.chance, self.now, self.state = chance, now, state
        self.deliveries: list[Planned] = []
        self.facts = self.unsent = self.vanished = 0

    def tell(self, repository: Repository, number: int) -> None:
        """One thing that happens, and usually its deliveries."""
        kind = self.chance.choices(list(_SHARES), list(_SHARES.values()))[0]
        at = self.now - round(self.chance.random() * (DAYS * DAY - 2 * HOUR)) - HOUR
        at -= at % 1000
        events = list(getattr(self, f"_{kind}")(repository, number, at))
        self.facts += len(events)
        if self.chance.random() < 0.02:
            self.unsent += len(events)
            return
        for event, payload in events:
            self._send(repository, event, payload, at)
        if self.chance.random() < 0.03:
            noise = {"action": "created", "starred_at": iso(at), **self._around(repository)}
            self._send(repository, self.chance.choice(("star", "push", "watch")), noise, at)

    def _send(self, repository: Repository, event: str, payload: Json, at: int) -> None:
        guid = f"{self.chance.getrandbits(128):032x}"
        document = {**payload, **self._around(repository)}
        late = at + round(self.chance.random() * 60_000)
        self.deliveries.append(self._planned(event, document, late, guid))
        if self.chance.random() < 0.05:  # somebody presses "Redeliver", or GitHub tells twice
            again = guid if self.chance.random() < 0.5 else f"{self.chance.getrandbits(128):032x}"
            self.deliveries.append(self._planned(event, document, late + 1000, again))

    def _planned(self, event: str, payload: Json, at: int, guid: str) -> Planned:
        day = DAYS - 1 - (self.now - at) // DAY
        return Planned(event, payload, at, guid, max(0, min(DAYS - 1, day)))

    def _around(self, repository: Repository) -> Json:
        fields = repository_object(Urls(_API, repository.full_name), repository, may_write=True)
        return {"repository": fields, "sender": payloads.user("ada")}

    def _job(self, repository: Repository, number: int, at: int) -> Iterator[tuple[str, Json]]:
        failed = self.chance.random() < 0.03
        jobs = add_run(
            repository, number, at, jobs=0 if failed else 3, conclusion="startup_failure" if failed else "success"
        )
        for job in jobs:
            if self.chance.random() < 0.1:
                job |= {"conclusion": "skipped", "steps": [], "completed_at": iso(at), "started_at": iso(at + HOUR)}
            if self.chance.random() < 0.2:
                job["name"] = "unit-tests"
                for step in job["steps"]:
                    step["name"] = "Run pytest"
        suite = repository.history.suites[sha(f"r{number}")][0]
        for job in jobs:
            yield "workflow_job", {"action": "completed", "workflow_job": job}
        run = repository.history.runs[-1]
        if failed:  # of such GitHub sends nothing
            self.facts += 2
            self.unsent += 2
            return
        yield "check_suite", {"action": "completed", "check_suite": suite}
        yield "workflow_run", {"action": "completed", "workflow_run": run, "workflow": {"name": "CI"}}
        if self.chance.random() < 0.02:
            self.vanished += len(jobs) + 2
            repository.history.runs.pop()
            del repository.history.jobs[number], repository.history.suites[sha(f"r{number}")]

    def _suite(self, repository: Repository, number: int, at: int) -> Iterator[tuple[str, Json]]:
        pull = add_pull(repository, number, at - HOUR, merged=False)
        suite = payloads.check_suite(repository, 8_000_000 + number, pull["head"]["sha"], at, at + HOUR)
        fields = {name: value for name, value in suite.items() if name not in ("rerequestable", "runs_rerequestable")}
        repository.history.suites.setdefault(pull["head"]["sha"], []).append(fields)
        yield "check_suite", {"action": "completed", "check_suite": fields}
        yield "pull_request", {"action": "closed", "number": number, "pull_request": pull}

    def _merged(self, repository: Repository, number: int, at: int) -> Iterator[tuple[str, Json]]:
        pull = add_pull(repository, number, at, comments=self.chance.randrange(9))
        put_odd_dates(repository.pulls[number].commits, self.chance)
        put_messages(repository.pulls[number].commits, self.chance, number)
        if self.chance.random() < 0.03:  # it was closed once before, which the REST API forgets
            self.vanished += 1
            earlier: dict[str, Any] = {"closed_at": iso(at - 2 * HOUR), "updated_at": iso(at - 2 * HOUR)}
            earlier |= {"merged": False, "merged_at": None, "merged_by": None, "merge_commit_sha": None}
            yield "pull_request", {"action": "closed", "number": number, "pull_request": {**pull, **earlier}}
        yield "pull_request", {"action": "closed", "number": number, "pull_request": pull}

    def _closed(self, repository: Repository, number: int, at: int) -> Iterator[tuple[str, Json]]:
        pull = add_pull(repository, number, at, merged=False)
        yield "pull_request", {"action": "closed", "number": number, "pull_request": pull}

    def _deployment(self, repository: Repository, number: int, at: int) -> Iterator[tuple[str, Json]]:
        deployment = Deployment(number, "production", at, sha(f"d{number}"))
        repository.deployments.append(deployment)
        put_package(repository, self.chance, number, deployment.sha)
        fields = deployment_object(Urls(_API, repository.full_name), deployment)
        yield "deployment", {"action": "created", "deployment": fields}

    def _tag(self, repository: Repository, number: int, at: int) -> Iterator[tuple[str, Json]]:
        name = f"part-{number}-1.0.0"  # each of another line, so that none is the release before
        add_tag(repository, name, at)
        yield "create", {"ref": name, "ref_type": "tag", "master_branch": "main"}
