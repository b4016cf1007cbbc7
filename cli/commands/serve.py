"""`telemetry serve`: runs the dev server."""

import os
import shlex
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli import console, hints
from cli.listening import Port, listen, with_port
from cli.panels import Panel
from cli.publishing import dashboard_files, session
from cli.samples import SAMPLE
from core.errors import TelemetryError
from core.log import Log
from core.settings import Settings
from core.webhook import sign
from runtimes.local import queue_choice, server, sqlite_wiring, status_page, wiring
from runtimes.local.embedded_pipeline import EmbeddedPipeline
from runtimes.local.health import Health
from runtimes.local.live_dashboard import LiveDashboard, Look
from runtimes.local.queue_choice import QueueChoice

if TYPE_CHECKING:
    from waitress.server import BaseWSGIServer

    from runtimes.local.emulator.emulator import Emulator
    from runtimes.local.pipeline import Pipeline

PANEL = Panel.RUN
EXAMPLES = ("telemetry serve --queue sqlite", "telemetry serve --queue localstack --port 8181")


def command(
    queue: Annotated[
        QueueChoice,
        typer.Option(
            help="sqlite: a file in .telemetry/ that survives a crash, with the scheduled jobs in this process. "
            "localstack: SQS at an emulator of AWS, for development."
        ),
    ],
    port: Port = None,
) -> None:
    """Receive webhooks here and store their records.

    Ctrl-C stops the server without losing accepted events.
    """
    settings = with_port(console.settings(), port)
    signals = [signal.SIGINT, signal.SIGTERM]  # a shell starts background processes with SIGINT ignored
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores SIGHUP
        signals.append(signal.SIGHUP)
    for number in signals:
        signal.signal(number, signal.default_int_handler)
    health, log = Health(), Log(settings.log_level)
    dashboard = LiveDashboard(session.dashboard_builder(settings), log)
    look = dashboard.look if settings.store == "directory" else lambda: _github_hint(settings)
    app = server.App(health, look, dashboard_files.live_page)
    http_server = listen(app, settings)
    pipeline = _make_pipeline(queue, settings, health, log)
    before = queue_choice.recorded()
    try:
        app.open(pipeline.start())
        _warn_of_other_queue(before, queue)
        if isinstance(pipeline, EmbeddedPipeline):
            _warn_of_other_environments(settings)
        else:
            _warn_of_loss(pipeline.emulator)
        pipeline.work()
        _print_usage(http_server, pipeline, settings)
        http_server.run()  # returns after SIGINT or SIGTERM
    except TelemetryError as error:
        console.fail(str(error))
    except KeyboardInterrupt:
        pass
    finally:
        for number in signals:  # a second Ctrl-C must not interrupt pending writes
            signal.signal(number, signal.SIG_IGN)
        http_server.close()
        pipeline.stop()
        dashboard.close()
    console.echo("stopped; what was accepted and is not stored yet is kept for the next start")


def _warn_of_other_queue(before: QueueChoice | None, queue: QueueChoice) -> None:
    """Warn that events may wait in the queue that this folder's server had before: this one does not process them."""
    if before not in (None, queue):
        console.echo(
            f"warning: this folder's last server had --queue {before}: events that wait there stay there until it is "
            "started with that option again",
            err=True,
        )


def _warn_of_other_environments(settings: Settings) -> None:
    """Warn of events in the queue file of another ENVIRONMENT_ID: this server does not process them."""
    for id, count in sqlite_wiring.waiting_elsewhere(settings).items():
        many = f"{count} events wait" if count > 0 else "it cannot be read how many events wait"
        console.echo(
            f"warning: {many} in the queue of ENVIRONMENT_ID={id}: they stay there until the server is started with that setting again",
            err=True,
        )


def _make_pipeline(queue: QueueChoice, settings: Settings, health: Health, log: Log) -> "EmbeddedPipeline | Pipeline":
    if queue == QueueChoice.SQLITE:
        return EmbeddedPipeline(settings, health, log)
    from runtimes.local.pipeline import Pipeline  # noqa: PLC0415 (of the extra `local`)

    return Pipeline(settings, health, log)


def _warn_of_loss(emulator: "Emulator") -> None:
    """Warn that the previous emulator was killed: its queue existed in memory only."""
    from runtimes.local.emulator.emulator import LOST  # noqa: PLC0415 (of the extra `local`)

    if emulator.unclean is not None:
        queued = emulator.unclean.queued
        waited = f"{queued} events waited at the last count" if queued >= 0 else "how many events waited is not known"
        console.echo(f"warning: the emulator of AWS did not stop in order the last time ({waited}): {LOST}", err=True)


def _github_hint(settings: Settings) -> Look:
    """Return a hint instead of a dashboard, because reading records from GitHub would use up the rate limit for events."""
    name = f"{settings.repo_owner}/{settings.repo_name}"
    return status_page.NOTHING._replace(
        message=f"The records are in {name}: `{hints.command('dashboard', name, '--open')}` shows them."
    )


def _print_usage(http_server: "BaseWSGIServer", pipeline: "EmbeddedPipeline | Pipeline", settings: Settings) -> None:
    url = f"http://{settings.host}:{http_server.effective_port}{server.PATH}"
    sample = os.path.relpath(SAMPLE)
    console.echo(
        f"""
Ready: {url}  (records: {wiring.record_location(settings)}, {pipeline.queue})

Try it from another terminal, in this folder:
  {hints.command("send", "check_suite", sample, url=url)}
{_curl_command(url, sample, pipeline)}then
  {_list_records_command(settings)}

{_jobs(pipeline)}Ctrl-C stops it, and loses nothing that was accepted.
"""
    )


def _curl_command(url: str, sample: str, pipeline: "EmbeddedPipeline | Pipeline") -> str:
    """Return the same delivery by curl; empty if the output may be a log, in which a valid signature must not be."""
    if isinstance(pipeline, EmbeddedPipeline) and not sys.stdout.isatty():
        return ""
    signature = sign(SAMPLE.read_bytes(), pipeline.webhook_secret)
    return f"""or
  curl -i {url} -H 'Content-Type: application/json' -H 'X-GitHub-Event: check_suite' \\
    -H 'X-Hub-Signature-256: {signature}' --data-binary @{shlex.quote(sample)}
"""


def _jobs(pipeline: "EmbeddedPipeline | Pipeline") -> str:
    """Return a line about the scheduled jobs; empty at an emulator, where none runs."""
    if not isinstance(pipeline, EmbeddedPipeline):
        return ""
    if not pipeline.jobs:
        return "No scheduled job runs: without GITHUB_ACCESS_TOKEN none can read from GitHub.\n"
    return f"Scheduled jobs run here: {', '.join(pipeline.jobs)}\n"


def _list_records_command(settings: Settings) -> str:
    if settings.store == "github":
        return f"open https://{settings.github_host}/{settings.repo_owner}/{settings.repo_name}/tree/{settings.target_branch}"
    return f"find {settings.store_directory} -name '*.json'"
