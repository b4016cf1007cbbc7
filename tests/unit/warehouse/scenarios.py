"""Small worlds: a few records of a team's life, merged for real, and what the measures say of them.

The month is November 2026, which begins on a Sunday: the 2nd is a Monday. Days before it are days of October (0 is the 31st).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from duckdb import DuckDBPyConnection

from core.events import EnhancedTriggerEvent, plain
from core.metrics._comparison import Change, Changes
from core.metrics.check_suite import Output as CheckSuite
from core.metrics.code_review_involvement import Output as CodeReviewInvolvement
from core.metrics.commits_per_pr import Commits, CommitTimestamps
from core.metrics.commits_per_pr import Output as CommitsPerPr
from core.metrics.deployment import EnvironmentDeployments
from core.metrics.deployment import Output as Deployment
from core.metrics.deployment_status import Output as DeploymentStatus
from core.metrics.deployment_status import PreviousDeployment
from core.metrics.documentation_updated import Output as DocumentationUpdated
from core.metrics.documentation_updated import PullRequestFiles
from core.metrics.incident import Output as Incident
from core.metrics.release_versions import Output as ReleaseVersions
from core.metrics.release_versions import ReleaseVersion
from core.metrics.review import Output as Review
from core.metrics.workflow_job import Output as WorkflowJob
from core.store_data import to_json
from warehouse import catalog, views
from warehouse.database import open_database
from warehouse.evidence import evidence
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.report.build import build
from warehouse.report.model import Evidence, Number, Report
from warehouse.services import NOTHING_TOLD, Services

HOUR, DAY = 3_600_000, 86_400_000
PRODUCTION = "production"
NETWORK_ERROR = "networkError"


def at(day: int, time: str = "00:00") -> int:
    """UNIX ms of a moment of November 2026, in UTC."""
    hour, minute = map(int, time.split(":"))
    moment = datetime(2026, 11, 1, hour, minute, tzinfo=UTC) + timedelta(days=day - 1)
    return round(moment.timestamp() * 1000)


NOW = at(26, "12:00")


class Told(NamedTuple):
    """A record that is to be, of the repository that the world is about, or of another."""

    metric: str
    key: str
    output: Any
    status: str = "success"
    received_at: int = NOW
    collected_by: str = "webhook"
    repo: str = "octo-org/shop"
    repository_id: int | None = 1
    delivery_id: str = "d-1"


class Files:
    """What a merge needs of a Store, in memory."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        return self._files.get(path)

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        return (() if cursor else tuple(self._files)), "all"


@contextmanager
def world(*told: Told | Iterable[Told]) -> Iterator[DuckDBPyConnection]:
    """A merged database of these records."""
    each = [one for item in told for one in ([item] if isinstance(item, Told) else item)]
    files = dict(map(file, each))
    assert len(files) == len(each), "two records of one path"
    with open_database(":memory:") as connection:
        assert merge(connection, Source(Files(files), "world"), now=lambda: NOW).rejected == 0
        yield connection


def items(measure: str, *told: Told | Iterable[Told], services: Services = NOTHING_TOLD) -> list[Evidence]:
    """A measure's rows, the oldest first. The views in the file take a while to bind, and are held against these in test_views."""
    with world(*told) as connection:
        catalog.create(connection, services)
        views.materialize(connection)
        return sorted(evidence(connection, measure), key=lambda each: each.at or 0)


def values(measure: str, *told: Told | Iterable[Told], services: Services = NOTHING_TOLD) -> dict[str, float | None]:
    """What each item is worth; hours where it is a duration."""
    found = items(measure, *told, services=services)
    unit = HOUR if measure.endswith(("time", "duration", "latency", "lifetime", "cadence", "deployment")) else 1
    assert len({each.item for each in found}) == len(found), "an item is there twice"
    return {each.item: None if each.value is None else each.value / unit for each in found}


def report(*told: Told | Iterable[Told], services: Services = NOTHING_TOLD, now: int = NOW) -> Report:
    """All numbers."""
    with world(*told) as connection:
        return build(connection, services=services, source="world", now=now)


def number(report: Report, measure: str, period: str, repository: str = "octo-org/shop", **of: str) -> Number | None:
    """The one of this measure, period and repository, if there is one."""
    found = [
        each
        for each in report.numbers
        if (each.measure, each.period, each.repository) == (measure, period, repository)
        and all(getattr(each, name) == value for name, value in of.items())
    ]
    assert len(found) <= 1
    return found[0] if found else None


def commit(
    sha: str,
    written: int | None,
    *,
    revert: bool = False,
    reverts: str | None = None,
    number: int | None = None,
    parents: int | None = 1,
) -> Change:
    """A commit of the deployed branch, as GitHub's comparison lists it."""
    return Change(sha, written, written, revert or reverts is not None, reverts, number, parents)


def success(  # noqa: PLR0913 (each may be told by a test)
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
) -> Told:
    """A deployment that succeeded: the first of its environment, one that GitHub could not be asked about, or what it brought."""
    known = not first and not unread
    output = _status(deployment, when, sha, "success", env)._replace(
        previous=PreviousDeployment(deployment - 1, before or f"before {deployment}", when - HOUR) if known else None,
        changes=Changes(list(commits), truncated) if known else None,
        is_rollback=None if unread else back,
    )
    status = NETWORK_ERROR if unread else "success"
    return Told("deployment-status", f"{deployment}-{output.id}", output, status=status, **record)


def failure(
    deployment: int, when: int, sha: str, *, env: str = PRODUCTION, state: str = "failure", **record: Any
) -> Told:
    """A deployment that failed."""
    output = _status(deployment, when, sha, state, env)
    return Told("deployment-status", f"{deployment}-{output.id}", output, **record)


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
    )


def pull_request(  # noqa: PLR0913 (each may be told by a test)
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
) -> list[Told]:
    """A merged pull request, and when its commits were written; None: GitHub could not be asked. Its id is 1000 + number."""
    times = None if written is None else [CommitTimestamps(each, each) for each in written]
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
    )
    amount = None if times is None else Commits(len(times) if commits is None else commits, times)
    size = CommitsPerPr(1000 + number, "head", lines, None if lines is None else 0, amount)
    status = NETWORK_ERROR if times is None else "success"
    return [
        Told("code-review-involvement", key, review, **record),
        Told("commits-per-pr", key, size, **{"status": status, **record}),
    ]


def incident(id: int, opened: int, closed: int | None = None, **record: Any) -> list[Told]:
    """An issue that was opened with the label of incidents, and maybe closed."""
    states = [(opened, "opened", None)] + ([(closed, "closed", closed)] if closed is not None else [])
    return [
        Told("incident", f"{id}-{when}", Incident(id, id, action, when, opened, ended, ["incident"]), **record)
        for when, action, ended in states
    ]


def job(  # noqa: PLR0913 (each may be told by a test)
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
    **record: Any,
) -> Told:
    """A job of a workflow's run, that was queued so many minutes and then ran so many."""
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
    )
    return Told("workflow-job", f"{id}-{attempt}", output, **record)


def suite(id: int, ended: int, conclusion: str | None) -> Told:
    """A suite of checks."""
    return Told("check-suite", f"{id}-{ended}", CheckSuite(id, "a", [], ended - HOUR, conclusion, False, ended, "main"))


def tag(name: str, received: int, version: str = "", **record: Any) -> Told:
    """A release."""
    version = version or name.removeprefix("v")
    told = ReleaseVersion(version, 1, 0, 0, [], [], version)
    return Told("release-versions", name, ReleaseVersions(told), received_at=received, **record)


def review(id: int, number: int, when: int, *, bot: bool | None = False) -> Told:
    """A review of a pull request."""
    return Told("review", str(id), Review(id, 1000 + number, number, "approved", when, bot))


def documented(number: int, merged: int, markdown: int | None) -> Told:
    """How many Markdown files a pull request changes; None: GitHub could not be asked."""
    files = None if markdown is None else PullRequestFiles(False, markdown)
    output = DocumentationUpdated(1000 + number, "head", files)
    status = "success" if files else NETWORK_ERROR
    return Told("documentation-updated", f"{1000 + number}-{merged}", output, status=status)


def requested(deployment: int, when: int, since: int | None, *, unread: bool = False, env: str = PRODUCTION) -> Told:
    """A deployment as it was requested, so long after the one before; None: it was the first."""
    before = None if unread else EnvironmentDeployments(since is None, since)
    output = Deployment(env, when, 0, before, None, deployment, "a", "main")
    return Told("deployment", str(deployment), output, status=NETWORK_ERROR if unread else "success")


def file(told: Told) -> tuple[str, bytes]:
    """Where the record is stored, and what is in it."""
    id = f"{told.repo}/{told.metric}/{told.key}"
    owner, _, repo = told.repo.partition("/")
    record = EnhancedTriggerEvent(
        created_at=told.received_at,
        owner=owner,
        repo=repo,
        trigger_event_signature="github::event",
        metric_signature=told.metric,
        status=told.status,
        output=plain(told.output),
        id=id,
        repository_id=told.repository_id,
        github_host="github.com",
        schema=1,
        delivery_id=told.delivery_id,
        collected_by=told.collected_by,
        anomalies=[],
    )
    suffix = ".partial.json" if told.status == NETWORK_ERROR else ".json"
    return id + suffix, (to_json(plain(record)) + "\n").encode()
