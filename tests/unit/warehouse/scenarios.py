"""Build scenarios: merge a few records of a team into a real database and query the measures.

The month is November 2026, which begins on a Sunday: the 2nd is a Monday. Days before it are days of October (0 is the 31st).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from duckdb import DuckDBPyConnection

from core.events import EnhancedTriggerEvent, plain
from core.metrics._comparison import Change, Changes
from core.metrics._environment import PreviousDeployment
from core.metrics._previous_release import PreviousRelease
from core.metrics.check_suite import Output as CheckSuite
from core.metrics.code_review_involvement import Output as CodeReviewInvolvement
from core.metrics.commits_per_pr import Commits, CommitTimestamps
from core.metrics.commits_per_pr import Output as CommitsPerPr
from core.metrics.deployment import EnvironmentDeployments
from core.metrics.deployment import Output as Deployment
from core.metrics.deployment_status import Output as DeploymentStatus
from core.metrics.documentation_updated import Output as DocumentationUpdated
from core.metrics.documentation_updated import Paths, PullRequestFiles
from core.metrics.incident import Output as Incident
from core.metrics.release_versions import Output as ReleaseVersions
from core.metrics.release_versions import ReleaseVersion
from core.metrics.review import Output as Review
from core.metrics.workflow_job import Output as WorkflowJob
from core.record_file import to_json
from tests.unit.warehouse.database_cache import merged_files, report_of, with_models
from warehouse.evidence import evidence
from warehouse.report.model import Evidence, Number, Report
from warehouse.services import DEFAULT_SERVICES, Services

HOUR, DAY = 3_600_000, 86_400_000
PRODUCTION = "production"
NETWORK_ERROR = "networkError"


def at(day: int, time: str = "00:00") -> int:
    """Return the UNIX ms of a time in November 2026, in UTC."""
    hour, minute = map(int, time.split(":"))
    moment = datetime(2026, 11, 1, hour, minute, tzinfo=UTC) + timedelta(days=day - 1)
    return round(moment.timestamp() * 1000)


NOW = at(26, "12:00")


class RecordSpec(NamedTuple):
    """The specification of a record, by default of the scenario's main repository."""

    metric: str
    key: str
    output: Any
    status: str = "success"
    received_at: int = NOW
    collected_by: str = "webhook"
    repo: str = "octo-org/shop"
    repository_id: int | None = 1
    delivery_id: str = "d-1"


@contextmanager
def merged_database(*records: RecordSpec | Iterable[RecordSpec]) -> Iterator[DuckDBPyConnection]:
    """Yield a new database with these records merged."""
    with merged_files(files_of(*records), NOW) as connection:
        yield connection


def files_of(*records: RecordSpec | Iterable[RecordSpec]) -> dict[str, bytes]:
    """Return the records' files by path."""
    flattened = [spec for item in records for spec in ([item] if isinstance(item, RecordSpec) else item)]
    files = dict(map(file, flattened))
    assert len(files) == len(flattened), "two records of one path"
    return files


NO_WHOLE_ITEMS = """
CREATE OR REPLACE TEMP TABLE whole_items AS
SELECT '' AS measure, '' AS host, '' AS repository_key, '' AS environment, '' AS item, TIMESTAMP '2026-11-01' AS happened_at,
  0.0 AS value, '' AS why, '' AS certainty, '' AS shown_environment, '' AS shown_item WHERE FALSE
"""
"""The table of the numbers of several environments without rows: it builds on nearly all models."""


def items(
    measure: str, *records: RecordSpec | Iterable[RecordSpec], services: Services = DEFAULT_SERVICES
) -> list[Evidence]:
    """Return a measure's rows of each environment, oldest first, from temporary tables: only what it builds on."""
    connection = with_models(measure, files_of(*records), services, NOW)
    connection.execute(NO_WHOLE_ITEMS)
    return sorted(evidence(connection, measure), key=lambda item: item.at or 0)


def values(
    measure: str, *records: RecordSpec | Iterable[RecordSpec], services: Services = DEFAULT_SERVICES
) -> dict[str, float | None]:
    """Return the value of each item, in hours if it is a duration."""
    rows = items(measure, *records, services=services)
    unit = HOUR if measure.endswith(("time", "duration", "latency", "lifetime", "cadence", "deployment")) else 1
    assert len({item.item for item in rows}) == len(rows), "duplicate item"
    return {item.item: None if item.value is None else item.value / unit for item in rows}


def inferred(measure: str, *records: RecordSpec | Iterable[RecordSpec], **options: Any) -> set[str]:
    """Return the items whose value is inferred."""
    return {item.item for item in items(measure, *records, **options) if item.certainty == "inferred"}


def models(
    name: str, *records: RecordSpec | Iterable[RecordSpec], services: Services = DEFAULT_SERVICES
) -> list[dict[str, Any]]:
    """Return the rows of a model."""
    found = with_models(name, files_of(*records), services, NOW).execute(f"SELECT * FROM {name} ORDER BY ALL")
    names = [column for column, *_ in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def report(
    *records: RecordSpec | Iterable[RecordSpec], services: Services = DEFAULT_SERVICES, now: int = NOW
) -> Report:
    """Return the report of these records."""
    return report_of(files_of(*records), services, merged_at=NOW, now=now)


def number(
    report: Report, measure: str, period: str, repository: str = "octo-org/shop", **dimensions: str
) -> Number | None:
    """Return the number of this measure, period and repository, or None."""
    matches = [
        number
        for number in report.numbers
        if (number.measure, number.period, number.repository) == (measure, period, repository)
        and all(getattr(number, name) == value for name, value in dimensions.items())
    ]
    assert len(matches) <= 1
    return matches[0] if matches else None


def commit(
    sha: str,
    written: int | None,
    *,
    revert: bool = False,
    reverts: str | None = None,
    number: int | None = None,
    parents: int | None = 1,
) -> Change:
    """Return a commit of the deployed branch, as GitHub's comparison lists it."""
    is_revert = revert or reverts is not None
    return Change(
        sha=sha,
        authored_at=written,
        committed_at=written,
        is_revert=is_revert,
        reverts=reverts,
        pr_number=number,
        parents=parents,
        author_kind="person",
        assistants=[],
        fingerprint=None,
        title_kind="revert" if is_revert else "other",
        revert_depth=int(is_revert),
        reverts_number=None,
        number_kind=None,
    )


def success(  # noqa: PLR0913 (each is set by some test)
    deployment: int,
    when: int,
    sha: str,
    *commits: Change,
    first: bool = False,
    unread: bool = False,
    truncated: bool = False,
    back: bool = False,
    before: str = "",
    env: str = PRODUCTION,
    **record: Any,
) -> RecordSpec:
    """Return a successful deployment: the first of its environment, an unread one, or one with these commits."""
    known = not first and not unread
    output = _status(deployment, when, sha, "success", env)._replace(
        previous=PreviousDeployment(deployment - 1, before or f"before {deployment}", when - HOUR) if known else None,
        changes=Changes(list(commits), truncated) if known else None,
        is_rollback=None if unread else back,
    )
    status = NETWORK_ERROR if unread else "success"
    return RecordSpec("deployment-status", f"{deployment}-{output.id}", output, status=status, **record)


def failure(
    deployment: int, when: int, sha: str, *, env: str = PRODUCTION, state: str = "failure", **record: Any
) -> RecordSpec:
    """Return a failed deployment."""
    output = _status(deployment, when, sha, state, env)
    return RecordSpec("deployment-status", f"{deployment}-{output.id}", output, **record)


def _status(deployment: int, when: int, sha: str, state: str, env: str) -> DeploymentStatus:
    return DeploymentStatus(
        id=when // 1000,
        deployment_id=deployment,
        env=env,
        sha=sha,
        ref="main",
        state=state,
        created_at=when,
        updated_at=when,
        deployment_created_at=when,
        previous=None,
        changes=None,
        is_rollback=None,
        task="deploy",
        production_environment=None,
        transient_environment=None,
        creator_kind="person",
        workflow_run=None,
        check_run=None,
        in_progress_at=when,
        comparison_status=None,
    )


def pull_request(  # noqa: PLR0913 (each is set by some test)
    number: int,
    opened: int | None,
    merged: int,
    merge_sha: str | None,
    written: Iterable[int | None] | None = (),
    *,
    commits: int | None = None,
    revert: bool = False,
    base: str = "main",
    lines: int | None = 10,
    **record: Any,
) -> list[RecordSpec]:
    """Return a merged pull request with its commits' times (None: unread); its id is 1000 + number."""
    times = None if written is None else [_commit_timestamps(number, n, item) for n, item in enumerate(written)]
    key = f"{1000 + number}-{merged}"
    review = CodeReviewInvolvement(
        pr_id=1000 + number,
        head_sha="head",
        merged=True,
        created_at=opened,
        updated_at=merged,
        closed_at=merged,
        merged_at=merged,
        total_duration=None,
        created_to_merged_duration=None if opened is None or opened > merged else merged - opened,
        updated_to_closed=0,
        comments=0,
        review_comments=0,
        changed_files=1,
        has_been_merged_by_author=False,
        requested_reviewers=0,
        requested_teams=0,
        number=number,
        base_ref=base,
        merge_commit_sha=merge_sha,
        is_revert=revert,
        author_kind="person",
        title_kind="revert" if revert else "other",
        revert_depth=int(revert),
        reverts_sha=None,
        reverts_number=None,
        closes=[],
        assistants=[],
        labels=[],
        head_ref=f"topic-{number}",
        is_draft=False,
        timeline=None,
    )
    amount = None if times is None else Commits(len(times) if commits is None else commits, times)
    size = CommitsPerPr(1000 + number, "head", lines, None if lines is None else 0, amount)
    status = NETWORK_ERROR if times is None else "success"
    return [
        RecordSpec("code-review-involvement", key, review, **record),
        RecordSpec("commits-per-pr", key, size, **{"status": status, **record}),
    ]


def _commit_timestamps(number: int, index: int, written: int | None) -> CommitTimestamps:
    return CommitTimestamps(
        authored=written,
        committed=written,
        sha=f"{number:020x}{index:020x}",
        parents=1,
        author_kind="person",
        assistants=[],
        fingerprint=None,
        title_kind="other",
        revert_depth=0,
        reverts_sha=None,
        reverts_number=None,
        number=None,
        number_kind=None,
    )


def incident(
    id: int, opened: int, closed: int | None = None, reason: str | None = "completed", **record: Any
) -> list[RecordSpec]:
    """Return an issue that was opened with the incident label, and possibly closed."""
    states = [incident_state(id, "opened", opened, opened, **record)]
    if closed is not None:
        states.append(incident_state(id, "closed", closed, opened, closed_at=closed, state_reason=reason, **record))
    return states


def incident_state(id: int, action: str, when: int, opened: int, **fields: Any) -> RecordSpec:
    """Return one record of an incident; `fields` are those of its output, or of the record."""
    values: dict[str, Any] = {
        "closed_at": None,
        "labels": [] if action == "unlabeled" else ["incident"],
        "state_reason": None,
        "is_transferred": False if action == "opened" else None,
        "transferred_from": None,
        "transferred_to": None,
        "all_labels": fields.get("labels", [] if action == "unlabeled" else ["incident"]),
        "issue_type": None,
        "severity": None,
        "cause_sha": None,
        "cause_number": None,
        "is_exempt": False,
    }
    values |= {name: fields.pop(name) for name in values.keys() & fields.keys()}
    end = {"deleted": "deleted", "transferred": "transferred", "unlabeled": f"{when}-unlabeled"}.get(action, str(when))
    return RecordSpec("incident", f"{id}-{end}", Incident(id, id, action, when, opened, **values), **fields)


def job(  # noqa: PLR0913 (each is set by some test)
    id: int,
    ended: int | None,
    conclusion: str | None = "success",
    *,
    run: int | None = 1,
    attempt: int = 1,
    name: str | None = "deploy",
    workflow: str | None = "Deploy",
    sha: str = "a",
    branch: str | None = "main",
    minutes: int = 10,
    queued: int = 1,
    copy: bool | None = False,
    **record: Any,
) -> RecordSpec:
    """Return a job of a workflow run, with its queued and running times in minutes."""
    started = None if ended is None else ended - minutes * 60_000
    output = WorkflowJob(
        id=id,
        head_sha=sha,
        completed_at=ended,
        created_at=None if started is None else started - queued * 60_000,
        started_at=started,
        conclusion=conclusion,
        workflow_name=workflow,
        run_attempt=attempt,
        duration=None,
        steps=[],
        head_branch=branch,
        run_id=run,
        name=name,
        is_copy=copy,
        labels=None,
        runner_group_id=None,
        runner_kind=None,
        run_event=None,
        workflow_path=None,
        environment=None,
        deployment_id=None,
        approval_wait=None,
    )
    return RecordSpec("workflow-job", f"{id}-{attempt}", output, **record)


def suite(id: int, ended: int, conclusion: str | None) -> RecordSpec:
    """Return a check suite."""
    return RecordSpec(
        "check-suite", f"{id}-{ended}", CheckSuite(id, "a", [], ended - HOUR, conclusion, False, ended, "main")
    )


def tag(
    name: str, received: int, version: str = "", prefix: str = "", *, previous: str = "", **record: Any
) -> RecordSpec:
    """Return a release, after the previous one of its line if that is named."""
    version = version or name.removeprefix(prefix or "v")
    before = PreviousRelease(previous, f"commit of {previous}", received - HOUR) if previous else None
    output = ReleaseVersions(
        ReleaseVersion(version, 1, 0, 0, [], [], version), prefix, None, None, None, before, None, None
    )
    return RecordSpec("release-versions", name, output, received_at=received, **record)


def review(id: int, number: int, when: int, *, bot: bool | None = False) -> RecordSpec:
    """Return a review of a pull request."""
    return RecordSpec("review", str(id), Review(id, 1000 + number, number, "approved", when, bot))


def documented(number: int, merged: int, markdown: int | None) -> RecordSpec:
    """Return the number of Markdown files that a pull request changes (None: unread)."""
    files = None if markdown is None else PullRequestFiles(False, markdown)
    output = DocumentationUpdated(1000 + number, "head", files, None if files is None else Paths(["src/"], cut=False))
    status = "success" if files else NETWORK_ERROR
    return RecordSpec("documentation-updated", f"{1000 + number}-{merged}", output, status=status)


def requested(
    deployment: int, when: int, since: int | None, *, unread: bool = False, env: str = PRODUCTION
) -> RecordSpec:
    """Return a requested deployment, `since` ms after the previous one (None: it was the first)."""
    before = None if unread else EnvironmentDeployments(since is None, since)
    output = Deployment(env, when, 0, before, None, deployment, "a", "main", "deploy", None, None, "person", None)
    return RecordSpec("deployment", str(deployment), output, status=NETWORK_ERROR if unread else "success")


def file(spec: RecordSpec) -> tuple[str, bytes]:
    """Return the path and content of the record's file."""
    id = f"{spec.repo}/{spec.metric}/{spec.key}"
    owner, _, repo = spec.repo.partition("/")
    record = EnhancedTriggerEvent(
        created_at=spec.received_at,
        owner=owner,
        repo=repo,
        trigger_event_signature="github::event",
        metric_signature=spec.metric,
        status=spec.status,
        output=plain(spec.output),
        id=id,
        repository_id=spec.repository_id,
        github_host="github.com",
        schema=2,
        delivery_id=spec.delivery_id,
        collected_by=spec.collected_by,
        anomalies=[],
    )
    suffix = ".partial.json" if spec.status == NETWORK_ERROR else ".json"
    return id + suffix, (to_json(plain(record)) + "\n").encode()
