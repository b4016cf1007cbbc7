"""Say which deployments are in no number, which should perhaps be in none, and what can be done about both."""

from collections import Counter
from collections.abc import Iterator

from warehouse.report.default_period import default_periods
from warehouse.report.formatting import pluralize
from warehouse.report.left_out_model import Suggestion, WithoutEnd
from warehouse.report.model import Report

_SHOWN = 5
"""Maximum number of lines of one kind; JSON has all."""
REPORT_COMMAND = "telemetry report"
"""The command that makes a report of this machine's store."""


def lines(report: Report, command: str = REPORT_COMMAND) -> Iterator[str]:
    """Yield the lines: counts of the period that is shown first, deployments without an end, whole runs, suggestions.

    `command` makes a report of the same records.
    """
    for found in (
        list(_counts(report)),
        [_without_end(item) for item in report.without_end],
        [
            f"{item.repository}: no record names a deployment of a job of the workflow {item.workflow}, so all jobs of an "
            "attempt decide together whether it deployed. `job` in the table `deployments` of services.toml names those "
            "that deploy."
            for item in report.whole_runs
        ],
        [_suggestion(item) for item in report.suggestions],
    ):
        yield from found[:_SHOWN]
        if len(found) > _SHOWN:
            yield f"and {len(found) - _SHOWN:,} more like these: `{command} --format json` has all."


def no_end(report: Report) -> str:
    """Return how many deployments to production were requested, if none ended; empty if none was requested."""
    requested = sum(item.requested for item in report.without_end)
    if not requested or any(item.without_end < item.requested for item in report.without_end):
        return ""
    was = "was" if requested == 1 else "were"
    return (
        f"{pluralize(requested, 'deployment')} to production {was} requested, none ended, so the five DORA measures have no "
        "numbers."
    )


def _counts(report: Report) -> Iterator[str]:
    period = default_periods(report).latest
    excluded: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    for item in report.left_out:
        if period and (item.kind, item.period) == (period.kind, period.name):
            excluded[item.service] += item.excluded
            elsewhere[item.service] += item.not_production
    for service, _ in (excluded + elsewhere).most_common():
        parts = []
        if excluded[service]:
            parts.append(f"{pluralize(excluded[service], 'deployment')} by `exclude` of services.toml")
        if elsewhere[service]:
            parts.append(f"{pluralize(elsewhere[service], 'deployment')} to environments that are not production")
        yield f"{service}, {period.name if period else ''}: left out {' and '.join(parts)}."


def _without_end(item: WithoutEnd) -> str:
    what = pluralize(item.requested, "deployment")
    if item.without_end == item.requested:
        found = f"{what} {'was' if item.requested == 1 else 'were'} requested, none ended"
    else:
        found = f"{item.without_end:,} of {what} never ended"
    return (
        f"{item.repository}, {item.environment}: {found}. A deployment counts when it gets the status success: what deploys "
        "has to set it, and the webhook has to send deployment statuses (`telemetry doctor`). `telemetry backfill` fetches "
        "those that GitHub has."
    )


def _suggestion(item: Suggestion) -> str:
    parts = []
    if item.scheduled:
        parts.append(f"{item.scheduled:,} by a schedule")
    if item.planning:
        parts.append(f"{item.planning:,} by a job or workflow that only plans or checks, as its name says")
    return (
        f"{item.repositories}: of {pluralize(item.deployments, 'deployment')}, {' and '.join(parts)}. If they change nothing "
        f'in production, services.toml can leave them out: in [repositories."{item.repositories}"], in place of '
        f"`deployments` and `workflow`, {item.setting}"
    )
