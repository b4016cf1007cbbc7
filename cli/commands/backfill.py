"""`telemetry backfill`: what webhooks have missed, from GitHub's REST API, by hand."""

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
            help="OWNER/NAME, or OWNER: all that it has. By default WATCHED_REPOSITORIES, else all in sight."
        ),
    ] = None,
    *,
    since: Annotated[
        datetime | None, typer.Option(formats=_DATE, help="The first day (UTC); by default BACKFILL_DAYS back.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list, estimate and tell: nothing is stored.")
    ] = False,
) -> None:
    """Complete what webhooks have missed, from GitHub's REST API. What is stored is left alone; Ctrl-C loses nothing."""
    settings = console.settings()
    services = wiring.scheduling(settings)
    left = 0
    try:
        for owner, name in _repositories(owners or [], services):
            left += _one(owner, name, _milliseconds(since, settings, services.now()), services, dry_run=dry_run)
    except KeyboardInterrupt:
        console.fail("stopped: what was found until now is stored; the same command goes on from here", 130)
    except TelemetryError as error:
        console.fail(str(error), 1)
    if left:
        console.fail(f"{left} left: the log says why; the same command goes on from here", 1)


def _one(owner: str, name: str, since: int, services: JobServices, *, dry_run: bool) -> int:
    """What is left of one repository; one that is gone is told, and costs the others nothing."""
    try:
        walk = Backfill(owner, name, since, services)
        console.console().print(_table(walk.plan))
        if dry_run:
            return 0
        walked = _walked(walk)
    except ConcurrentRunError:
        raise
    except TelemetryError as error:
        console.echo(f"{owner}/{name}: {error}", err=True)
        return 0 if isinstance(error, PermanentError) else 1
    console.echo(_result(walk.plan, walked))
    return walked.left


def _walked(walk: Backfill) -> BackfillResult:
    columns = (TextColumn(walk.plan.name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(walk.plan.name, total=len(walk.plan.units))
        return walk.go(lambda done, _of: progress.update(task, completed=done))


def _table(plan: Plan) -> Table:
    day = datetime.fromtimestamp(plan.since / 1000, UTC).date()
    table = Table(f"{plan.name} since {day}", "to look at", "requests", box=box.SIMPLE, pad_edge=False)
    for kind, number in plan.kinds.items():
        table.add_row(kind, str(number), str(sum(each.calls for each in plan.units if each.kind == kind)))
    table.add_row("to list them", "", str(plan.calls))
    table.add_row("about", "", str(plan.calls + plan.expected), style="bold")
    return table


def _result(plan: Plan, walked: BackfillResult) -> str:
    told = f"{plan.name}: {walked.recovered} completed, {walked.lost} lost, {walked.left} left"
    return f"{told}; {walked.calls} requests of about {plan.calls + plan.expected}"


def _repositories(owners: list[str], services: JobServices) -> Iterator[tuple[str, str]]:
    if not owners:
        yield from ((each.owner, each.name) for each in watched(services))
    for each in owners:
        owner, slash, name = each.partition("/")
        if slash:
            yield owner, name
        else:
            yield from ((found.owner, found.name) for found in repositories_of(owner, services))


def _milliseconds(since: datetime | None, settings: Settings, now: int) -> int:
    if since is None:
        midnight = datetime.fromtimestamp(now / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight - timedelta(days=settings.backfill_days)
    return int(since.replace(tzinfo=UTC).timestamp()) * 1000
