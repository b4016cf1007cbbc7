"""`telemetry report`: how the teams deliver, from any source of records."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli import atomic_write, console, progress
from cli.publishing import formats, readme_section
from cli.publishing.formats import Format
from cli.publishing.session import ReportRequest, open_merged
from core.clock import now
from core.errors import PermanentError, TelemetryError
from warehouse.report.filters import Filter, apply, at_last_complete_period, canonical_case
from warehouse.report.model import Report

_EVERY = "all"
_WIDE = 160
"""Columns of a file."""


class Kind(StrEnum):
    """Spans of time."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


def command(  # noqa: PLR0913 (the options of a command line)
    source: Annotated[
        str,
        typer.Argument(
            help="A folder or clone, OWNER/DATA-REPOSITORY, s3://…, gs://…, or a database; by default this machine's store."
        ),
    ] = "",
    *,
    format: Annotated[Format, typer.Option(help="How it is written.")] = Format.TEXT,
    output: Annotated[str, typer.Option(help="The file it is written to; by default the terminal.")] = "",
    into: Annotated[
        str, typer.Option(help="A Markdown file of yours, which keeps its own text: the report has its place in it.")
    ] = "",
    service: Annotated[str, typer.Option(help="Only this service.")] = "",
    repository: Annotated[str, typer.Option(help="Only this repository, OWNER/NAME.")] = "",
    environment: Annotated[str, typer.Option(help="Only this environment.")] = "",
    by: Annotated[Kind | None, typer.Option(help="The span of time that numbers are of.")] = None,
    evidence: Annotated[
        str,
        typer.Option(metavar="MEASURE", help="Name the records behind this measure, e.g. change_lead_time; or all."),
    ] = "",
    period: Annotated[str, typer.Option(help="Only the evidence of this period, such as 2026-W47 or 2026-11.")] = "",
    services: Annotated[str, typer.Option(help="The services.toml; by default that of this folder, if any.")] = "",
    database: Annotated[
        str, typer.Option(help="Where the merged database is kept, so that the next time is quick; by default nowhere.")
    ] = "",
    called: Annotated[str, typer.Option(help="What the report calls the source; by default as you do.")] = "",
) -> None:
    """Merge what is new, and report DORA's five metrics and more, each with how much of it is known."""
    if into and (output or evidence or format is not Format.TEXT):
        console.fail("--into writes the report as Markdown: it goes with neither --output, --format nor --evidence")
    if period and not evidence:
        console.fail("--period is for --evidence; --by says which spans of time are reported")
    settings = console.deployment_settings()
    try:
        with (
            progress.shown() as advance,
            open_merged(ReportRequest(source, database, services, called), settings, advance) as warehouse,
        ):
            full_report = warehouse.report(now())
            filters = canonical_case(full_report, Filter(service, repository, environment, by or ""))
            filtered = apply(full_report, filters)
            if evidence:
                items = warehouse.evidence(_measure(filtered, evidence), filters, period)
                _write(formats.evidence(items, filtered.measures, format, _width(output)), output)
            elif into:
                console.echo(_update_readme(Path(into), filtered, filters.repository))
            else:
                _write(formats.report(filtered, format, _width(output), filters.repository), output)
    except TelemetryError as error:
        console.fail(str(error), 1)


def _measure(report: Report, name: str) -> str:
    """Empty for all of them."""
    names = [measure.name for measure in report.measures]
    if name not in (*names, _EVERY):
        raise PermanentError(f"there is no measure {name}; there is {', '.join(names)}, or {_EVERY}")
    return "" if name == _EVERY else name


def _write(text: str, output: str) -> None:
    if output:
        atomic_write.write(Path(output), text.encode())
        console.echo(f"written to {output}")
    else:
        console.echo_document(text)


def _update_readme(path: Path, report: Report, repository: str) -> str:
    """Write it where something new is said; what was done."""
    try:
        before = path.read_bytes().decode() if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise PermanentError(f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    page, constant = (
        formats.report(version, Format.MARKDOWN, 0, repository) for version in (report, at_last_complete_period(report))
    )
    after = readme_section.replace_section(before, page, constant)
    if after == before:
        return f"{path} says it already"
    atomic_write.write(path, after.encode())
    return f"{path} holds the report"


def _width(output: str) -> int:
    return _WIDE if output else console.console().width
