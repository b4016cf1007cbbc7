"""`telemetry backfill`: recovers events that webhooks missed, from GitHub's REST API."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from cli import comparisons, console
from cli.owner_argument import parse_owner
from cli.panels import Panel
from cli.publishing import session
from cli.publishing.session import ReportRequest
from core.backfill.cursor import ConcurrentRunError
from core.backfill.plan import Plan, reason_of
from core.backfill.run import Backfill, BackfillResult
from core.errors import TelemetryError
from core.services import JobServices
from core.settings import Settings
from core.watched_repositories import WatchedRepository, repositories_of, watched
from runtimes.local import command_wiring

if TYPE_CHECKING:
    from warehouse.comparison_pairs import Pair

PANEL = Panel.OPERATE
EXAMPLES = ("telemetry backfill octo-org/hello-world --since 2026-11-01 --dry-run", "telemetry backfill octo-org")
_DATE = ["%Y-%m-%d"]


def command(
    owners: Annotated[
        list[str] | None,
        typer.Argument(
            help="OWNER/NAME, or OWNER for all its repositories (default: WATCHED_REPOSITORIES, else all visible ones). "
            "Write -- before a name that begins with a hyphen."
        ),
    ] = None,
    *,
    since: Annotated[
        datetime | None, typer.Option(formats=_DATE, help="First day, in UTC (default: BACKFILL_DAYS ago).")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and the estimated requests; store nothing.")
    ] = False,
    service_file: Annotated[
        str,
        typer.Option(
            "--services",
            help="services.toml: also compare the deployments that its services, exclusions and aliases make neighbours.",
        ),
    ] = "",
    database: Annotated[
        str,
        typer.Option(
            help="For --services: keep the merged database in this file to speed up the next run (default: temporary)."
        ),
    ] = "",
) -> None:
    """Recover events that webhooks missed.

    They are read from GitHub, and so are the fields that stored records lack. Ctrl-C loses nothing.
    """
    settings = console.settings()
    services = command_wiring.job_services(settings)
    start = _milliseconds(since, settings, services.now())
    findings = _Findings()
    names = [_parse_name(argument) for argument in owners or []]
    try:
        for repository in _repositories(names, services, findings):
            _backfill_repository(repository, start, services, findings, dry_run=dry_run)
        if service_file:
            _compare(ReportRequest("", database, service_file), names, start, services, findings, dry_run=dry_run)
    except KeyboardInterrupt:
        console.fail("interrupted: events recovered so far are stored; run the same command to continue", 130)
    except TelemetryError as error:
        findings.incomplete("this run", reason_of(error))
    findings.print()


class _Findings:
    """What is missing after a run, and what an operator should know of the rest, by repository."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str]] = []
        self.left = 0
        """Number of events that the next run may recover."""

    def incomplete(self, name: str, reason: str) -> None:
        """Record why something of a repository is missing."""
        self._rows.append((name, "incomplete", reason))

    def note(self, name: str, text: str) -> None:
        """Record what explains a repository's numbers: nothing that GitHub has is missing."""
        self._rows.append((name, "note", text))

    def print(self) -> None:
        """Print a line for each finding, and exit with 1 if anything is missing."""
        widths = [max((len(row[column]) for row in self._rows), default=0) for column in (0, 1)]
        for name, kind, text in self._rows:
            console.echo(f"{name:{widths[0]}}  {kind:{widths[1]}}  {console.with_variable(text)}")
        missing = {name for name, kind, _ in self._rows if kind == "incomplete"}
        if self.left:
            console.fail(f"{self.left:,} events left; run the same command to continue", 1)
        if missing:
            console.fail(f"incomplete: {len(missing)}, each with its reason above", 1)


def _backfill_repository(
    repository: WatchedRepository, since: int, services: JobServices, findings: _Findings, *, dry_run: bool
) -> None:
    """Backfill one repository; one that cannot be read becomes a finding and does not affect the others."""
    name = repository.full_name
    try:
        backfill = Backfill(repository.owner, repository.name, since, services)
        plan = backfill.plan
        if plan.name.lower() != name.lower():
            findings.note(name, f"is {plan.name} now")
        for note in plan.notes:
            findings.note(plan.name, note)
        console.console().print(_table(plan))
        if dry_run:
            problems = plan.left_out + plan.truncated
        else:
            result = _run_with_progress(backfill)
            console.echo(_result(plan, result))
            problems, findings.left = result.problems, findings.left + result.left
            for sentence in result.unfilled:
                findings.note(plan.name, sentence)
        for reason in problems:
            findings.incomplete(plan.name, reason)
    except ConcurrentRunError:
        raise
    except Exception as error:  # noqa: BLE001 (one odd repository must not end the run for the others)
        findings.incomplete(name, reason_of(error))


def _compare(
    request: ReportRequest,
    names: list[tuple[str, str]],
    since: int,
    services: JobServices,
    findings: _Findings,
    *,
    dry_run: bool,
) -> None:
    """Compare the deployments that services.toml makes neighbours, in the repositories that were named, or in all."""
    with session.open_merged(request, services.settings) as merged:
        from warehouse.comparison_pairs import missing_pairs  # noqa: PLC0415 (loads duckdb, which takes long)

        found = missing_pairs(merged.connection, merged.services, since)
    pairs = [pair for pair in found if pair.host == services.settings.github_host and _is_named(pair, names)]
    console.echo(f"{request.services}: {len(pairs):,} pairs of commits to compare, about {len(pairs):,} requests")
    if dry_run or not pairs:
        return
    result = comparisons.compare(pairs, services)
    console.echo(f"{request.services}: {result.stored} compared, {result.lost} lost, {result.left} left")
    findings.left += result.left
    for reason in result.reasons:
        findings.incomplete(request.services, reason)


def _is_named(pair: "Pair", names: list[tuple[str, str]]) -> bool:
    owner, repo = pair.owner.lower(), pair.repo.lower()
    return not names or any(owner == own.lower() and name.lower() in ("", repo) for own, name in names)


def _run_with_progress(backfill: Backfill) -> BackfillResult:
    columns = (TextColumn(f"read {backfill.plan.name}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(backfill.plan.name, total=len(backfill.plan.units))
        return backfill.run(lambda done, _of: progress.update(task, completed=done))


def _table(plan: Plan) -> Table:
    day = datetime.fromtimestamp(plan.since / 1000, UTC).date()
    table = Table(f"{plan.name} since {day}", "items", "requests", box=box.SIMPLE, pad_edge=False)
    for kind, number in plan.kinds.items():
        table.add_row(kind, str(number), str(sum(unit.calls for unit in plan.units if unit.kind == kind)))
    if plan.older:
        table.add_row("stored records that lack fields", str(plan.older), "in the above")
    if plan.later:
        table.add_row("stored records with fields that no event has", str(plan.later), str(plan.number_calls))
    table.add_row("listing", "", str(plan.calls))
    table.add_row("total (estimated)", "", str(plan.calls + plan.expected), style="bold")
    return table


def _result(plan: Plan, result: BackfillResult) -> str:
    recovered = f"{result.recovered} recovered, {result.completed} completed"
    summary = f"{plan.name}: {recovered}, {result.lost} lost, {result.left} left"
    return f"{summary}; {result.calls} requests of about {plan.calls + plan.expected}"


def _parse_name(argument: str) -> tuple[str, str]:
    """Return owner and name, which is empty for all repositories of the owner."""
    parsed = parse_owner(argument)
    if parsed is None:
        raise typer.BadParameter(f"{argument!r} is not OWNER or OWNER/NAME, such as octo-org/hello-world")
    return parsed


def _repositories(
    names: list[tuple[str, str]], services: JobServices, findings: _Findings
) -> Iterator[WatchedRepository]:
    if not names:
        yield from watched(services, findings.incomplete)
    for owner, name in names:
        if name:
            yield WatchedRepository(owner, name)
            continue
        try:
            yield from repositories_of(owner, services, findings.incomplete)
        except TelemetryError as error:
            findings.incomplete(owner, f"its repositories cannot be listed: {error}")


def _milliseconds(since: datetime | None, settings: Settings, now: int) -> int:
    if since is None:
        midnight = datetime.fromtimestamp(now / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight - timedelta(days=settings.backfill_days)
    return int(since.replace(tzinfo=UTC).timestamp()) * 1000
