import json
from collections import Counter
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from cli.demo import payloads
from core.backfill.cursor import ConcurrentRunError
from core.backfill.plan import Plan
from core.backfill.run import Backfill, BackfillResult
from core.errors import PermanentError, Unavailable
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.handler import process
from core.payload import day_of
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import JobServices
from core.stores.directory import DirectoryStore
from fakes.github.response import Response, error
from fakes.github.serializers import iso
from fakes.github.server import FakeGitHub
from fakes.github.state import DeploymentStatus, GitHubState, Repository
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, Clock, Lines, processing, signed
from tests.github_history import DAY, HOUR, add_deployment, add_issue, add_pull, add_review, add_run, add_tag, long_ago
from tests.memory_adapters import MemorySecrets

SINCE = NOW - 8 * DAY


class Harness:
    """A repository at the fake GitHub, a store, and how often the walk was run."""

    def __init__(self, folder: Path) -> None:
        self.state = GitHubState()
        self.repository: Repository = self.state.repository("octo-org/hello-world")
        self.fake = FakeGitHub(self.state)
        self.folder = folder
        self.store: Any = DirectoryStore(str(folder))
        self.lines = Lines()
        self.clock = Clock()
        self.seconds_left = 900.0

    def services(self, **options: str) -> JobServices:
        session = pooled_session()
        session.mount("https://", FakeGitHubAdapter(self.fake))
        github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), self.fake.api_url)
        worker_services = processing(self.store, github, clock=self.clock, lines=self.lines, **options)
        return JobServices(worker_services, github, lambda: self.seconds_left)

    def walk(self, since: int = SINCE) -> BackfillResult:
        return Backfill("octo-org", "hello-world", since, self.services()).run()

    def records(self) -> dict[str, Any]:
        paths = sorted(path for path in self.folder.rglob("*.json") if "_system" not in path.parts)
        return {str(path.relative_to(self.folder)): json.loads(path.read_text()) for path in paths}

    def metrics(self) -> Counter[str]:
        return Counter(record["metric_signature"] for record in self.records().values())

    def webhook(self, name: str, payload: dict[str, Any]) -> None:
        services = self.services().worker
        body = {"repository": self.repository_payload(), **payload}
        assert {settled.result for settled in process([signed(f"github::{name}", body)], services)} == {"stored"}

    def repository_payload(self) -> dict[str, Any]:
        body = self.services().github.object("/repos/octo-org/hello-world")
        return dict(body)


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path / "data")


def full(harness: Harness) -> None:
    repository = harness.repository
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


def with_runs(records: dict[str, Any]) -> dict[str, Any]:
    """Records of webhooks, with what started each job's run, which only a backfill knows."""
    for record in records.values():
        if record["metric_signature"] == "workflow-job":
            record["output"] |= {"run_event": "push", "workflow_path": ".github/workflows/ci.yml"}
    return records


def test_backfilled_records_equal_those_of_webhooks(harness: Harness, tmp_path: Path) -> None:
    full(harness)
    result = harness.walk()
    records = harness.records()
    assert (result.left, result.lost) == (0, 0)
    assert {record["collected_by"] for record in records.values()} == {"backfill"}
    assert {record["status"] for record in records.values()} == {"success"}

    other = Harness(tmp_path / "webhooks")
    other.fake = harness.fake
    history = harness.repository.history
    for number in (1, 2):
        other.webhook("pull_request", {"action": "closed", "number": number, "pull_request": history.pulls[number]})
    for job in history.jobs[11]:
        other.webhook("workflow_job", {"action": "completed", "workflow_job": job})
    for run in history.runs:
        other.webhook("workflow_run", {"action": "completed", "workflow_run": run, "workflow": {"name": "CI"}})
    for suite in next(iter(history.suites.values())):
        other.webhook("check_suite", {"action": "completed", "check_suite": suite})
    other.webhook("create", {"ref": "v1.2.3", "ref_type": "tag"})
    for deployment in list(harness.services().github.pages("/repos/octo-org/hello-world/deployments"))[:2]:
        other.webhook("deployment", {"action": "created", "deployment": deployment})
        path = f"/repos/octo-org/hello-world/deployments/{deployment['id']}/statuses"
        status = next(iter(harness.services().github.pages(path)))
        event_body = {"action": "created", "deployment": deployment, "deployment_status": status}
        other.webhook("deployment_status", event_body)
    for number, reviews in history.reviews.items():
        for review in reviews:
            body = {"action": "submitted", "review": review, "pull_request": history.pulls[number]}
            other.webhook("pull_request_review", body)
    for issue, action, at in ISSUES:
        other.webhook("issues", as_it_was(history.issues[issue], action, at))
    expected = with_runs(other.records())
    assert records.keys() == expected.keys()
    for path, record in records.items():
        volatile = ("created_at", "delivery_id", "collected_by")
        assert {k: v for k, v in record.items() if k not in volatile} == {
            k: v for k, v in expected[path].items() if k not in volatile
        }


def test_a_pull_request_read_late_has_the_record_of_its_webhook(harness: Harness, tmp_path: Path) -> None:
    """Its texts, its timeline and its commits say the same; what came after the merge does not count."""
    merged, repository = long_ago(2), harness.repository
    assisted = "Reverts octo-org/hello-world#7, fixes #3\n\nCo-authored-by: Claude <noreply@anthropic.com>"
    labels = [payloads.label(repository, "bug")]
    pull = add_pull(repository, 1, merged, title='Revert "Change 7"', body=assisted, labels=labels)
    commits = repository.pulls[1].commits
    commits[0] = commits[0]._replace(message="Change it (#1)")
    add_review(repository, 1, 31, merged - HOUR)
    ready = {"__typename": "ReadyForReviewEvent", "createdAt": iso(merged - 2 * HOUR)}
    repository.history.timelines[1] = [ready]
    other = Harness(tmp_path / "webhooks")
    other.fake = harness.fake
    other.webhook("pull_request", {"action": "closed", "number": 1, "pull_request": pull})
    add_review(repository, 1, 32, merged + HOUR)
    assert harness.walk().lost == 0
    outputs = {path: record["output"] for path, record in harness.records().items() if "/review/" not in path}
    assert outputs == {path: record["output"] for path, record in other.records().items()}
    [review] = [output for path, output in outputs.items() if "code-review-involvement" in path]
    assert (review["reverts_number"], review["closes"], review["assistants"]) == (7, [3], ["claude"])
    assert (review["labels"], review["timeline"]["last_approval_at"]) == (["bug"], merged - HOUR)
    [size] = [output for path, output in outputs.items() if "commits-per-pr" in path]
    assert [item["number_kind"] for item in size["commits"]["commit_timestamps"]] == ["pull_request", None]


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
    reason = "reopened" if action == "reopened" else None
    payload = {"action": action, "issue": {**issue, "updated_at": iso(at), "state_reason": reason, **ended}}
    return payload | ({"label": issue["labels"][0]} if action == "labeled" else {})


def test_a_second_walk_writes_nothing_and_reads_no_single_object(
    harness: Harness,
) -> None:
    full(harness)
    harness.walk()
    before = {path: path.read_bytes() for path in harness.folder.rglob("*.json") if "_system" not in path.parts}
    asked: list[str] = []
    answer = harness.fake.answer
    harness.fake.answer = lambda method, path, *rest: asked.append(path) or answer(method, path, *rest)  # type: ignore[method-assign,func-returns-value]
    assert harness.walk()[:3] == (0, 0, 0)
    assert {path: path.read_bytes() for path in harness.folder.rglob("*.json") if "_system" not in path.parts} == before
    assert not [path for path in asked if path.endswith(("/pulls/1", "/pulls/2", "/commits", "/files"))]
    assert not [path for path in asked if "package.json" in path or "/compare/" in path]


def test_a_stored_success_is_kept_although_github_s_numbers_changed(harness: Harness) -> None:
    full(harness)
    harness.walk()
    before = harness.records()
    history = harness.repository.history
    history.pulls[1] |= {"updated_at": iso(long_ago(0.5)), "comments": 99}
    for suite in next(iter(history.suites.values())):
        suite["updated_at"] = iso(long_ago(0.5))
    harness.clock.move(2 * 86_400)
    assert harness.walk().recovered == 0
    assert harness.records() == before


def test_a_partial_record_is_completed_without_changing_its_siblings(harness: Harness) -> None:
    add_pull(harness.repository, 1, long_ago(2))
    harness.walk()
    complete = next(path for path in harness.folder.rglob("*.json") if "commits-per-pr" in path.parts)
    sibling = next(path for path in harness.folder.rglob("*.json") if "code-review-involvement" in path.parts)
    complete.rename(complete.with_name(complete.name.replace(".json", ".partial.json")))
    harness.repository.history.pulls[1]["comments"] = 77
    before = sibling.read_bytes()
    assert harness.walk().recovered == 1
    assert complete.exists()
    assert sibling.read_bytes() == before


def test_nothing_before_the_date_is_stored_and_old_tags_are_read_once(harness: Harness) -> None:
    add_pull(harness.repository, 1, long_ago(20))
    add_run(harness.repository, 11, long_ago(20))
    add_tag(harness.repository, "v0.1.0", long_ago(20))
    first = harness.walk()
    assert (harness.records(), first.left) == ({}, 0)
    assert harness.walk().calls == first.calls - 1


def test_an_older_date_asks_about_old_tags_again(harness: Harness) -> None:
    add_tag(harness.repository, "v0.1.0", long_ago(20))
    harness.walk()
    assert harness.walk(NOW - 30 * DAY).recovered == 1


def test_a_filter_with_too_many_runs_is_split_in_halves(harness: Harness) -> None:
    for n in range(1_203):
        add_run(harness.repository, n + 1, long_ago(4) + n * 60_000, jobs=1)
    planned = Backfill("octo-org", "hello-world", SINCE, harness.services()).plan
    assert planned.kinds["workflow runs"] == 1_203


def test_the_estimate_is_what_it_takes(harness: Harness) -> None:
    for n in range(1, 31):
        add_pull(harness.repository, n, long_ago(2) + n * HOUR)
        add_run(harness.repository, 100 + n, long_ago(2) + n * 60_000)
        add_review(harness.repository, n, 500 + n, long_ago(2) + n * HOUR - 60_000)
        add_issue(harness.repository, 100 + n, long_ago(2) + n * 60_000, "incident")
        environment = ("staging", "production", "preview")[n % 3]
        add_deployment(harness.repository, n, long_ago(9) + n * 6 * HOUR, environment=environment)
    walk = Backfill("octo-org", "hello-world", SINCE, harness.services())
    result = walk.run()
    estimate = walk.plan.calls + walk.plan.expected
    assert estimate * 0.9 <= result.calls <= estimate * 1.1


def test_a_walk_out_of_time_reports_the_rest_and_resumes(
    harness: Harness,
) -> None:
    for n in range(1, 241):
        add_run(harness.repository, n, long_ago(2) + n * 60_000, jobs=1)
    seconds = chain([900.0, 900.0, 0.0], repeat(900.0))  # how often it is asked for depends on the speed of the machine
    services = harness.services()._replace(seconds_left=lambda: next(seconds))
    first = Backfill("octo-org", "hello-world", SINCE, services).run()
    assert first.left > 0
    second = Backfill("octo-org", "hello-world", SINCE, services)
    assert len(second.plan.units) == first.left
    assert second.run().left == 0
    assert harness.metrics()["workflow-job"] == 240


def test_a_walk_killed_before_its_cursor_repeats_without_a_duplicate(harness: Harness) -> None:
    full(harness)

    class Dying(DirectoryStore):
        def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
            if b'"done":["' in new:
                raise KeyboardInterrupt
            return super().compare_and_swap(path, old, new)

    harness.store = Dying(str(harness.folder))
    with pytest.raises(KeyboardInterrupt):
        harness.walk()
    before = harness.records()
    assert before
    harness.store = DirectoryStore(str(harness.folder))
    assert harness.walk().left == 0
    assert harness.records() == before


def test_two_copies_at_once_the_slower_stops(harness: Harness) -> None:
    full(harness)
    first, second = (Backfill("octo-org", "hello-world", SINCE, harness.services()) for _ in range(2))
    harness.clock.move(1)
    first.run()
    with pytest.raises(ConcurrentRunError, match="octo-org/hello-world"):
        second.run()


def test_a_missing_permission_is_reported_once_and_stops_no_other_kind(harness: Harness) -> None:
    full(harness)
    for n in range(1, 30):
        add_run(harness.repository, 100 + n, long_ago(2) + n * 60_000)
    refused = error(403, "Resource not accessible by personal access token")
    harness.fake.fail_at("GET", "check-suites", *[refused] * 1000)
    result = harness.walk()
    assert result.left >= 30
    assert harness.metrics()["workflow-job"] == 90
    assert harness.metrics()["check-suite"] == 0
    said = [line["reason"] for line in harness.lines.lines if line["outcome"] == "not-looked-at"]
    assert len({reason.partition(":")[0] for reason in said}) == 1
    assert "check suites of commits" in said[0]


def test_an_unreadable_list_does_not_affect_other_lists(harness: Harness) -> None:
    full(harness)
    harness.fake.fail_at("GET", "/deployments$", *[Response(403, {}, b"{}")] * 3)
    result = harness.walk()
    assert result.left == 2  # deployments, and their statuses
    assert harness.metrics()["deployment"] == harness.metrics()["deployment-status"] == 0
    assert harness.metrics()["workflow-job"] == 3


def test_a_repository_that_is_gone_says_so(harness: Harness) -> None:
    with pytest.raises(PermanentError, match="404"):
        Backfill("octo-org", "no-such", SINCE, harness.services())


def test_an_object_deleted_since_listing_is_reported_lost_alone(harness: Harness) -> None:
    full(harness)
    harness.fake.fail_at("GET", r"/pulls/1$", error(404, "Not Found"))
    result = harness.walk()
    assert (result.lost, result.left) == (1, 0)
    assert "pull requests: GET /repos/octo-org/hello-world/pulls/1: 404" in str(harness.lines)


def test_what_is_lost_is_lost_in_the_walk_that_goes_on_too(harness: Harness) -> None:
    """Or `telemetry try`, which reads again what failed for a while, would end as if everything were read."""
    full(harness)
    harness.fake.fail_at("GET", r"/runs/11/jobs$", *[error(404, "Not Found")] * 2)
    harness.fake.fail_at("GET", r"/pulls/1$", error(502, "Bad gateway"))
    assert harness.walk()[1:3] == (1, 1)
    result = harness.walk()
    assert result[1:3] == (1, 0)
    assert result.problems == ("workflow runs: GET /repos/octo-org/hello-world/actions/runs/11/jobs: 404",)


def test_a_failed_read_is_repeated_by_the_next_walk(harness: Harness) -> None:
    full(harness)
    harness.fake.fail_at("GET", r"/pulls/1$", error(502, "Bad gateway"))
    assert harness.walk().left == 1
    assert harness.walk()[0:3] == (1, 0, 0)


def test_a_repository_that_was_renamed_is_known_by_its_earlier_names(harness: Harness) -> None:
    full(harness)
    harness.walk()
    before = harness.records().keys()
    harness.state.rename("octo-org/hello-world", "octo-org/hello")
    again = Backfill("octo-org", "hello", SINCE, harness.services()).run()
    assert again.recovered == 0
    assert harness.records().keys() == before


def test_a_nearly_exhausted_budget_is_reserved_for_live_events(harness: Harness) -> None:
    full(harness)
    harness.services()
    walk = Backfill("octo-org", "hello-world", SINCE, harness.services())
    walk._github._github._api.budget = 0.2
    result = walk.run()
    assert (result.recovered, result.left) == (0, len(walk.plan.units))


def test_a_job_that_is_still_running_is_no_fact_yet(harness: Harness) -> None:
    jobs = add_run(harness.repository, 11, long_ago(2))
    jobs[0] |= {"status": "in_progress", "conclusion": None, "completed_at": None}
    harness.walk()
    assert harness.metrics()["workflow-job"] == 2


def test_a_workflow_that_failed_to_start_is_recorded_as_a_check_suite(harness: Harness) -> None:
    add_run(harness.repository, 11, long_ago(1), jobs=0, conclusion="startup_failure")
    harness.walk()
    assert harness.metrics() == {"check-suite": 1, "workflow-run": 1}
    outputs = [record["output"] for record in harness.records().values()]
    assert [output["conclusion"] for output in outputs] == ["startup_failure"] * 2
    assert [output["name"] for output in outputs if "name" in output] == [None]


def test_runs_and_jobs_are_recorded_with_the_same_requests(harness: Harness) -> None:
    add_run(harness.repository, 11, long_ago(2), jobs=3)
    plan = plan_of(harness)
    result = harness.walk()
    assert harness.metrics() == {"check-suite": 1, "workflow-job": 3, "workflow-run": 1}
    assert result.calls == plan.calls + plan.expected
    assert plan_of(harness).units == ()


def test_the_run_of_a_workflow_is_named_by_its_jobs_and_not_by_its_title(harness: Harness) -> None:
    add_run(harness.repository, 11, long_ago(1), jobs=1)
    harness.repository.history.runs[0] |= {"name": "Greet everybody (#12)"}
    harness.walk()
    [run] = [item["output"] for item in harness.records().values() if item["metric_signature"] == "workflow-run"]
    assert (run["name"], run["path"], run["event"]) == ("CI", ".github/workflows/ci.yml", "push")


def test_a_run_that_is_not_over_is_no_fact_yet(harness: Harness) -> None:
    add_run(harness.repository, 11, long_ago(1))
    harness.repository.history.runs[0] |= {"status": "in_progress", "conclusion": None}
    harness.walk()
    assert harness.metrics()["workflow-run"] == 0


def test_a_store_that_is_out_leaves_everything_for_the_next_walk(harness: Harness) -> None:
    full(harness)

    class Out(DirectoryStore):
        def write(self, *_: Any) -> bool:
            raise Unavailable("the store is out")

    for n in range(1, 241):
        add_run(harness.repository, 100 + n, long_ago(2) + n * 60_000, jobs=1)
    harness.store = Out(str(harness.folder))
    asked = harness.fake.requests
    assert harness.walk().left > 240
    assert harness.fake.requests - asked < 150  # it stopped after the first chunk
    harness.store = DirectoryStore(str(harness.folder))
    assert harness.walk().left == 0
    assert harness.metrics()["workflow-job"] == 243


def test_the_final_status_of_an_approved_deployment_is_read(harness: Harness) -> None:
    waited = add_deployment(harness.repository, 5, long_ago(20))
    ended = waited.statuses[-1]._replace(created_at=long_ago(1))
    harness.repository.deployments[-1] = waited._replace(statuses=(waited.statuses[0], ended))
    harness.walk()
    assert harness.metrics() == {"deployment-status": 1}


def test_a_deployment_with_a_stored_end_takes_one_request(harness: Harness) -> None:
    deployment = add_deployment(harness.repository, 5, long_ago(2))
    harness.walk()
    inactive = DeploymentStatus(99, "inactive", long_ago(1))
    harness.repository.deployments[0] = deployment._replace(statuses=(*deployment.statuses, inactive))
    plan = Backfill("octo-org", "hello-world", SINCE, harness.services()).plan
    assert [(unit.kind, unit.calls) for unit in plan.units] == [("statuses of deployments", 1)]


def test_earlier_deployments_are_listed_once_and_counted_in_the_plan(harness: Harness) -> None:
    for n in range(350):
        add_deployment(harness.repository, n + 1, long_ago(60) + n * HOUR)
    for n in range(400, 410):
        add_deployment(harness.repository, n, long_ago(2) + n * 60_000)
    walk = Backfill("octo-org", "hello-world", SINCE, harness.services())
    result = walk.run()
    assert harness.metrics() == {"deployment": 10, "deployment-status": 10}
    # itself; pulls, runs, tags, issues and their events; a page of deployments, and one of its environment
    assert walk.plan.calls == 8
    assert result.calls - walk.plan.calls == walk.plan.expected == 31


def test_where_issues_are_switched_off_none_are_asked_for(harness: Harness) -> None:
    add_issue(harness.repository, 3, long_ago(2), "incident")
    services = harness.services()
    switched_off = harness.repository_payload() | {"has_issues": False}

    class Off:
        def object(self, path: str) -> Any:
            return switched_off if path == "/repos/octo-org/hello-world" else services.github.object(path)

        def __getattr__(self, name: str) -> Any:
            return getattr(services.github, name)

    walk = Backfill("octo-org", "hello-world", SINCE, services._replace(github=Off()))
    assert walk.plan.units == ()


def test_another_label_or_a_pull_request_is_no_incident(harness: Harness) -> None:
    add_issue(harness.repository, 3, long_ago(2), "bug")
    add_issue(harness.repository, 4, long_ago(2), "incident")["pull_request"] = {}
    assert (harness.walk().recovered, harness.records()) == (0, {})


def test_an_incident_that_lost_its_label_is_found(harness: Harness) -> None:
    opened = long_ago(4)
    add_issue(harness.repository, 3, opened, "incident", ("unlabeled", long_ago(2)), ("closed", long_ago(1)))
    add_issue(harness.repository, 4, opened, "bug", ("unlabeled", long_ago(2)))
    add_issue(harness.repository, 5, opened, "incident", ("unlabeled", long_ago(2)))["pull_request"] = {}
    assert harness.walk().recovered == 2
    actions = sorted(record["output"]["action"] for record in harness.records().values())
    assert (actions, harness.metrics()) == (["opened", "unlabeled"], {"incident": 2})


def unlabelled(harness: Harness) -> None:
    """Three incidents that lost their label, and one that has it still; each has two events."""
    for number, days in ((3, 2), (4, 3), (5, 4)):
        add_issue(harness.repository, number, long_ago(days + 1), "incident", ("unlabeled", long_ago(days)))
    add_issue(harness.repository, 6, long_ago(7), "incident")


def assert_truncated(harness: Harness, incidents: int, day: str) -> None:
    result = harness.walk()
    missing = f"those before {day}: an incident that lost its label before then is missing"
    assert result.problems == (f"incidents: the repository has too many events of issues to read {missing}",)
    assert (harness.metrics()["incident"], result.lost, result.left) == (incidents, 0, 0)
    assert missing in str(harness.lines)
    assert harness.walk().problems == result.problems, "the next run finds no more"


def test_incidents_before_the_events_that_are_read_are_a_problem(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlabelled(harness)
    monkeypatch.setattr("core.backfill.kinds.incidents._EVENTS_AT_MOST", 3)
    assert_truncated(harness, 5, str(day_of(long_ago(3))))


def test_incidents_before_the_events_that_github_lists_are_a_problem(harness: Harness) -> None:
    unlabelled(harness)
    harness.fake.fail_at("GET", r"/issues/events$", *[error(422, "pagination is limited for this resource")] * 2)
    assert_truncated(harness, 1, str(day_of(NOW)))


def test_all_events_that_may_be_read_are_read_and_nothing_is_said(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlabelled(harness)
    number = sum(map(len, harness.repository.history.issue_events.values()))
    monkeypatch.setattr("core.backfill.kinds.incidents._EVENTS_AT_MOST", number)
    assert harness.walk().problems == ()
    assert harness.metrics()["incident"] == 7


def test_an_event_without_a_time_ends_no_list(harness: Harness) -> None:
    unlabelled(harness)
    harness.repository.history.issue_events[3][-1]["created_at"] = "9999"
    plan = plan_of(harness)
    assert plan.kinds["incidents"] == 4


def test_more_runs_of_one_second_than_github_lists_are_a_problem(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        add_run(harness.repository, 10 + number, long_ago(2))
    monkeypatch.setattr("core.backfill.context._FILTERED_AT_MOST", 2)
    [problem] = plan_of(harness).truncated
    assert problem.startswith("workflow runs: GitHub lists 2 of the 3 that were created at 20")
    assert problem.endswith("Z: the others and their jobs are missing")


def test_an_issue_with_two_incident_labels_is_one_incident(harness: Harness) -> None:
    add_issue(harness.repository, 3, long_ago(2), "SEV 1")["labels"].append({"name": "outage"})
    walk = Backfill("octo-org", "hello-world", SINCE, harness.services(incident_labels="sev 1,outage"))
    assert (walk.plan.kinds["incidents"], walk.run().recovered) == (1, 1)
    [record] = harness.records().values()
    assert record["output"]["labels"] == ["SEV 1", "outage"]


def plan_of(harness: Harness, since: int = SINCE, **options: str) -> Plan:
    return Backfill("octo-org", "hello-world", since, harness.services(**options)).plan


def test_where_actions_are_off_everything_else_is_read(harness: Harness) -> None:
    full(harness)
    harness.repository.has_actions = False
    suite = next(iter(harness.repository.history.suites.values()))
    harness.repository.history.suites[harness.repository.history.pulls[1]["head"]["sha"]] = suite
    result = harness.walk()
    assert (result.lost, result.left, result.problems) == (0, 0, ())
    assert harness.metrics()["workflow-job"] == 0
    assert harness.metrics()["check-suite"] == 1
    assert harness.metrics()["deployment"] == 2
    assert "no workflow runs: GET /repos/octo-org/hello-world/actions/runs: 404" in plan_of(harness).notes


def test_where_issues_are_off_everything_else_is_read(harness: Harness) -> None:
    full(harness)
    harness.fake.fail_at("GET", "/issues$", error(410, "Issues are disabled for this repo"))
    result = harness.walk()
    assert (result.lost, result.left) == (0, 0)
    assert harness.metrics()["incident"] == 0
    assert harness.metrics()["workflow-job"] == 3


LISTS = {
    "pull requests": "/pulls$",
    "workflow runs": "/actions/runs$",
    "deployments": "/deployments$",
    "tags": "/tags$",
}
ABSENT = [(404, "Not Found"), (410, "Gone"), (409, "Git Repository is empty.")]


@pytest.mark.parametrize(("status", "message"), ABSENT)
@pytest.mark.parametrize("kind", LISTS)
def test_a_list_that_does_not_exist_is_empty(harness: Harness, kind: str, status: int, message: str) -> None:
    full(harness)
    harness.fake.fail_at("GET", LISTS[kind], *[error(status, message)] * 3)
    plan = plan_of(harness)
    assert plan.left_out == ()
    assert [note.partition(":")[0] for note in plan.notes] == [f"no {kind}"]


def test_a_list_that_may_not_be_read_is_requested_once(harness: Harness) -> None:
    full(harness)
    harness.fake.fail_at("GET", "/pulls$", *[error(403, "Resource not accessible by integration")] * 3)
    walk = Backfill("octo-org", "hello-world", SINCE, harness.services())
    assert [reason.partition(":")[0] for reason in walk.plan.left_out] == ["pull requests", "reviews"]
    assert walk.plan.kinds["check suites of commits"] == 1  # that of the run
    result = walk.run()
    assert result.left == 2
    assert result.problems == walk.plan.left_out
    assert harness.fake.faults.pending == 2


def rerun(harness: Harness, id: int, created: int, again: int) -> None:
    """A run that failed, and whose second attempt began at `again`: GitHub changes neither its id nor `created_at`."""
    jobs = add_run(harness.repository, id, created, jobs=2, conclusion="failure")
    run = next(item for item in harness.repository.history.runs if item["id"] == id)
    run |= {"run_attempt": 2, "run_started_at": iso(again), "updated_at": iso(again + HOUR)}
    times = {"created_at": iso(again), "started_at": iso(again + 60_000), "completed_at": iso(again + 120_000)}
    jobs += [{**job, **times, "id": job["id"] + 50, "run_attempt": 2} for job in jobs]
    for suite in harness.repository.history.suites[run["head_sha"]]:
        suite["updated_at"] = iso(again + HOUR)


@pytest.mark.parametrize("days", [9, 20, 37, 72])
def test_the_second_attempt_of_an_older_run_is_read(harness: Harness, days: int) -> None:
    rerun(harness, 11, long_ago(days), long_ago(2))
    assert harness.walk().left == 0
    assert harness.metrics() == {"workflow-job": 2, "check-suite": 1, "workflow-run": 1}
    attempts = [record["output"].get("run_attempt") for record in harness.records().values()]
    assert attempts.count(2) == 3


def test_an_older_run_without_a_new_attempt_is_not_read(harness: Harness) -> None:
    add_run(harness.repository, 11, long_ago(20))
    assert plan_of(harness).units == ()


def test_a_page_shorter_than_requested_does_not_end_the_list(harness: Harness) -> None:
    for n in range(250):
        add_run(harness.repository, n + 1, long_ago(4) + n * 60_000, jobs=1)
    answer = harness.fake.answer

    def short(method: str, path: str, query: Any, *rest: Any) -> Response:
        response = answer(method, path, query, *rest)
        if path.endswith("/actions/runs") and query.get("page") == "1":
            body = json.loads(response.body)
            body["workflow_runs"].pop()
            return response._replace(body=json.dumps(body).encode())
        return response

    harness.fake.answer = short  # type: ignore[method-assign]
    assert plan_of(harness).kinds["workflow runs"] == 249


def test_a_pull_request_without_a_valid_time_does_not_end_the_list(harness: Harness) -> None:
    for n in range(1, 4):
        add_pull(harness.repository, n, long_ago(n))
    harness.repository.history.pulls[2]["updated_at"] = "3000-13-45T00:00:00Z"
    assert harness.walk().left == 0
    assert harness.metrics()["commits-per-pr"] >= 2  # those before and after it in the list


def test_an_odd_item_costs_only_itself(harness: Harness) -> None:
    full(harness)
    harness.repository.history.tags["v9.9.9"] = {"sha": "0" * 40, "node_id": "C", "commit": None}
    harness.fake.fail_at("GET", "/commits/0{40}$", Response(200, {}, b'{"commit":{"committer":{"date":7}}}'))
    result = harness.walk()
    assert result.left == 0
    assert harness.metrics()["release-versions"] == 1
    assert harness.metrics()["workflow-job"] == 3


def test_a_renamed_repository_with_an_odd_name_is_rejected(harness: Harness) -> None:
    harness.fake.fail_at(
        "GET", "/hello-world$", Response(200, {}, b'{"id":1,"name":"..","owner":{"login":"octo-org"}}')
    )
    with pytest.raises(PermanentError, match="its name is invalid"):
        harness.walk()


def test_what_github_no_longer_keeps_is_noted(harness: Harness) -> None:
    notes = plan_of(harness, NOW - 100 * DAY).notes
    assert any("from before 2026-08-26 are gone" in note for note in notes)
    assert plan_of(harness).notes == ()


def test_the_state_of_a_repository_is_noted(harness: Harness) -> None:
    harness.repository.archived = harness.repository.disabled = True
    harness.repository.has_issues = False
    assert plan_of(harness).notes == ("archived", "disabled", "no incidents: issues are off")


def test_the_reasons_of_what_is_left_and_lost_are_returned(harness: Harness) -> None:
    full(harness)
    harness.fake.fail_at("GET", r"/pulls/1$", error(502, "Bad gateway"))
    harness.fake.fail_at("GET", r"/runs/11/jobs$", error(404, "Not Found"))
    result = harness.walk()
    assert (result.lost, result.left) == (1, 1)
    assert set(result.problems) == {
        "pull requests: GET /repos/octo-org/hello-world/pulls/1: 502",
        "workflow runs: GET /repos/octo-org/hello-world/actions/runs/11/jobs: 404",
    }


def test_a_pull_request_is_recorded_with_the_labels_of_its_closing(harness: Harness) -> None:
    hotfix, later = {"name": "hotfix", "id": 1}, {"name": "reviewed late", "id": 2}
    changed = {"labels": [later], "title": "Something else", "updated_at": iso(long_ago(1))}
    add_pull(harness.repository, 7, long_ago(2), **changed)
    add_pull(harness.repository, 8, long_ago(2), labels=[hotfix])
    done = [("labeled", 3, hotfix), ("unlabeled", 1, hotfix), ("labeled", 1, later)]
    events: list[tuple[str, int, dict[str, Any]]] = [(kind, days, {"label": label}) for kind, days, label in done]
    rename = {"rename": {"from": "Hotfix: x", "to": "Something else"}}
    harness.repository.history.issue_events[7] = [
        {"id": number, "event": kind, "created_at": iso(long_ago(days)), **more}
        for number, (kind, days, more) in enumerate([*events, ("renamed", 1, rename)])
    ]
    # an issue to GitHub, but none in the list of all events
    harness.repository.history.issues[7] = {**add_issue(harness.repository, 70, long_ago(3), "x"), "pull_request": {}}
    walk = Backfill("octo-org", "hello-world", SINCE, harness.services())
    result = walk.run()
    assert (result.left, result.calls) == (0, walk.plan.calls + walk.plan.expected)
    outputs = [
        record["output"]
        for record in harness.records().values()
        if record["metric_signature"] == "code-review-involvement"
    ]
    assert [(output["number"], output["labels"], output["title_kind"]) for output in outputs] == [
        (7, ["hotfix"], "hotfix"),
        (8, ["hotfix"], "other"),
    ]


def test_an_incident_has_no_type_of_today_and_labels_of_then(harness: Harness) -> None:
    add_issue(harness.repository, 7, long_ago(3), "incident")
    add_issue(harness.repository, 8, long_ago(3), "incident")
    today = [{"name": "incident"}, {"name": "sev-1"}, {"name": "not-a-deployment"}]
    for number in (7, 8):
        harness.repository.history.issues[number] |= {"type": {"name": "Bug"}, "labels": today}
    added = {"id": 9, "event": "labeled", "created_at": iso(long_ago(1))}
    harness.repository.history.issue_events[7] += [added | {"label": label} for label in today[1:]]
    harness.walk()
    outputs = [record["output"] for record in harness.records().values() if record["metric_signature"] == "incident"]
    names = ("number", "all_labels", "severity", "is_exempt", "issue_type")
    opened = [tuple(output[name] for name in names) for output in outputs if output["action"] == "opened"]
    assert opened == [(7, ["incident"], None, False, None), (8, None, None, None, None)]
