"""Prints the report of a trial and writes its dashboard."""

from typing import TYPE_CHECKING

from cli import console, hints, progress
from cli.publishing import dashboard_files, formats, session
from cli.publishing.formats import Format
from cli.publishing.services_file import NAME
from cli.trial.folder import TrialFolder
from core.clock import now
from core.settings import Settings
from runtimes.local.state_folder import make_private

if TYPE_CHECKING:
    from warehouse.report.model import Report


def print_first(folder: TrialFolder, name: str, settings: Settings, missing: str) -> bool:
    """Merge what is stored, and print DORA's five with what is not read yet; return whether there are records.

    Raises TelemetryError.
    """
    report = _build(folder, name, settings, has_dashboard=False)
    if not any(report.records.values()):
        return False
    five = report._replace(measures=tuple(measure for measure in report.measures if measure.is_dora))
    console.echo(f"\nFIRST NUMBERS, not final: {missing} are still to be read\n")
    _print(five, folder)
    console.echo("")
    return True


def print_whole(folder: TrialFolder, name: str, settings: Settings, missing: str) -> bool:
    """Merge all, write the dashboard, and print the report, headed by what is missing; return whether there are records.

    Raises TelemetryError.
    """
    report = _build(folder, name, settings, has_dashboard=True)
    if not any(report.records.values()):
        return False
    console.echo("")
    if missing:
        console.echo(f"INCOMPLETE, so numbers may be wrong or absent: {missing}\n")
    _print(report, folder)
    console.echo(f"\nThe dashboard: {folder.dashboard.resolve().as_uri()}")
    return True


def print_next_steps(folder: TrialFolder) -> None:
    """Print how to look behind a number, how to correct what was assumed, and how to get numbers that stay up to date."""
    steps = (
        ("the records behind a number", hints.command("report", folder.records, evidence="change_lead_time")),
        (
            "which deployments and environments count",
            f"write {hints.quote(f'{folder.records}/{NAME}')} (docs/DORA.md#servicestoml)",
        ),
        ("numbers that stay up to date, by webhooks", f"{hints.command('init')} (docs/GITHUB.md)"),
    )
    width = max(len(what) for what, _ in steps)
    console.echo("\nNext:")
    for what, how in steps:
        console.echo(f"  {what:{width}}  {how}")


def _build(folder: TrialFolder, name: str, settings: Settings, *, has_dashboard: bool) -> "Report":
    make_private(folder.report)
    request = session.ReportRequest(folder.records, folder.database, called=name)
    with (
        progress.stages() as stages,
        session.open_merged(request, settings, stages.advance, stages.begin) as warehouse,
    ):
        report = warehouse.report(now())
        if has_dashboard:
            dashboard_files.write(folder.report, warehouse.pages(report, folder.dashboard.name))
        stages.end()
        console.remark(warehouse.services_file.remark, is_expected=warehouse.services_file.is_expected)
        return report


def _print(report: "Report", folder: TrialFolder) -> None:
    again = hints.command("report", folder.records)
    text = formats.report(report, Format.TEXT, console.console().width, is_styled=console.is_styled(), command=again)
    console.echo_document(text)
