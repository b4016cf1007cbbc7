"""Render the report as Markdown, for the README of a data repository. All texts from records are escaped."""

import re
from collections.abc import Iterable, Iterator

from core.sanitize import escape_markdown
from warehouse.report import empty_reasons, empty_state, environment_sides, formatting, left_out, targets, unknown
from warehouse.report.comparison import Comparison, Group, Line, compare, compare_totals
from warehouse.report.default_period import default_periods
from warehouse.report.model import LedgerDay, Report

_MAX_MISSING = 100
"""Maximum rows of missing deliveries, as GitHub does not render a README over 500 KiB."""

_SNIPPET = re.compile(r"[\w .-]+")
_BACKFILL = " `telemetry backfill` "


def render(report: Report) -> str:
    """Return a page: the DORA measures, the others, services, gaps, rejects, and definitions with their sources."""
    blocks = list(_blocks(report))
    return "\n\n".join(blocks) + "\n"


def _blocks(report: Report) -> Iterator[str]:
    yield "# How we deliver"
    if empty_state.is_empty(report):
        yield from _empty(report)
    else:
        shown = default_periods(report)
        yield _summary(report)
        why_empty = empty_reasons.reasons(report)
        yield from _comparison(
            compare_totals(report, shown=shown, why_empty=why_empty), "All services", report.time_zone
        )
        yield from _comparison(compare(report, is_dora=True, shown=shown), "DORA", report.time_zone)
        if empty_state.has_no_deployments(report):
            yield empty_state.no_deployments(report)
        yield from _comparison(compare(report, is_dora=False, shown=shown), "Beyond DORA", report.time_zone)
        yield from _services(report)
        yield from _list("Why is this empty?", map(_with_snippets, empty_reasons.lines(why_empty)))
        yield from _list("Notes", map(escape_markdown, targets.annotation_lines(report)))
    yield from _unknown(report)
    yield from _left_out(report)
    yield from _gaps(report.ledger)
    yield from _rejects(report)
    yield from _environments(report)
    yield from _notes(report)
    yield from _definitions(report)


def _empty(report: Report) -> Iterator[str]:
    yield f"{escape_markdown(empty_state.headline(report))} Looked at {formatting.format_timestamp(report.generated_at, report.time_zone)}."
    yield "\n".join(f"- {question} `{command}` {what}." for question, command, what in empty_state.NEXT_STEPS)


def _summary(report: Report) -> str:
    records = formatting.pluralize(sum(report.records.values()), "record")
    return (
        f"Generated at {formatting.format_timestamp(report.generated_at, report.time_zone)} of {records} in {escape_markdown(report.source)}; the newest was received at "
        f"{formatting.format_timestamp(report.newest_at, report.time_zone)}. No person is in it. *Unknown* is what GitHub did not report: it is never counted as zero."
    )


def _comparison(comparison: Comparison, title: str, zone: str) -> Iterator[str]:
    if not comparison.groups:
        return
    yield f"## {title}"
    heading = comparison.heading(zone)
    before = f", beside {comparison.previous.name}" if comparison.previous else ""
    yield f"{heading[0].upper()}{heading[1:]}{before}."
    if comparison.latest is None:
        return
    for group in comparison.groups:
        yield f"### {_group_title(group)}"
        yield table(("measure", "latest", "previous", "trend", "coverage"), (_cells(line) for line in group.lines))


def _group_title(group: Group) -> str:
    team = f"team {group.team}" if group.team else ""
    return " · ".join(escape_markdown(part) for part in (group.service, group.environment, team) if part)


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.title,
        f"**{formatting.format_number(line.measure, line.latest)}**",
        formatting.format_number(line.measure, line.previous),
        line.trend,
        "; ".join(filter(None, (line.coverage, escape_markdown(line.target)))),
    )


def _services(report: Report) -> Iterator[str]:
    yield "## Services"
    rows = (
        (repository.service, repository.team or "", repository.name, repository.deployments)
        for repository in sorted(report.repositories, key=lambda repository: (repository.service, repository.name))
    )
    yield table(
        ("service", "team", "repository", "what its deployments are"), (map(escape_markdown, row) for row in rows)
    )


def _unknown(report: Report) -> Iterator[str]:
    yield from _list("What is unknown", map(_with_code, unknown.lines(report)))


def _list(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield a section; the lines must be escaped."""
    listed = list(lines)
    if listed:
        yield f"## {title}"
        yield "\n".join(f"- {line}" for line in listed)


def _with_snippets(line: str) -> str:
    """Escape a line; what is between backticks stays code, unless a record may have put them there."""
    parts = line.split("`")
    if len(parts) % 2 == 0:
        return escape_markdown(line)
    return "".join(
        f"`{part}`" if index % 2 and _SNIPPET.fullmatch(part) else escape_markdown(part)
        for index, part in enumerate(parts)
    )


def _with_code(line: str) -> str:
    """Escape a line that may have the command; reasons come from records."""
    return _BACKFILL.join(escape_markdown(part) for part in line.split(_BACKFILL))


def _left_out(report: Report) -> Iterator[str]:
    yield from _list("Deployments in no number", map(escape_markdown, left_out.lines(report)))


def _gaps(ledger: tuple[LedgerDay, ...]) -> Iterator[str]:
    yield "## What is missing"
    if not ledger:
        yield "There is no ledger: `telemetry job ledger` compares what GitHub sent with what is stored."
        return
    lost = [(day, delivery) for day in ledger for delivery in day.missing]
    sent = formatting.pluralize(sum(day.sent for day in ledger), "delivery")
    yield f"Of {sent} that GitHub sent from {ledger[0].day} to {ledger[-1].day} (days in UTC), {len(lost):,} are missing."
    if lost:
        rows = (
            (day.day, day.webhook, delivery.delivery_id, delivery.event, delivery.reason)
            for day, delivery in lost[-_MAX_MISSING:]
        )
        yield table(
            ("day (UTC)", "webhook", "delivery", "event", "reason"), (map(escape_markdown, row) for row in rows)
        )
    if len(lost) > _MAX_MISSING:
        yield f"The latest {_MAX_MISSING} of {len(lost):,} are shown: `telemetry ledger --missing` lists them all."


def _rejects(report: Report) -> Iterator[str]:
    yield "## What is no record"
    if not report.rejected:
        yield "Every file that was merged is a record."
        return
    shown = "" if len(report.rejects) == report.rejected else f" The first {len(report.rejects):,}:"
    yield f"{formatting.pluralize(report.rejected, 'file')} could not be read as a record.{shown}"
    yield table(
        ("path", "reason"),
        ((escape_markdown(reject.path), escape_markdown(reject.reason)) for reject in report.rejects),
    )


def _environments(report: Report) -> Iterator[str]:
    yield from _list("Environments", map(escape_markdown, environment_sides.lines(report)))


def _notes(report: Report) -> Iterator[str]:
    yield from _list("Settings without an effect", map(escape_markdown, report.notes))


def _definitions(report: Report) -> Iterator[str]:
    yield "## Definitions and sources"
    yield "\n".join(
        f"- **{measure.title}**: {escape_markdown(measure.definition)} {measure.statistic.replace('_', ' ').capitalize()}."
        f"{f' Source: {measure.source}' if measure.source else ''}"
        for measure in report.measures
    )


def table(header: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in GitHub's Markdown; the cells must be escaped."""
    lines = (header, tuple("---" for _ in header), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
