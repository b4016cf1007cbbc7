import json
from collections import Counter
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from core.backfill.cursor import ConcurrentRunError
from core.backfill.run import Backfill, BackfillResult
from core.errors import PermanentError, Unavailable
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.handler import process
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import JobServices
from core.stores.directory import DirectoryStore
from fakes.github.response import Response, error
from fakes.github.serializers import iso
from fakes.github.server import FakeGitHub
from fakes.github.state import GitHubState, Repository
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, Clock, Lines, processing, signed
from tests.github_history import DAY, HOUR, add_deployment, add_issue, add_pull, add_review, add_run, add_tag, long_ago
from tests.memory_adapters import MemorySecrets

SINCE = NOW - 8 * DAY


class Place:
    """A repository at the fake GitHub, a store, and how often the walk was run."""

    def __init__(self, folder: Path) -> None:
        self.world = GitHubState()
        self.repository: Repository = self.world.repository("octo-org/hello-world")
        self.fake = FakeGitHub(self.world)
        self.folder = folder
        self.store: Any = DirectoryStore(str(folder))
        self.lines = Lines()
        self.clock = Clock()
        self.seconds_left = 900.0

    def services(self, **told: str) -> JobServices:
        session = pooled_session()
        session.mount("https://", FakeGitHubAdapter(self.fake))
        github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), self.fake.api_url)
        worker_services = processing(self.store, github, clock=self.clock, lines=self.lines, **told)
        return JobServices(worker_services, github, lambda: self.seconds_left)

    def walk(self, since: int = SINCE) -> BackfillResult:
        return Backfill("octo-org", "hello-world", since, self.services()).go()

    def records(self) -> dict[str, Any]:
        paths = sorted(path for path in self.folder.rglob("*.json") if "_system" not in path.parts)
        return {str(path.relative_to(self.folder)): json.loads(path.read_text()) for path in paths}

    def metrics(self) -> Counter[str]:
        return Counter(each["metric_signature"] for each in self.records().values())

    def webhook(self, name: str, payload: dict[str, Any]) -> None:
        services = self.services().processing
        body = {"repository": self.repository_payload(), **payload}
        assert {each.result for each in process([signed(f"github::{name}", body)], services)} == {"stored"}

    def repository_payload(self) -> dict[str, Any]:
        body = self.services().github.object("/repos/octo-org/hello-world")
        return dict(body)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "data")


def full(place: Place) -> None:
    repository = place.repository
    add_pull(repository, 1, long_ago(2))
    add_pull(repository, 2, long_ago(3), merged=False)
    add_run(repository, 11, long_ago(2))
    add_tag(repository, "v1.2.3", long_ago(1))
    add_deployment(repository, 5, long_ago(10))
    add_deployment(repository, 6, long_ago(2), "failure")
    add_deployment(repository, 7, long_ago(1))
    add_review(repository, 1, 31, long_ago(2) - HOUR)
    add_review(repository, 2, 32, long_ago(3) - HOUR, "CHANGES_REQUESTED")
    opened = long_ago(3)
    add_issue(repository, 3, opened, "Incident", ("closed", opened + HOUR), ("reopened", opened + 2 * HOUR))
    add_issue(repository, 4, long_ago(4), "incident", ("closed", long_ago(1)), labeled=long_ago(2))


def test_what_webhooks_would_have_told_is_stored_in_the_same_places_with_the_same_content(
    place: Place, tmp_path: Path
) -> None:
    full(place)
    result = place.walk()
    records = place.records()
    assert (result.left, result.lost) == (0, 0)
    assert {record["collected_by"] for record in records.values()} == {"backfill"}
    assert {record["status"] for record in records.values()} == {"success"}

    other = Place(tmp_path / "webhooks")
    other.fake = place.fake
    history = place.repository.history
    for number in (1, 2):
        other.webhook("pull_request", {"action": "closed", "number": number, "pull_request": history.pulls[number]})
    for job in history.jobs[11]:
        other.webhook("workflow_job", {"action": "completed", "workflow_job": job})
    for suite in next(iter(history.suites.values())):
        other.webhook("check_suite", {"action": "completed", "check_suite": suite})
    other.webhook("create", {"ref": "v1.2.3", "ref_type": "tag"})
    for deployment in list(place.services().github.pages("/repos/octo-org/hello-world/deployments"))[:2]:
        other.webhook("deployment", {"action": "created", "deployment": deployment})
        path = f"/repos/octo-org/hello-world/deployments/{deployment['id']}/statuses"
        status = next(iter(place.services().github.pages(path)))
        told_of = {"action": "created", "deployment": deployment, "deployment_status": status}
        other.webhook("deployment_status", told_of)
    for number, reviews in history.reviews.items():
        for review in reviews:
            body = {"action": "submitted", "review": review, "pull_request": history.pulls[number]}
            other.webhook("pull_request_review", body)
    for issue, action, at in ISSUES:
        other.webhook("issues", as_it_was(history.issues[issue], action, at))
    expected = other.records()
    assert records.keys() == expected.keys()
    for path, record in records.items():
        volatile = ("created_at", "delivery_id", "collected_by")
        assert {k: v for k, v in record.items() if k not in volatile} == {
            k: v for k, v in expected[path].items() if k not in volatile
        }


ISSUES = (
    (3, "opened", long_ago(3)),
    (3, "closed", long_ago(3) + HOUR),
    (3, "reopened", long_ago(3) + 2 * HOUR),
    (4, "labeled", long_ago(2)),
    (4, "closed", long_ago(1)),
)


def as_it_was(issue: dict[str, Any], action: str, at: int) -> dict[str, Any]:
    """The payload that a webhook brought at that time."""
    ended = {"closed_at": iso(at), "state": "closed"} if action == "closed" else {"closed_at": None, "state": "open"}
    payload = {"action": action, "issue": {**issue, "updated_at": iso(at), **ended}}
    return payload | ({"label": issue["labels"][0]} if action == "labeled" else {})


def test_a_second_walk_writes_nothing_and_asks_for_no_pull_request_tag_or_deployment_by_itself(place: Place) -> None:
    full(place)
    place.walk()
    before = {path: path.read_bytes() for path in place.folder.rglob("*.json") if "_system" not in path.parts}
    asked: list[str] = []
    answer = place.fake.answer
    place.fake.answer = lambda method, path, *rest: asked.append(path) or answer(method, path, *rest)  # type: ignore[method-assign,func-returns-value]
    assert place.walk()[:3] == (0, 0, 0)
    assert {path: path.read_bytes() for path in place.folder.rglob("*.json") if "_system" not in path.parts} == before
    assert not [path for path in asked if path.endswith(("/pulls/1", "/pulls/2", "/commits", "/files"))]
    assert not [path for path in asked if "package.json" in path or "/compare/" in path]


def test_what_is_stored_as_a_success_is_left_alone_though_github_s_numbers_have_moved(place: Place) -> None:
    full(place)
    place.walk()
    before = place.records()
    history = place.repository.history
    history.pulls[1] |= {"updated_at": iso(long_ago(0.5)), "comments": 99}
    for suite in next(iter(history.suites.values())):
        suite["updated_at"] = iso(long_ago(0.5))
    place.clock.move(2 * 86_400)
    assert place.walk().recovered == 0
    assert place.records() == before


def test_a_partial_record_is_completed_and_its_whole_siblings_stay_as_they_are(place: Place) -> None:
    add_pull(place.repository, 1, long_ago(2))
    place.walk()
    complete = next(path for path in place.folder.rglob("*.json") if "commits-per-pr" in path.parts)
    sibling = next(path for path in place.folder.rglob("*.json") if "code-review-involvement" in path.parts)
    complete.rename(complete.with_name(complete.name.replace(".json", ".partial.json")))
    place.repository.history.pulls[1]["comments"] = 77
    before = sibling.read_bytes()
    assert place.walk().recovered == 1
    assert complete.exists()
    assert sibling.read_bytes() == before


def test_nothing_before_the_date_is_stored_and_old_tags_are_asked_about_once(place: Place) -> None:
    add_pull(place.repository, 1, long_ago(20))
    add_run(place.repository, 11, long_ago(20))
    add_tag(place.repository, "v0.1.0", long_ago(20))
    first = place.walk()
    assert (place.records(), first.left) == ({}, 0)
    assert place.walk().calls == first.calls - 1


def test_an_older_date_asks_about_old_tags_again(place: Place) -> None:
    add_tag(place.repository, "v0.1.0", long_ago(20))
    place.walk()
    assert place.walk(NOW - 30 * DAY).recovered == 1


def test_more_runs_than_github_tells_of_one_filter_are_asked_for_in_halves(place: Place) -> None:
    for n in range(1_203):
        add_run(place.repository, n + 1, long_ago(4) + n * 60_000, jobs=1)
    planned = Backfill("octo-org", "hello-world", SINCE, place.services()).plan
    assert planned.kinds["workflow runs"] == 1_203


def test_the_estimate_is_what_it_takes(place: Place) -> None:
    for n in range(1, 31):
        add_pull(place.repository, n, long_ago(2) + n * HOUR)
        add_run(place.repository, 100 + n, long_ago(2) + n * 60_000)
        add_review(place.repository, n, 500 + n, long_ago(2) + n * HOUR - 60_000)
        add_issue(place.repository, 100 + n, long_ago(2) + n * 60_000, "incident")
        environment = ("staging", "production", "preview")[n % 3]
        add_deployment(place.repository, n, long_ago(9) + n * 6 * HOUR, environment=environment)
    walk = Backfill("octo-org", "hello-world", SINCE, place.services())
    result = walk.go()
    estimate = walk.plan.calls + walk.plan.expected
    assert estimate * 0.9 <= result.calls <= estimate * 1.1


def test_a_walk_that_is_out_of_time_says_what_is_left_and_the_next_goes_on(
    place: Place,
) -> None:
    for n in range(1, 241):
        add_run(place.repository, n, long_ago(2) + n * 60_000, jobs=1)
    seconds = chain([900.0, 900.0, 0.0], repeat(900.0))  # how often it is asked for depends on the speed of the machine
    services = place.services()._replace(seconds_left=lambda: next(seconds))
    first = Backfill("octo-org", "hello-world", SINCE, services).go()
    assert first.left > 0
    second = Backfill("octo-org", "hello-world", SINCE, services)
    assert len(second.plan.units) == first.left
    assert second.go().left == 0
    assert place.metrics()["workflow-job"] == 240


def test_a_walk_that_dies_between_the_records_and_its_cursor_repeats_without_a_second_record(place: Place) -> None:
    full(place)

    class Dying(DirectoryStore):
        def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
            if b'"done":["' in new:
                raise KeyboardInterrupt
            return super().compare_and_swap(path, old, new)

    place.store = Dying(str(place.folder))
    with pytest.raises(KeyboardInterrupt):
        place.walk()
    before = place.records()
    assert before
    place.store = DirectoryStore(str(place.folder))
    assert place.walk().left == 0
    assert place.records() == before


def test_two_copies_at_once_the_slower_stops(place: Place) -> None:
    full(place)
    first, second = (Backfill("octo-org", "hello-world", SINCE, place.services()) for _ in range(2))
    place.clock.move(1)
    first.go()
    with pytest.raises(ConcurrentRunError, match="octo-org/hello-world"):
        second.go()


def test_a_right_that_the_token_lacks_costs_the_other_kinds_nothing_and_is_said_once(place: Place) -> None:
    full(place)
    for n in range(1, 30):
        add_run(place.repository, 100 + n, long_ago(2) + n * 60_000)
    refused = error(403, "Resource not accessible by personal access token")
    place.fake.fail_at("GET", "check-suites", *[refused] * 1000)
    result = place.walk()
    assert result.left >= 30
    assert place.metrics()["workflow-job"] == 90
    assert place.metrics()["check-suite"] == 0
    said = [line["reason"] for line in place.lines.lines if line["outcome"] == "not-looked-at"]
    assert len({reason.partition(":")[0] for reason in said}) == 1
    assert "check suites of commits" in said[0]


def test_a_list_that_may_not_be_read_costs_the_other_lists_nothing(place: Place) -> None:
    full(place)
    place.fake.fail_at("GET", "/deployments$", *[Response(403, {}, b"{}")] * 3)
    result = place.walk()
    assert result.left == 2  # deployments, and their statuses
    assert place.metrics()["deployment"] == place.metrics()["deployment-status"] == 0
    assert place.metrics()["workflow-job"] == 3


def test_a_repository_that_is_gone_says_so(place: Place) -> None:
    with pytest.raises(PermanentError, match="404"):
        Backfill("octo-org", "no-such", SINCE, place.services())


def test_what_is_gone_since_the_list_is_lost_by_name_and_the_rest_goes_on(place: Place) -> None:
    full(place)
    place.fake.fail_at("GET", r"/pulls/1$", error(404, "Not Found"))
    result = place.walk()
    assert (result.lost, result.left) == (1, 0)
    assert "pull requests: GET /repos/octo-org/hello-world/pulls/1: 404" in str(place.lines)


def test_a_read_that_fails_is_left_for_the_next_walk(place: Place) -> None:
    full(place)
    place.fake.fail_at("GET", r"/pulls/1$", error(502, "Bad gateway"))
    assert place.walk().left == 1
    assert place.walk()[0:3] == (1, 0, 0)


def test_a_repository_that_was_renamed_is_known_by_its_earlier_names(place: Place) -> None:
    full(place)
    place.walk()
    before = place.records().keys()
    place.world.rename("octo-org/hello-world", "octo-org/hello")
    again = Backfill("octo-org", "hello", SINCE, place.services()).go()
    assert again.recovered == 0
    assert place.records().keys() == before


def test_a_budget_that_is_nearly_used_up_is_left_to_live_events(place: Place) -> None:
    full(place)
    place.services()
    walk = Backfill("octo-org", "hello-world", SINCE, place.services())
    walk._github._github._api.budget = 0.2
    result = walk.go()
    assert (result.recovered, result.left) == (0, len(walk.plan.units))


def test_a_job_that_is_still_running_is_no_fact_yet(place: Place) -> None:
    jobs = add_run(place.repository, 11, long_ago(2))
    jobs[0] |= {"status": "in_progress", "conclusion": None, "completed_at": None}
    place.walk()
    assert place.metrics()["workflow-job"] == 2


def test_a_workflow_that_failed_at_its_start_is_found_as_its_check_suite(place: Place) -> None:
    add_run(place.repository, 11, long_ago(1), jobs=0, conclusion="startup_failure")
    place.walk()
    assert [each["output"]["conclusion"] for each in place.records().values()] == ["startup_failure"]


def test_a_store_that_is_out_leaves_everything_for_the_next_walk(place: Place) -> None:
    full(place)

    class Out(DirectoryStore):
        def write(self, *_: Any) -> bool:
            raise Unavailable("the store is out")

    for n in range(1, 241):
        add_run(place.repository, 100 + n, long_ago(2) + n * 60_000, jobs=1)
    place.store = Out(str(place.folder))
    asked = place.fake.requests
    assert place.walk().left > 240
    assert place.fake.requests - asked < 150  # it stopped after the first chunk
    place.store = DirectoryStore(str(place.folder))
    assert place.walk().left == 0
    assert place.metrics()["workflow-job"] == 243


def test_a_deployment_that_waited_for_an_approval_is_looked_at_for_how_it_ended(place: Place) -> None:
    waited = add_deployment(place.repository, 5, long_ago(20))
    ended = waited.statuses[-1]._replace(created_at=long_ago(1))
    place.repository.deployments[-1] = waited._replace(statuses=(waited.statuses[0], ended))
    place.walk()
    assert place.metrics() == {"deployment-status": 1}


def test_a_deployment_whose_end_is_stored_costs_one_request(place: Place) -> None:
    add_deployment(place.repository, 5, long_ago(2))
    place.walk()
    plan = Backfill("octo-org", "hello-world", SINCE, place.services()).plan
    assert [(each.kind, each.calls) for each in plan.units] == [("statuses of deployments", 1)]


def test_the_many_deployments_of_before_are_listed_once_and_counted_in_the_plan(place: Place) -> None:
    for n in range(350):
        add_deployment(place.repository, n + 1, long_ago(60) + n * HOUR)
    for n in range(400, 410):
        add_deployment(place.repository, n, long_ago(2) + n * 60_000)
    walk = Backfill("octo-org", "hello-world", SINCE, place.services())
    result = walk.go()
    assert place.metrics() == {"deployment": 10, "deployment-status": 10}
    assert walk.plan.calls == 10  # itself; pulls, runs, tags, issues; a page of deployments, and 4 of its environment
    assert result.calls - walk.plan.calls == walk.plan.expected == 31


def test_where_issues_are_switched_off_none_are_asked_for(place: Place) -> None:
    add_issue(place.repository, 3, long_ago(2), "incident")
    services = place.services()
    switched_off = place.repository_payload() | {"has_issues": False}

    class Off:
        def object(self, path: str) -> Any:
            return switched_off if path == "/repos/octo-org/hello-world" else services.github.object(path)

        def __getattr__(self, name: str) -> Any:
            return getattr(services.github, name)

    walk = Backfill("octo-org", "hello-world", SINCE, services._replace(github=Off()))
    assert walk.plan.units == ()


def test_an_issue_with_another_label_is_no_incident_and_one_that_was_a_pull_request_neither(place: Place) -> None:
    add_issue(place.repository, 3, long_ago(2), "bug")
    add_issue(place.repository, 4, long_ago(2), "incident")["pull_request"] = {}
    assert (place.walk().recovered, place.records()) == (0, {})


def test_labels_of_incidents_are_those_of_the_settings_and_an_issue_with_two_of_them_is_one(place: Place) -> None:
    add_issue(place.repository, 3, long_ago(2), "SEV 1")["labels"].append({"name": "outage"})
    walk = Backfill("octo-org", "hello-world", SINCE, place.services(incident_labels="sev 1,outage"))
    assert (walk.plan.kinds["incidents"], walk.go().recovered) == (1, 1)
    [record] = place.records().values()
    assert record["output"]["labels"] == ["SEV 1", "outage"]
