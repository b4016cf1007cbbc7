"""What a report says that has nothing to report yet: why, and what to do next."""

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
    """Whether not one record was merged."""
    return not any(report.records.values())


def has_no_deployments(report: Report) -> bool:
    """Whether there are records, but no number of the five stands on anything."""
    dora = {measure.name for measure in report.measures if measure.is_dora}
    return not is_empty(report) and not any(each.items for each in report.numbers if each.measure in dora)


def headline(report: Report) -> str:
    """One sentence: where nothing was found."""
    return f"There are no records yet in {report.source}."
