"""Provide the texts of a report without data: the reason and the next steps."""

from telemetry_functions.installation import instruction
from warehouse.report import formatting, left_out
from warehouse.report.model import Report

NEXT_STEPS = (
    ("Does GitHub send events?", "telemetry doctor", "checks secrets, tokens, webhooks and their latest deliveries"),
    ("Is older data needed?", "telemetry backfill", "fetches what happened before the webhook was created"),
    ("Is this a trial?", instruction("demo"), "generates weeks of sample activity and reports on them"),
)
"""The question, the command that answers it, and what it does."""
_NO_DEPLOYMENTS = (
    "No deployment to production is known, so the five DORA measures have no numbers. If a team does not deploy with "
    "GitHub's deployments, services.toml can define its releases, merges or workflow runs as deployments, and which "
    "environments are production: docs/DORA.md."
)


def is_empty(report: Report) -> bool:
    """Return whether no record was merged."""
    return not any(report.records.values())


def has_no_deployments(report: Report) -> bool:
    """Return whether there are records, but no items for any DORA measure."""
    dora = {measure.name for measure in report.measures if measure.is_dora}
    return not is_empty(report) and not any(number.items for number in report.numbers if number.measure in dora)


def no_deployments(report: Report) -> str:
    """Return why a report with records has no number of any DORA measure."""
    return left_out.no_end(report) or _NO_DEPLOYMENTS


def headline(report: Report) -> str:
    """Return a sentence that names the empty source, and says whether it has files that are no records."""
    if report.rejected:
        files = formatting.pluralize(report.rejected, "file")
        return f"There are no records yet in {report.source}: {files} could not be read as a record, and each is listed with its reason."
    return f"There are no records yet in {report.source}."
