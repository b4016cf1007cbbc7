"""What a repeated backfill requests: the lists, and only the items of which they show a change, or of which it is not certain."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.demo import payloads
from core.backfill.context import Unit, constant
from core.backfill.cursor import Cursor
from core.backfill.run import Backfill
from core.backfill.unit_states import UnitStates, from_json, records_by_day, state_of, to_json
from fakes.github.response import Response, error
from fakes.github.serializers import iso
from fakes.github.state import DeploymentStatus
from tests.builders import NOW
from tests.github_history import DAY, HOUR, add_deployment, add_issue, add_pull, add_review, add_run, long_ago, sha
from tests.unit.core.backfill.test_run import SINCE, Harness, full

_DETAILS = ("/jobs", "/check-suites", "/statuses", "/reviews", "/events", "/commits", "/files")
_LISTS = ("/issues/events",)


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path / "data")


def details(harness: Harness, since: int = SINCE) -> list[str]:
    """Walk, and return the paths of the requests for single items."""
    asked: list[str] = []
    answer = harness.fake.answer

    def note(method: str, path: str, *rest: Any) -> Response:
        asked.append(path)
        return answer(method, path, *rest)

    harness.fake.answer = note  # type: ignore[method-assign]
    assert harness.walk(since).lost == 0
    harness.fake.answer = answer  # type: ignore[method-assign]
    single = [path.partition("/hello-world")[2] for path in asked if path.endswith(_DETAILS)]
    return sorted(path for path in single if path not in _LISTS)


def cursor(harness: Harness) -> Path:
    return next(path for path in harness.folder.rglob("*.json") if "backfill" in path.parts)


def test_a_second_walk_requests_the_lists_only(harness: Harness) -> None:
    full(harness)
    assert details(harness)
    harness.clock.move(HOUR // 1000)
    assert details(harness, SINCE + HOUR) == []
    harness.clock.move(2 * DAY // 1000)
    assert details(harness, SINCE + 2 * DAY) == []


def test_a_run_that_is_run_again_is_read_again_with_its_suite(harness: Harness) -> None:
    jobs = add_run(harness.repository, 11, long_ago(5), jobs=1, conclusion="failure")
    add_run(harness.repository, 12, long_ago(5), jobs=1)
    harness.walk()
    [run, _] = harness.repository.history.runs
    run |= {"run_attempt": 2, "run_started_at": iso(long_ago(3)), "updated_at": iso(long_ago(3) + HOUR)}
    jobs.append({**jobs[0], "id": 77, "run_attempt": 2, "completed_at": iso(long_ago(3))})
    [suite] = harness.repository.history.suites[run["head_sha"]]
    suite |= {"updated_at": iso(long_ago(3) + HOUR), "conclusion": "success"}
    assert details(harness) == ["/actions/runs/11/jobs", f"/commits/{run['head_sha']}/check-suites"]
    assert harness.metrics() == {"workflow-job": 3, "workflow-run": 3, "check-suite": 3}
    outputs = [record["output"] for path, record in harness.records().items() if "/check-suite/" in path]
    assert sorted((output["id"], output["conclusion"]) for output in outputs) == [
        (5_000_011, "failure"),
        (5_000_011, "success"),
        (5_000_012, "success"),
    ]
    assert details(harness) == []


def test_a_suite_stored_after_its_last_attempt_is_kept(harness: Harness) -> None:
    add_run(harness.repository, 11, long_ago(5), jobs=1)
    [run] = harness.repository.history.runs
    run |= {"run_attempt": 2, "run_started_at": iso(long_ago(5) + 60_000)}
    harness.walk()
    run["updated_at"] = harness.repository.history.suites[run["head_sha"]][0]["updated_at"] = iso(long_ago(2))
    assert len(details(harness)) == 2
    assert harness.metrics()["check-suite"] == 1


def test_a_run_with_a_job_that_is_not_completed_is_read_again(harness: Harness) -> None:
    [job] = add_run(harness.repository, 11, long_ago(5), jobs=1)
    job |= {"status": "in_progress"}
    harness.walk()
    job |= {"status": "completed"}
    assert details(harness) == ["/actions/runs/11/jobs"]
    assert harness.metrics()["workflow-job"] == 1


def test_what_was_updated_just_now_is_read_again(harness: Harness) -> None:
    add_run(harness.repository, 11, NOW - HOUR - 300_000, jobs=1)
    harness.walk()
    harness.clock.move(900)
    commit = sha("r11")
    assert details(harness) == ["/actions/runs/11/jobs", f"/commits/{commit}/check-suites"]
    assert details(harness) == [f"/commits/{commit}/check-suites"]  # a suite may appear later
    harness.clock.move(DAY // 1000)
    assert details(harness) == [f"/commits/{commit}/check-suites"]
    assert details(harness) == []


def test_an_open_suite_of_another_app_is_read_again_for_30_days(harness: Harness) -> None:
    since = NOW - 60 * DAY
    for id, days in ((11, 40), (12, 20)):
        add_run(harness.repository, id, long_ago(days), jobs=1)
        other = payloads.check_suite(harness.repository, 900 + id, sha(f"r{id}"), long_ago(days), long_ago(days))
        other |= {"status": "queued", "conclusion": None}
        harness.repository.history.suites[sha(f"r{id}")].append(other)
    harness.walk(since)
    assert details(harness, since) == [f"/commits/{sha('r12')}/check-suites"]
    other |= {"updated_at": iso(long_ago(1)), "status": "completed", "conclusion": "failure"}
    assert details(harness, since) == [f"/commits/{sha('r12')}/check-suites"]
    assert harness.metrics()["check-suite"] == 3
    assert details(harness, since) == []


def test_a_new_status_of_a_deployment_is_read(harness: Harness) -> None:
    first, second = (add_deployment(harness.repository, id, long_ago(5) + id * HOUR) for id in (5, 6))
    harness.walk()
    later = DeploymentStatus(99, "failure", long_ago(2))
    harness.repository.deployments[0] = first._replace(statuses=(*first.statuses, later))
    assert details(harness) == ["/deployments/5/statuses"]
    assert harness.metrics()["deployment-status"] == 3
    assert second.id == 6


def test_a_deployment_is_read_again_until_it_has_ended(harness: Harness) -> None:
    deployment = add_deployment(harness.repository, 5, long_ago(5))
    begun = DeploymentStatus(1, "in_progress", long_ago(5) + HOUR)
    harness.repository.deployments[0] = deployment._replace(statuses=(begun,))
    harness.walk()
    assert details(harness) == ["/deployments/5/statuses"]


def test_a_deployment_whose_list_shows_no_status_is_read_again(harness: Harness) -> None:
    add_deployment(harness.repository, 5, long_ago(5))
    answer = harness.fake.answer

    def unchanged(method: str, path: str, *rest: Any) -> Response:
        response = answer(method, path, *rest)
        if not path.endswith("/deployments"):
            return response
        items = [item | {"updated_at": item["created_at"]} for item in json.loads(response.body)]
        return response._replace(body=json.dumps(items).encode())

    harness.fake.answer = unchanged  # type: ignore[method-assign]
    harness.walk()
    assert details(harness) == ["/deployments/5/statuses"]


def test_a_new_review_and_a_new_event_of_an_issue_are_read(harness: Harness) -> None:
    for number in (1, 2):
        add_pull(harness.repository, number, long_ago(5))
    issue = add_issue(harness.repository, 3, long_ago(5), "incident")
    harness.walk()
    add_review(harness.repository, 1, 31, long_ago(2))
    harness.repository.history.pulls[1]["updated_at"] = iso(long_ago(2))
    issue |= {"updated_at": iso(long_ago(2)), "closed_at": iso(long_ago(2)), "state": "closed"}
    closed = {"id": 9, "event": "closed", "created_at": iso(long_ago(2))}
    harness.repository.history.issue_events[3].append(closed)
    assert details(harness) == ["/issues/3/events", "/pulls/1/reviews"]
    assert (harness.metrics()["review"], harness.metrics()["incident"]) == (1, 2)


def test_what_the_lists_do_not_show_is_read_again(harness: Harness) -> None:
    for number in (1, 2):
        add_pull(harness.repository, number, long_ago(5))
        add_review(harness.repository, number, 30 + number, long_ago(6))
        add_issue(harness.repository, 10 + number, long_ago(5), "incident")
    add_review(harness.repository, 1, 39, long_ago(4))
    harness.repository.history.issue_events[11].append({"id": 9, "event": "assigned", "created_at": iso(long_ago(4))})
    harness.walk()
    assert details(harness) == ["/issues/11/events", "/pulls/1/reviews"]


def test_an_open_suite_is_read_again_while_its_commit_or_its_run_changes(harness: Harness) -> None:
    since = NOW - 60 * DAY
    suites = harness.repository.history.suites
    for id in (11, 12, 13):
        add_run(harness.repository, id, long_ago(40), jobs=1)
        suites[sha(f"r{id}")][0] |= {"status": "queued", "conclusion": None}
    for run in harness.repository.history.runs[1:]:
        run["check_suite_id"] = 7  # its suite is that of another app
    harness.repository.history.runs[1]["updated_at"] = iso(long_ago(20))
    harness.walk(since)
    assert details(harness, since) == [
        f"/commits/{sha(commit)}/check-suites" for commit in sorted(("r11", "r12"), key=sha)
    ]


def test_a_deleted_record_is_read_again(harness: Harness) -> None:
    full(harness)
    harness.walk()
    before = harness.records()
    next(path for path in harness.folder.rglob("*.json") if "workflow-job" in path.parts).unlink()
    assert "/actions/runs/11/jobs" in details(harness)
    assert harness.records().keys() == before.keys()


def test_an_earlier_date_and_other_labels_read_everything_again(harness: Harness) -> None:
    full(harness)
    harness.walk()
    again = details(harness, SINCE - HOUR)
    assert [path for path in again if "11" in path] == ["/actions/runs/11/jobs"]
    assert again[-2:] == ["/pulls/1/reviews", "/pulls/2/reviews"]
    services = harness.services(incident_labels="outage")
    assert Backfill("octo-org", "hello-world", SINCE, services).plan.kinds["workflow runs"] == 1
    assert details(harness, SINCE - HOUR) == []


def test_a_failed_unit_is_read_again(harness: Harness) -> None:
    add_run(harness.repository, 11, long_ago(5), jobs=1)
    harness.fake.fail_at("GET", r"/runs/11/jobs$", error(404, "Not Found"))
    assert harness.walk().lost == 1
    assert details(harness) == ["/actions/runs/11/jobs"]


def test_a_unit_whose_record_waits_for_a_read_is_read_again(harness: Harness) -> None:
    for id, days in ((5, 7), (6, 5)):
        add_deployment(harness.repository, id, long_ago(days))
    harness.fake.fail_at("GET", r"/compare/", *[error(502, "Bad gateway")] * 4)
    assert harness.walk().left == 1
    assert harness.metrics()["deployment-status"] == 1
    assert "/deployments/6/statuses" in details(harness)


def test_a_walk_that_stopped_goes_on_after_more_than_a_day(harness: Harness) -> None:
    for n in range(250):
        add_run(harness.repository, n + 1, long_ago(4) + n * 60_000, jobs=1)
    seconds = iter([900.0, 900.0, 900.0])
    services = harness.services()._replace(seconds_left=lambda: next(seconds, 0.0))
    first = Backfill("octo-org", "hello-world", SINCE, services).run()
    assert 0 < first.left < 500
    harness.clock.move(DAY // 1000 + 600)
    following = Backfill("octo-org", "hello-world", SINCE + DAY, harness.services()).plan
    assert len(following.units) == first.left


def test_what_was_never_read_comes_before_what_is_read_again(harness: Harness) -> None:
    add_run(harness.repository, 11, NOW - HOUR - 60_000, jobs=1)
    harness.walk()
    add_run(harness.repository, 12, long_ago(3), jobs=1)
    harness.clock.move(2 * DAY // 1000)
    units = Backfill("octo-org", "hello-world", SINCE, harness.services()).plan.units
    assert [unit.id for unit in units] == [sha("r12"), 12, sha("r11"), 11]


@pytest.mark.parametrize("path", ["/check-suites$", "/nothing$"])
def test_units_that_are_no_longer_listed_are_forgotten(harness: Harness, path: str) -> None:
    harness.fake.fail_at("GET", path, *[error(403, "Resource not accessible by integration")] * 9)
    for id in (11, 12):
        add_run(harness.repository, id, long_ago(id - 5), jobs=1)
    harness.walk()
    assert "workflow runs:12" in json.loads(cursor(harness).read_text())["states"]["units"]
    harness.clock.move(DAY // 1000 + 1)
    harness.walk(NOW - 13 * DAY // 2)
    units = json.loads(cursor(harness).read_text())["states"]["units"]
    assert [name for name in units if name.startswith("workflow runs")] == ["workflow runs:11"]


def test_states_hold_while_no_day_has_fewer_records() -> None:
    first, second = "2026-11-23", "2026-11-24"
    states = UnitStates(SINCE, "rules", {first: 2, second: 1}, {"tags:v1": state_of(1)})
    assert states.valid(SINCE, "rules", {first: 2, second: 9}).units
    assert states.valid(SINCE + DAY, "rules", {first: 2, second: 1}).units
    assert states.valid(NOW, "rules", {second: 1}).units, "earlier days are not listed"
    assert not states.valid(SINCE, "rules", {first: 1, second: 9}).units
    assert not states.valid(SINCE, "others", {first: 2, second: 1}).units
    assert not states.valid(SINCE - 1, "rules", {first: 2, second: 1}).units
    assert from_json(to_json(states)) == states


def test_units_of_a_kind_that_has_no_listed_unit_remain() -> None:
    """Its list could not be read, or the repository no longer has it."""
    states = UnitStates(units={"tags:v1": "a", "tags:v2": "b", "reviews:1": "c"})
    assert states.only({"tags:v2"}).units == {"tags:v2": "b", "reviews:1": "c"}


def test_without_rules_a_unit_is_done_in_the_unfinished_backfill_only() -> None:
    unit = Unit("reviews", 1, 1, constant(()), "state")
    done = Cursor().with_done([unit], [unit], NOW, {})
    assert (done.has(unit), done.finished().has(unit)) == (True, False)
    ruled = Cursor(states=UnitStates(rules="rules")).with_done([unit], [unit], NOW, {})
    assert (ruled.done, ruled.finished().has(unit)) == (frozenset(), True)


def test_records_are_counted_by_day_from_the_start_on() -> None:
    facts = [
        "review/2026-11-23/1",
        "incident/2026-11-23/2",
        "review/2020-01-01/3",
        "release-versions/v1",
        "a/undated/1",
    ]
    assert records_by_day(facts, SINCE) == {"2026-11-23": 2}
