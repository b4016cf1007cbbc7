"""Provide the texts of a report without data: the reason and the next steps."""

from warehouse.report.model import Report

NEXT_STEPS = (
    ("Is GitHub sending?", "telemetry doctor", "looks at secrets, tokens, the webhooks and their latest deliveries"),
    ("The past, too?", "telemetry backfill", "fetches what happened before the webhook was there"),
    ("Only looking around?", "make demo", "sends weeks of a team's life, and reports on them"),
)
"""The question, the command that answers it, and what it does."""
NO_DEPLOYMENTS = (
    "No deployment to production is known, so there is nothing to tell of DORA's five. If a team makes no deployments "
    "in GitHub, services.toml can say that its releases, merges or a workflow's success are them, and what production "
    "is called: docs/DORA.md."
)


def is_empty(report: Report) -> bool:
    """Return whether no record was merged."""
    return not any(report.records.values())


def has_no_deployments(report: Report) -> bool:
    """Return whether there are records, but no items for any DORA measure."""
    dora = {measure.name for measure in report.measures if measure.is_dora}
    return not is_empty(report) and not any(number.items for number in report.numbers if number.measure in dora)


def headline(report: Report) -> str:
    """Return a sentence that names the empty source."""
    return f"There are no records yet in {report.source}."
