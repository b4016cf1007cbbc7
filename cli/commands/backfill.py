"""`telemetry backfill`: recovers events that webhooks missed, from GitHub's REST API."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from cli import console
from core.backfill.cursor import ConcurrentRunError
from core.backfill.run import Backfill, BackfillResult, Plan
from core.errors import PermanentError, TelemetryError
from core.services import JobServices
from core.settings import Settings
from core.watched_repositories import repositories_of, watched
from runtimes.local import wiring

_DATE = ["%Y-%m-%d"]


def command(
    owners: Annotated[
        list[str] | None,
        typer.Argument(
            help="OWNER/NAME, or OWNER for all its repositories (default: WATCHED_REPOSITORIES, else all visible ones)."
        ),
    ] = None,
    *,
    since: Annotated[
        datetime | None, typer.Option(formats=_DATE, help="First day, in UTC (default: BACKFILL_DAYS ago).")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and the estimated requests; store nothing.")
    ] = False,
) -> None:
    """Recover events that webhooks missed, from GitHub's REST API; stored records do not change, and Ctrl-C loses nothing."""
    settings = console.settings()
    services = wiring.job_services(settings)
    unfinished = 0
    try:
        for owner, name in _repositories(owners or [], services):
            unfinished += _backfill_repository(
                owner, name, _milliseconds(since, settings, services.now()), services, dry_run=dry_run
            )
    except KeyboardInterrupt:
        console.fail("interrupted: events recovered so far are stored; run the same command to continue", 130)
    except TelemetryError as error:
        console.fail(str(error), 1)
    if unfinished:
        console.fail(f"{unfinished} events left, see the log for the reasons; run the same command to continue", 1)


def _backfill_repository(owner: str, name: str, since: int, services: JobServices, *, dry_run: bool) -> int:
    """Backfill one repository and return the number of unfinished events; an error is printed, and the others continue."""
    try:
        backfill = Backfill(owner, name, since, services)
        console.console().print(_table(backfill.plan))
        if dry_run:
            return 0
        result = _run_with_progress(backfill)
    except ConcurrentRunError:
        raise
    except TelemetryError as error:
        console.echo(f"{owner}/{name}: {error}", err=True)
        return 0 if isinstance(error, PermanentError) else 1
    console.echo(_result(backfill.plan, result))
    return result.left


def _run_with_progress(backfill: Backfill) -> BackfillResult:
    columns = (TextColumn(backfill.plan.name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(backfill.plan.name, total=len(backfill.plan.units))
        return backfill.run(lambda done, _of: progress.update(task, completed=done))


def _table(plan: Plan) -> Table:
    day = datetime.fromtimestamp(plan.since / 1000, UTC).date()
    table = Table(f"{plan.name} since {day}", "items", "requests", box=box.SIMPLE, pad_edge=False)
    for kind, number in plan.kinds.items():
        table.add_row(kind, str(number), str(sum(unit.calls for unit in plan.units if unit.kind == kind)))
    table.add_row("listing", "", str(plan.calls))
    table.add_row("total (estimated)", "", str(plan.calls + plan.expected), style="bold")
    return table


def _result(plan: Plan, result: BackfillResult) -> str:
    summary = f"{plan.name}: {result.recovered} completed, {result.lost} lost, {result.left} left"
    return f"{summary}; {result.calls} requests of about {plan.calls + plan.expected}"


def _repositories(owners: list[str], services: JobServices) -> Iterator[tuple[str, str]]:
    if not owners:
        yield from ((repository.owner, repository.name) for repository in watched(services))
    for argument in owners:
        owner, slash, name = argument.partition("/")
        if slash:
            yield owner, name
        else:
            yield from ((repository.owner, repository.name) for repository in repositories_of(owner, services))


def _milliseconds(since: datetime | None, settings: Settings, now: int) -> int:
    if since is None:
        midnight = datetime.fromtimestamp(now / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight - timedelta(days=settings.backfill_days)
    return int(since.replace(tzinfo=UTC).timestamp()) * 1000
