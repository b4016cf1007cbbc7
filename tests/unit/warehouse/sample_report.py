"""Build a fictitious report of three services with its evidence, and an empty report."""

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from warehouse.periods import days
from warehouse.report.model import (
    COUNT,
    DURATION,
    PER_DAY,
    SHARE,
    Evidence,
    LedgerDay,
    Measure,
    Missing,
    Number,
    Period,
    Reject,
    Report,
    Repository,
)

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
WEEKS = 26
_HOUR_MS = 3_600_000
_DORA = "https://dora.dev/guides/dora-metrics/ (2026-01-05)"


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


MEASURES = (
    Measure("change_lead_time", "Change lead time", True, DURATION, "median", "lower", "From a change's commit to the deployment that brought it to production.", _DORA),
    Measure("deployment_frequency", "Deployment frequency", True, PER_DAY, "per_day", "higher", "How often production is deployed to.", _DORA),
    Measure("failed_deployment_recovery_time", "Failed deployment recovery time", True, DURATION, "median", "lower", "From a deployment that failed and needed immediate action to the one that mended it.", _DORA),
    Measure("change_fail_rate", "Change fail rate", True, SHARE, "mean", "lower", "The share of deployments that needed immediate intervention.", _DORA),
    Measure("deployment_rework_rate", "Deployment rework rate", True, SHARE, "mean", "lower", "The share of deployments that were not planned but made because of a failure in production.", _DORA),
    Measure("review_latency", "Review latency", False, DURATION, "median", "lower", "From a pull request's opening to its first review by a person.", ""),
    Measure("pull_request_size", "Pull request size", False, COUNT, "median", "lower", "Lines added and deleted.", ""),
    Measure("pull_request_lifetime", "Pull request lifetime", False, DURATION, "median", "lower", "From opening to merge.", ""),
    Measure("ci_duration", "CI duration", False, DURATION, "median", "lower", "From a job's start to its end.", ""),
    Measure("ci_failure_rate", "CI failure rate", False, SHARE, "mean", "lower", "The share of jobs that failed.", ""),
    Measure("documentation_share", "Documentation share", False, SHARE, "mean", "", "The share of merged pull requests that changed Markdown.", ""),
    Measure("releases", "Releases", False, COUNT, "sum", "", "Version tags.", ""),
)  # fmt: skip
REPOSITORIES = (
    Repository("github.com", "1001", "octo-org/checkout-api", "checkout", "Payments", "statuses"),
    Repository("github.com", "1002", "octo-org/checkout-web", "checkout", "Payments", "statuses"),
    Repository("github.com", "1003", "octo-org/search", "search", "Discovery", "releases"),
    Repository("github.com", "1004", "octo-org/identity", "platform", None, "statuses"),
    Repository("github.com", "1005", "octo-org/infrastructure", "platform", None, "merges"),
)
_PLACES = (
    (REPOSITORIES[0], "production", 6.0, 5.0),
    (REPOSITORIES[0], "production-eu", 2.0, 11.0),
    (REPOSITORIES[1], "production", 4.0, 7.0),
    (REPOSITORIES[2], "production", 1.1, 52.0),
    (REPOSITORIES[3], "production", 2.2, 20.0),
    (REPOSITORIES[4], "production", 1.4, 30.0),
)
"""A repository, an environment, deployments a week, and hours from commit to production."""


class _ItemFactory(NamedTuple):
    """A factory of items for one repository and environment."""

    repository: Repository
    environment: str
    at: datetime
    number: int
    generator: random.Random

    def item(self, measure: str, metric: str, item: str, value: float | None, why: str | None = None) -> Evidence:
        key = f"{self.repository.name}/{metric}"
        where = self.environment if metric == "deployment-status" else ""
        record = f"{3_100_000_000 + self.number}-{7_000 + self.number % 997}"
        return Evidence(
            measure, self.repository.service, self.repository.name, where, ms(self.at), item, value, why,
            f"{key}/{record}", f"telemetry/{key}/{self.at:%Y-%m-%d}/{record}.json",
        )  # fmt: skip


@cache
def evidence() -> tuple[Evidence, ...]:
    """Return the evidence, newest last."""
    generator = random.Random(25)
    results = [item for key in _PLACES for item in _of(generator, *key)]
    return tuple(sorted(results, key=lambda item: item.at or 0))


def behind(measure: str, items: Iterable[Evidence]) -> list[Evidence]:
    """Return those behind the number of checkout in production in 2026-W47, newest first."""
    week = next(period for period in periods() if period.name == "2026-W47")
    scope = (measure, "checkout", "production")
    found = [item for item in items if (item.measure, item.service, item.environment) == scope]
    return [item for item in reversed(found) if week.starts_at <= (item.at or 0) < week.ends_at]


def _of(
    generator: random.Random, repository: Repository, environment: str, a_week: float, hours: float
) -> Iterator[Evidence]:
    at = NOW - timedelta(weeks=WEEKS)
    number = 1_000 * int(repository.key[-1]) + 500 * (environment != "production")
    while (at := at + timedelta(hours=generator.expovariate(a_week / (7 * 24)))) < NOW:
        number += 1
        progress = 1 - (NOW - at) / timedelta(weeks=WEEKS)
        factory = _ItemFactory(repository, environment, at, number, generator)
        yield from _deployment(factory, hours * (1.6 - 0.8 * progress), 0.22 - 0.14 * progress)
        yield from _pull_request(factory, hours)


def _deployment(factory: _ItemFactory, hours: float, risk: float) -> Iterator[Evidence]:
    draw = factory.generator.random()
    name = f"deployment {factory.number}"
    yield factory.item("deployment_frequency", "deployment-status", name, 1.0, factory.repository.deployments)
    for change in range(factory.generator.randint(1, 4)):
        unknown = factory.generator.random() < 0.08
        lead = None if unknown else factory.generator.lognormvariate(0, 0.6) * hours * _HOUR_MS
        sha = f"change {factory.number:04x}{change}b7"
        yield factory.item(
            "change_lead_time", "deployment-status", sha, lead, "its time is not known" if unknown else None
        )
    failed = draw < risk
    yield factory.item("change_fail_rate", "deployment-status", name, float(failed), "rollback" if failed else None)
    rework = None if draw > 0.97 else float(failed or draw > 0.93)
    why = "GitHub's comparison is not known" if rework is None else "hotfix" if rework else None
    yield factory.item("deployment_rework_rate", "deployment-status", name, rework, why)
    if failed:
        lasted = None if factory.generator.random() < 0.1 else factory.generator.lognormvariate(0, 0.7) * 1.4 * _HOUR_MS
        why = "has not recovered yet" if lasted is None else "rollback"
        yield factory.item("failed_deployment_recovery_time", "deployment-status", name, lasted, why)


def _pull_request(factory: _ItemFactory, hours: float) -> Iterator[Evidence]:
    generator, name = factory.generator, f"pull request #{factory.number}"
    reviewed = generator.random() > 0.15
    latency = generator.lognormvariate(0, 0.8) * 3 * _HOUR_MS if reviewed else None
    yield factory.item("review_latency", "review", name, latency, None if reviewed else "no review by a person")
    yield factory.item("pull_request_size", "commits-per-pr", name, float(generator.randint(3, 420)))
    yield factory.item(
        "pull_request_lifetime",
        "code-review-involvement",
        name,
        generator.lognormvariate(0, 0.5) * hours * _HOUR_MS * 0.7,
    )
    yield factory.item("documentation_share", "documentation-updated", name, float(generator.random() < 0.3))
    for job in range(2):
        took = generator.lognormvariate(0, 0.3) * 7 * 60_000
        yield factory.item("ci_duration", "workflow-job", f"job {factory.number}{job}", took)
        yield factory.item(
            "ci_failure_rate", "workflow-job", f"job {factory.number}{job}", float(generator.random() < 0.09)
        )
    if generator.random() < 0.2:
        yield factory.item("releases", "release-versions", f"v1.{factory.number % 100}.0", 1.0)


@cache
def periods() -> tuple[Period, ...]:
    monday = (NOW - timedelta(days=NOW.weekday())).replace(hour=0)
    weeks = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    months = [datetime(2026, month, 1, tzinfo=UTC) for month in range(6, 13)]
    quarters = [datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)]
    return (
        *(Period("week", f"{at:%G-W%V}", ms(at), ms(at + timedelta(weeks=1))) for at in weeks),
        *(Period("month", f"{at:%Y-%m}", ms(at), ms(after)) for at, after in pairwise(months)),
        *(
            Period("quarter", f"2026-Q{(at.month + 2) // 3}", ms(at), ms(after))
            for at, after in zip(quarters, [*quarters[1:], datetime(2027, 1, 1, tzinfo=UTC)], strict=True)
        ),
    )


_HOW: dict[str, Callable[[list[float], Period], float | None]] = {
    "median": lambda values, _: median(values) if values else None,
    "mean": lambda values, _: sum(values) / len(values) if values else None,
    "sum": lambda values, _: sum(values) if values else None,
    "per_day": lambda values, period: sum(values) / days(period, ms(NOW)),
}


def numbers() -> Iterator[Number]:
    """Return the numbers of services and repositories that have items."""
    places: dict[tuple[str, str, str, str], list[Evidence]] = {}
    for entry in evidence():
        for repository in ("", entry.repository):
            places.setdefault((entry.measure, entry.service, repository, entry.environment), []).append(entry)
    statistic = {measure.name: measure.statistic for measure in MEASURES}
    for key, items in sorted(places.items()):
        for period in periods():
            here = [item for item in items if item.at is not None and period.starts_at <= item.at < period.ends_at]
            known = [item.value for item in here if item.value is not None]
            value = _HOW[statistic[key[0]]](known, period)
            yield Number(*key, period.kind, period.name, value, len(known), len(here))


@cache
def report() -> Report:
    """Return the report."""
    return Report(
        generated_at=ms(NOW),
        source="octo-org/telemetry-data",
        records={"check-suite": 1804, "deployment-status": 702, "review": 1312, "workflow-job": 9421},
        newest_at=ms(NOW - timedelta(minutes=2)),
        measures=MEASURES,
        repositories=REPOSITORIES,
        periods=periods(),
        numbers=tuple(numbers()),
        ledger=_ledger(),
        rejects=(
            Reject("telemetry/octo-org/search/deployment-status/2026-11-20/311.json", "not JSON"),
            Reject("telemetry/octo-org/search/review/2026-11-21/812.json", "output.submitted_at: expected a time"),
        ),
        rejected=2,
    )


def _ledger() -> tuple[LedgerDay, ...]:
    lost = {
        3: (
            Missing(
                "5b0a1a80-c8a1-11f0-9d5c-b2f7a1f0c001",
                "deployment_status",
                "GitHub could not connect; past the three days",
            ),
            Missing("5b0a1a80-c8a1-11f0-9d5c-b2f7a1f0c002", "workflow_job", "answered 503 at each attempt"),
        )
    }
    days = []
    for back in reversed(range(14)):
        day = NOW - timedelta(days=back)
        sent, missing = 400 + 37 * (back % 5), lost.get(back, ())
        stored = sent - 90 - len(missing)
        days.append(
            LedgerDay(f"{day:%Y-%m-%d}", "octo-org (411)", sent, sent - 80, stored, 12 if missing else 0, missing)
        )
    return tuple(days)


def empty() -> Report:
    """Return the report of an empty data repository."""
    return Report(ms(NOW), "octo-org/telemetry-data", {"review": 0}, None, MEASURES, (), periods(), (), (), (), 0)
