import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.backfill.new_fields import NEW_FIELDS
from core.backfill.run import Backfill
from core.errors import Unavailable
from core.record_file import to_line
from core.stores.directory import DirectoryStore
from fakes.github.response import Response
from tests.builders import NOW
from tests.github_history import HOUR, add_deployment, add_issue, add_pull, add_run, long_ago
from tests.unit.core.backfill.older_records import make_older, without_new
from tests.unit.core.backfill.test_run import SINCE, Harness, full

COMPLETED = {"code-review-involvement", "commits-per-pr", "deployment", "deployment-status", "documentation-updated"}


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path / "data")


def upgraded(harness: Harness) -> dict[Path, dict[str, Any]]:
    """Store the facts of a repository as the code of schema 1 did, long before they are completed."""
    full(harness)
    harness.walk()
    return downgraded(harness)


def downgraded(harness: Harness) -> dict[Path, dict[str, Any]]:
    older = make_older(harness.folder, collected_by="webhook", created_at=NOW - HOUR)
    forget_progress(harness)
    return older


def test_stored_records_are_completed_and_keep_every_value(harness: Harness) -> None:
    full(harness)
    harness.walk()
    fresh = harness.records()
    older = downgraded(harness)
    result = harness.walk()
    assert (result.left, result.lost, result.recovered, result.completed) == (0, 0, 0, len(older))
    for path, old in older.items():
        new = json.loads(path.read_text())
        assert new["schema"] == 2
        assert without_new(new["output"], old["output"]) == old["output"]
        assert {name: value for name, value in new.items() if name not in ("schema", "output")} == {
            name: value for name, value in old.items() if name not in ("schema", "output")
        }
        expected = fresh[str(path.relative_to(harness.folder))]["output"]
        for name in NEW_FIELDS[old["metric_signature"]].past:
            expected = {**expected, **({name: None} if name in expected else {})}
        assert new["output"] == expected


def test_values_that_changed_since_then_stay(harness: Harness) -> None:
    older = upgraded(harness)
    (path,) = (path for path in older if "code-review" in str(path) and older[path]["output"]["number"] == 1)
    harness.repository.history.pulls[1] |= {"comments": 99, "changed_files": 77}
    harness.walk()
    output = json.loads(path.read_text())["output"]
    assert (output["comments"], output["changed_files"]) == (1, 1)


def test_a_second_run_completes_nothing_and_asks_for_nothing_single(harness: Harness) -> None:
    upgraded(harness)
    harness.walk()
    walk = Backfill("octo-org", "hello-world", SINCE, harness.services())
    assert (walk.plan.older, walk.plan.later) == (0, 0)
    assert {"pull requests", "deployments", "tags"}.isdisjoint(walk.plan.kinds)


def test_records_before_the_start_date_are_not_read(harness: Harness) -> None:
    older = upgraded(harness)
    walk = Backfill("octo-org", "hello-world", NOW - HOUR, harness.services())
    days = [path for path in older if path.parent.name[:1].isdigit()]
    assert walk.plan.older == len(older) - len(days)


def test_what_github_no_longer_has_is_counted_and_named(harness: Harness) -> None:
    number = sum(record["metric_signature"] == "workflow-job" for record in upgraded(harness).values())
    history = harness.repository.history
    history.runs.clear()
    history.jobs.clear()
    result = harness.walk()
    (jobs,) = (line for line in result.unfilled if line.startswith("workflow-job: labels"))
    assert jobs.endswith(f"stay null in {number} records: GitHub no longer has them")
    assert any("labels, is_draft stay null in 2 records" in line for line in result.unfilled)


def test_a_run_that_is_cut_short_resumes_and_prints_no_summary(harness: Harness) -> None:
    older = upgraded(harness)
    services = harness.services()
    walk = Backfill("octo-org", "hello-world", SINCE, services._replace(seconds_left=lambda: 0.0))
    first = walk.run()
    assert (first.completed, first.unfilled) == (0, ())
    assert first.left > 0
    second = harness.walk()
    assert (second.completed, second.left) == (len(older), 0)


def test_a_store_that_cannot_be_written_leaves_the_records(harness: Harness) -> None:
    older = upgraded(harness)

    class Full(DirectoryStore):
        def write(self, files: Any, message: str) -> bool:
            if message.startswith("Complete"):
                raise Unavailable("the disk is full")
            return super().write(files, message)

    harness.store = Full(str(harness.folder))
    result = harness.walk()
    assert (result.completed, result.lost) == (0, 0)
    assert result.left > 0
    assert any("the disk is full" in problem for problem in result.problems)
    harness.store = DirectoryStore(str(harness.folder))
    assert harness.walk().completed == len(older)


def test_a_record_of_a_later_schema_is_not_changed(harness: Harness) -> None:
    full(harness)
    harness.walk()
    newer = make_older(harness.folder)
    for path, record in newer.items():
        path.write_text(json.dumps({**record, "schema": 3}) + "\n")
    result = harness.walk()
    assert (result.completed, result.recovered) == (0, 0)


@pytest.mark.unmeasured
def test_a_thousand_facts_are_completed_within_the_estimate(harness: Harness) -> None:
    for n in range(1, 91):
        add_pull(harness.repository, n, long_ago(6) + n * HOUR)
        commits = harness.repository.pulls[n].commits
        harness.repository.pulls[n].commits = [commit._replace(message=f"Change (#{n})") for commit in commits]
    for n in range(1, 201):
        add_run(harness.repository, 1000 + n, long_ago(6) + n * 60_000)
    for n in range(1, 101):
        add_issue(harness.repository, 1000 + n, long_ago(6) + n * 60_000, "incident")
        environment = ("staging", "production", "preview")[n % 3]
        add_deployment(harness.repository, n, long_ago(7) + n * HOUR, environment=environment)
    harness.walk()
    forget_progress(harness)
    older = make_older(harness.folder)
    assert len(older) >= 1_000
    walk = Backfill("octo-org", "hello-world", SINCE, harness.services())
    result = walk.run()
    assert (walk.plan.older, result.completed, result.left) == (len(older), len(older), 0)
    estimate = walk.plan.calls + walk.plan.expected
    assert estimate * 0.9 <= result.calls <= estimate * 1.1
    metrics = Counter(record["metric_signature"] for record in older.values())
    assert set(metrics) >= COMPLETED
    kinds = Counter(
        stamp["number_kind"]
        for record in harness.records().values()
        if record["metric_signature"] == "commits-per-pr"
        for stamp in record["output"]["commits"]["commit_timestamps"]
    )
    assert kinds == {"pull_request": 180}


def forget_progress(harness: Harness) -> None:
    for cursor in (harness.folder / "_system").rglob("*.json"):
        cursor.unlink()


def rewrite(harness: Harness, metric: str, change: Any) -> int:
    """Change the output of every record of a metric, and return their number."""
    paths = [path for path in harness.folder.rglob("*.json") if path.parts[-3] == metric]
    for path in paths:
        record = json.loads(path.read_text())
        change(record["output"])
        path.write_text(json.dumps(record, separators=(",", ":")) + "\n")
    return len(paths)


def test_what_numbers_stand_for_is_asked_100_at_a_time(harness: Harness) -> None:
    for n in range(1, 161):
        add_deployment(harness.repository, n, long_ago(7) + n * HOUR)
        add_pull(harness.repository, n, long_ago(7) + n * HOUR)
    harness.walk()
    forget_progress(harness)

    def unknown(output: Any) -> None:
        for commit in (output["changes"] or {"commits": []})["commits"]:
            commit |= {"pr_number": output["deployment_id"], "number_kind": None}

    statuses = rewrite(harness, "deployment-status", unknown)
    assert statuses > 100
    services, asked = harness.services(), []

    class Counting:
        def graphql(self, query: str, variables: Any) -> Any:
            asked.append(query)
            return services.github.graphql(query, variables)

        def __getattr__(self, name: str) -> Any:
            return getattr(services.github, name)

    walk = Backfill("octo-org", "hello-world", SINCE, services._replace(github=Counting()))
    result = walk.run()
    assert (walk.plan.older, walk.plan.number_calls, len(asked)) == (0, 2, 2)
    assert (result.completed, result.left, result.unfilled) == (walk.plan.later, 0, ())
    kinds = [
        commit["number_kind"]
        for record in harness.records().values()
        if record["metric_signature"] == "deployment-status"
        for commit in (record["output"]["changes"] or {"commits": []})["commits"]
    ]
    assert set(kinds) == {"pull_request"}
    assert len(kinds) >= 150


def test_a_live_job_gets_its_run_and_a_run_that_is_gone_is_counted(harness: Harness) -> None:
    add_run(harness.repository, 11, long_ago(2), jobs=1)
    add_run(harness.repository, 12, long_ago(2), jobs=1)
    harness.walk()
    forget_progress(harness)
    expected = {path: record["output"] for path, record in harness.records().items() if "workflow-job" in path}
    assert all(output["run_event"] and output["workflow_path"] for output in expected.values())
    rewrite(harness, "workflow-job", lambda output: output.update(run_event=None, workflow_path=None))
    gone = harness.repository.history.runs.pop()
    result = harness.walk()
    assert (result.completed, result.left) == (1, 0)
    assert result.unfilled == (
        "workflow-job: run_event, workflow_path stay null in 1 record: GitHub no longer has them",
    )
    for path, output in expected.items():
        now = harness.records()[path]["output"]
        assert now == (
            output if output["run_id"] != gone["id"] else output | {"run_event": None, "workflow_path": None}
        )


@pytest.mark.parametrize("status", [502, 403, 404])
def test_jobs_wait_for_a_list_of_runs_that_cannot_be_read(harness: Harness, status: int) -> None:
    """A 403 or a 404 may end when the token gets the right to read Actions."""
    add_run(harness.repository, 11, long_ago(2), jobs=1)
    harness.walk()
    forget_progress(harness)
    rewrite(harness, "workflow-job", lambda output: output.update(run_event=None, workflow_path=None))
    harness.fake.fail_at("GET", "/actions/runs", Response(status, {}, b"{}"))
    first = harness.walk()
    assert (first.completed, first.left > 0) == (0, status != 404)
    assert harness.walk().completed == 1
    assert harness.walk().completed == 0


def test_settled_days_are_not_read_again(harness: Harness) -> None:
    upgraded(harness)
    harness.walk()
    read = reads_of(harness)
    harness.walk()
    assert [path for path in read if not path.startswith("_system")] == []
    add_run(harness.repository, 99, long_ago(2))
    harness.walk()
    read.clear()
    harness.walk()
    days = {path.split("/")[3] for path in read if not path.startswith("_system")}
    assert len(days) == 1


def test_a_cursor_of_an_older_version_is_read(harness: Harness) -> None:
    upgraded(harness)
    harness.walk()
    (path,) = (path for path in (harness.folder / "_system").rglob("*.json") if "backfill" in path.parts)
    cursor = json.loads(path.read_text())
    assert cursor["settled"]["schema"] == 2
    assert cursor["settled"]["groups"]
    for settled in (None, {"schema": 1, "groups": {"2026-11-22": [1, 0]}}):
        cursor["settled"] = settled
        path.write_text(json.dumps(cursor))
        assert harness.walk().left == 0
    del cursor["settled"]
    path.write_text(json.dumps(cursor))
    assert (harness.walk().left, "unreadable" in str(harness.lines)) == (0, False)


@pytest.mark.parametrize("most", [1, 5, 12])
def test_runs_that_read_a_few_records_complete_all_in_the_end(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    older = upgraded(harness)
    monkeypatch.setattr("core.backfill.run.MOST_READ", most)
    first = harness.walk()
    assert 0 < first.completed < len(older)
    assert first.left > 0
    assert any("the next run goes on" in problem for problem in first.problems)
    results = [first]
    while results[-1].left and len(results) < len(older):
        results.append(harness.walk())
    assert (results[-1].left, sum(result.completed for result in results)) == (0, len(older))
    assert {json.loads(path.read_text())["schema"] for path in older} == {2}


def test_a_job_that_is_delivered_again_keeps_what_was_completed(harness: Harness) -> None:
    """The webhook does not name what started the run."""
    full(harness)
    harness.walk()
    names = ("run_event", "workflow_path")
    number = rewrite(harness, "workflow-job", lambda output: output.update(dict.fromkeys(names)))
    before = {path: record for path, record in harness.records().items() if "/workflow-job/" in path}
    forget_progress(harness)
    harness.walk()
    completed = {path: record for path, record in harness.records().items() if "/workflow-job/" in path}
    assert all(completed[path]["output"][name] for path in completed for name in names)
    again = {path: to_line({**record, "delivery_id": "again"}) for path, record in before.items()}
    assert harness.store.write(
        {f"octo-org/{path.partition('octo-org/')[2]}": line for path, line in again.items()}, "x"
    )
    for path, record in completed.items():
        assert harness.records()[path] == {**record, "delivery_id": "again"}
    assert (number, len(again)) == (len(completed), len(completed))


REFUSED = Response(
    200, {}, b'{"data":{"repository":null},"errors":[{"type":"FORBIDDEN","message":"Resource not accessible"}]}'
)


def reads_of(harness: Harness) -> list[str]:
    """Return a list that gets the paths of the records that are read from now on."""
    read: list[str] = []

    class Counting(DirectoryStore):
        def read_many(self, paths: Any) -> dict[str, bytes]:
            paths = list(paths)
            read.extend(paths)
            return super().read_many(paths)

    harness.store = Counting(str(harness.folder))
    return read


def numbers_unknown(harness: Harness) -> None:
    add_pull(harness.repository, 7, long_ago(2))
    add_pull(harness.repository, 8, long_ago(3))
    harness.walk()
    forget_progress(harness)

    def unknown(output: Any) -> None:
        for stamp in output["commits"]["commit_timestamps"]:
            stamp |= {"number": 7, "number_kind": None}

    assert rewrite(harness, "commits-per-pr", unknown) == 2


def kinds(harness: Harness) -> set[str | None]:
    return {
        stamp["number_kind"]
        for record in harness.records().values()
        if record["metric_signature"] == "commits-per-pr"
        for stamp in record["output"]["commits"]["commit_timestamps"]
    }


def test_a_kind_that_the_token_may_not_read_is_asked_again_when_it_may(harness: Harness) -> None:
    numbers_unknown(harness)
    read = reads_of(harness)
    harness.fake.fail_at("POST", "/graphql", REFUSED)
    first = harness.walk()
    assert (first.completed, first.left, kinds(harness)) == (0, 0, {None})
    assert any("what numbers stand for stays null" in sentence for sentence in first.unfilled)
    read.clear()
    harness.fake.fail_at("POST", "/graphql", REFUSED)
    queries = harness.fake.methods["QUERY"]
    assert (harness.walk().completed, read, harness.fake.methods["QUERY"] - queries) == (0, [], 1)
    assert (harness.walk().completed, kinds(harness)) == (2, {"pull_request"})
    read.clear()
    queries = harness.fake.methods["QUERY"]
    assert (harness.walk().completed, read, harness.fake.methods["QUERY"] - queries) == (0, [], 0)


def without_timelines(harness: Harness) -> dict[str, Any]:
    """Store merged pull requests whose timelines GitHub refused, and return those that it has."""
    harness.fake.state.repository("octo-org/hello-world")
    add_pull(harness.repository, 7, long_ago(2))
    add_pull(harness.repository, 8, long_ago(3))
    harness.walk()
    forget_progress(harness)
    reviews = {path: record for path, record in harness.records().items() if "/code-review-involvement/" in path}
    for path, record in reviews.items():
        output = {**record["output"], "timeline": None}
        line = to_line({**record, "output": output, "anomalies": ["timeline_not_available"]})
        (harness.folder / path).write_bytes(line)
    assert len(reviews) == 2
    return reviews


def test_a_timeline_that_github_refused_is_asked_again_when_it_answers(harness: Harness) -> None:
    expected = without_timelines(harness)
    harness.fake.fail_at("POST", "/graphql", REFUSED)
    first = harness.walk()
    assert (first.completed, first.left) == (0, 0)
    assert any("timelines of pull requests stay null" in sentence for sentence in first.unfilled)
    harness.fake.fail_at("POST", "/graphql", REFUSED)
    assert harness.walk().completed == 0
    assert harness.walk().completed == 2
    assert {path: harness.records()[path] for path in expected} == expected
    queries = harness.fake.methods["QUERY"]
    assert (harness.walk().completed, harness.fake.methods["QUERY"] - queries) == (0, 0)


def test_a_timeline_that_github_no_longer_has_is_not_asked_again(harness: Harness) -> None:
    without_timelines(harness)
    gone = b'{"data":{"repository":{"pullRequest":null}},"errors":[{"type":"NOT_FOUND"}]}'
    harness.fake.fail_at("POST", "/graphql", Response(200, {}, gone), Response(502))
    first = harness.walk()
    assert (first.completed, first.left > 0) == (0, True)
    assert harness.walk().completed == 1
    queries = harness.fake.methods["QUERY"]
    assert (harness.walk().completed, harness.fake.methods["QUERY"] - queries) == (0, 0)


@pytest.mark.unmeasured
def test_a_day_of_many_records_is_read_in_parts_within_the_time(harness: Harness) -> None:
    add_run(harness.repository, 11, long_ago(2), jobs=1)
    harness.walk()
    forget_progress(harness)
    ((path, record),) = ((path, record) for path, record in harness.records().items() if "/workflow-job/" in path)
    folder, unknown = (harness.folder / path).parent, {"run_event": None, "workflow_path": None}
    for n in range(3_000):
        line = to_line({**record, "id": f"{record['id']}{n}", "output": {**record["output"], **unknown}})
        (folder / f"{n}-1.json").write_bytes(line)
    read = reads_of(harness)

    def hurried() -> Any:
        """Each record that is read takes 0.3 of 900 seconds."""
        read.clear()
        return harness.services()._replace(seconds_left=lambda: 900.0 - 0.3 * len(read))

    walk = Backfill("octo-org", "hello-world", SINCE, hurried())
    assert 1_500 <= walk.plan.later == len(read) <= 2_000
    completed = [walk.run().completed]
    while sum(completed) < 3_000 and len(completed) < 6:
        completed.append(Backfill("octo-org", "hello-world", SINCE, hurried()).run().completed)
    assert 500 < completed[0] < 1_500
    assert (sum(completed), harness.walk().left) == (3_000, 0)
