"""`telemetry report`: prints DORA and delivery metrics from any source of records."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli import atomic_write, console, hints, progress
from cli.optional_value import NO_VALUE, command_with_optional_value
from cli.panels import Panel
from cli.publishing import formats, readme_section
from cli.publishing.formats import Format
from cli.publishing.session import ReportRequest, open_merged
from core.clock import now
from core.errors import PermanentError, TelemetryError
from warehouse.report.evidence_text import Style
from warehouse.report.filters import Cohort, Filter, apply, at_last_complete_period, canonical_case
from warehouse.report.model import Report

PANEL = Panel.SEE
COMMAND = command_with_optional_value("--evidence")
EXAMPLES = ("telemetry report telemetry-demo", "telemetry report octo-org/telemetry-data --by week --format markdown")
_EVERY = "all"
_SELECTING = "--period, --author-kind, --assisted and --certainty"
_WIDE = 160
"""Width of a text report in a file, in columns."""


class AuthorKind(StrEnum):
    """Who wrote a change, or all changes of a deployment."""

    PERSON = "person"
    BOT = "bot"
    AGENT = "agent"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class Assisted(StrEnum):
    """Whether a tool that writes code took part."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Certainty(StrEnum):
    """How certain a value is."""

    KNOWN = "known"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """Lengths of a reporting period."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


def command(  # noqa: PLR0913 (one parameter per command-line option)
    source: Annotated[
        str,
        typer.Argument(
            help="A folder or clone, OWNER/DATA-REPOSITORY, s3://…, gs://…, a merged database, or the marts of an engine (default: this machine's store)."
        ),
    ] = "",
    *,
    format: Annotated[Format, typer.Option(help="Output format.")] = Format.TEXT,
    output: Annotated[str, typer.Option(help="Output file (default: the terminal).")] = "",
    into: Annotated[
        str, typer.Option(help="Markdown file whose report section is replaced; the other text stays.")
    ] = "",
    service: Annotated[str, typer.Option(help="Only this service.")] = "",
    repository: Annotated[str, typer.Option(help="Only this repository, OWNER/NAME.")] = "",
    environment: Annotated[str, typer.Option(help="Only this environment.")] = "",
    by: Annotated[Kind | None, typer.Option(help="Period to report by.")] = None,
    evidence: Annotated[
        str,
        typer.Option(
            metavar="[MEASURE]",
            help="List the records behind this measure, e.g. change_lead_time, or all. Without a measure, list the measures.",
        ),
    ] = "",
    period: Annotated[str, typer.Option(help="Only evidence of this period, e.g. 2026-W47 or 2026-11.")] = "",
    author_kind: Annotated[
        AuthorKind | None, typer.Option(help="Only evidence written by this kind of author.")
    ] = None,
    assisted: Annotated[
        Assisted | None, typer.Option(help="Only evidence that a tool that writes code took part in.")
    ] = None,
    certainty: Annotated[Certainty | None, typer.Option(help="Only evidence whose value is this certain.")] = None,
    services: Annotated[
        str, typer.Option(help="Path of services.toml (default: that of SOURCE, else of this folder).")
    ] = "",
    database: Annotated[
        str, typer.Option(help="Keep the merged database in this file to speed up the next run (default: temporary).")
    ] = "",
    called: Annotated[str, typer.Option(help="Name of the source shown in the report (default: SOURCE).")] = "",
) -> None:
    """Print DORA and delivery metrics with their coverage.

    New records of the source are merged first.
    """
    if into and (output or evidence or format is not Format.TEXT):
        console.fail(
            "--into writes the report as Markdown and cannot be combined with --output, --format or --evidence"
        )
    cohort = Cohort(author_kind or "", assisted or "", certainty or "")
    if period and not evidence:
        console.fail("--period requires --evidence; use --by to choose the reporting period")
    if any(cohort) and not evidence:
        console.fail("--author-kind, --assisted and --certainty require --evidence")
    if evidence == NO_VALUE:
        if period or any(cohort):
            console.fail(f"{_SELECTING} select the evidence of a measure: name one, or all")
        try:
            _write(_measures(), output)
        except TelemetryError as error:
            console.fail(str(error), 1)
        return
    settings = console.deployment_settings()
    try:
        with (
            progress.stages() as stages,
            open_merged(
                ReportRequest(source, database, services, called), settings, stages.advance, stages.begin
            ) as warehouse,
        ):
            of_repositories = bool(repository) or format in (Format.JSON, Format.CSV)
            full_report = warehouse.report(now(), of_repositories=of_repositories)
            filters = canonical_case(full_report, Filter(service, repository, environment, by or ""))
            filtered = apply(full_report, filters)
            if evidence:
                items = warehouse.evidence(_measure(filtered, evidence), filters, period)
                selected = filter(cohort.has, items)
                text = formats.evidence(selected, filtered, format, _style(output, str(cohort)))
            elif into:
                text = _update_readme(Path(into), filtered, filters.repository)
            else:
                is_styled = not output and console.is_styled()
                again = hints.command("report", source, services=services, database=database)
                text = formats.report(
                    filtered, format, _width(output), filters.repository, is_styled=is_styled, command=again
                )
            stages.end()
            console.remark(warehouse.services_file.remark, is_expected=warehouse.services_file.is_expected)
        console.echo(text) if into else _write(text, output)
    except TelemetryError as error:
        console.fail(str(error), 1)


def _measures() -> str:
    """Return a line for each measure that has evidence."""
    from warehouse.measures import measures  # noqa: PLC0415 (loads duckdb, which takes long)

    known = measures()
    width = max(len(measure.name) for measure in known)
    return "".join(f"{measure.name:{width}}  {measure.title}\n" for measure in known)


def _style(output: str, cohort: str) -> Style:
    """Return how evidence is written: as wide as the terminal, with links on it; one line an item elsewhere."""
    is_terminal = not output and sys.stdout.isatty()
    width = None if output else console.columns()
    return Style(width, has_links=is_terminal and os.environ.get("TERM") not in ("dumb", "unknown"), cohort=cohort)


def _measure(report: Report, name: str) -> str:
    """Return the name of the measure, or an empty string for all measures; raises PermanentError."""
    names = [measure.name for measure in report.measures]
    if name not in (*names, _EVERY):
        raise PermanentError(f"unknown measure {name!r} (choose from {', '.join(names)}, {_EVERY})")
    return "" if name == _EVERY else name


def _write(text: str, output: str) -> None:
    if output:
        atomic_write.write(Path(output), text.encode())
        console.echo(f"written to {output}")
    else:
        console.echo_document(text)


def _update_readme(path: Path, report: Report, repository: str) -> str:
    """Replace the report section of a file if the report changed; return a message. Raises PermanentError."""
    try:
        before = path.read_bytes().decode() if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise PermanentError(f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    page, constant = (
        formats.report(version, Format.MARKDOWN, 0, repository) for version in (report, at_last_complete_period(report))
    )
    after = readme_section.replace_section(before, page, constant)
    if after == before:
        return f"{path} is up to date"
    atomic_write.write(path, after.encode())
    return f"{path} holds the report"


def _width(output: str) -> int:
    return _WIDE if output else console.console().width
