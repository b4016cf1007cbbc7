"""`telemetry demo`: generates sample activity, processes it and prints the report."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import requests
import typer
from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli import atomic_write, console, hints
from cli.demo import comparison, timeline
from cli.demo.scenario import Story
from cli.demo.sender import send_all
from cli.listening import listen
from cli.panels import Panel
from cli.publishing import dashboard_files, formats, services_file, session
from cli.publishing.dashboard_files import DASHBOARD_FILE
from cli.publishing.formats import Format
from core.errors import TelemetryError
from core.log import Log
from core.settings import Settings
from core.stores.directory import DirectoryStore
from fakes.github.server import FakeGitHub
from fakes.github.transport import serve
from runtimes.local import server
from runtimes.local.embedded_pipeline import EmbeddedPipeline
from runtimes.local.health import Health
from runtimes.local.poller import Pace
from telemetry_functions.installation import instruction

PANEL = Panel.RUN
EXAMPLES = ("telemetry demo", "telemetry demo --weeks 2 --folder small-demo")
FOLDER = "telemetry-demo"
SECRET = "It's a Secret to Everybody"  # noqa: S105 (example of GitHub's documentation; only the demo server accepts it)
_SERVICES = Path(timeline.__file__).with_name("services.toml")
_ONE_BATCH = Pace(batch_size=1_000_000, window=2.0, visibility=600)
_LIMIT = 900.0
"""Seconds without progress after which the demo stops."""


def command(
    seed: Annotated[int, typer.Option(help="Random seed; the same seed generates the same data.")] = 1,
    weeks: Annotated[int, typer.Option(help="Number of weeks to generate.", min=1, max=52)] = 6,
    folder: Annotated[str, typer.Option(help="Folder where the demo server stores records.")] = FOLDER,
    url: Annotated[str, typer.Option(help="URL of a running server (default: start a temporary server).")] = "",
    port: Annotated[
        int, typer.Option(help="Port of the temporary server (default: a free port).", min=0, max=65535)
    ] = 0,
    github_port: Annotated[
        int, typer.Option(help="Port of the fake GitHub when --url is used (default: a free port).", min=0, max=65535)
    ] = 0,
) -> None:
    """Send weeks of sample activity, and report on them.

    Deliveries are also duplicated and out of order; a temporary server processes them and the report is printed.
    """
    settings = console.settings()
    story = timeline.generate(seed, weeks)
    try:
        with serve(FakeGitHub(story.state), github_port) as api:
            if url:
                folder = str(Path(settings.store_directory, settings.root)) if settings.store == "directory" else ""
                _send_and_report(story, url, console.webhook_secret(settings), folder)
            else:
                _run_own_server(story, settings.model_copy(update={"port": port}), api, folder)
    except TelemetryError as error:
        console.fail(str(error))
    except requests.RequestException as error:
        console.fail(f"no server answers at {url} ({type(error).__name__}): is `{instruction('run')}` running?", 1)
    except OSError as error:
        if error.filename is not None:  # a file, not a port
            raise
        console.fail(f"the fake GitHub cannot listen on port {github_port}: {error.strerror}")


def _run_own_server(story: Story, settings: Settings, api: str, folder: str) -> None:
    """Run a temporary server, whose clock stands at the end of the story and whose worker starts when all is sent.

    The same seed therefore produces the same files, receipts included.
    """
    changes: dict[str, Any] = {"github_api_url": api, "store": "directory", "store_directory": folder, "repo_path": ""}
    changes |= {"environment_id": "demo", "github_webhook_secret": type(settings.github_webhook_secret)(SECRET)}
    changes |= {"repo_owner": "", "repo_name": "", "github_access_token": type(settings.github_webhook_secret)("")}
    server_settings = settings.model_copy(update=changes)
    health = Health()
    app = server.App(health)
    http_server = listen(app, server_settings)
    # in memory: no backlog of another run or folder; it ends with this process
    pipeline = EmbeddedPipeline(
        server_settings, health, Log("error"), clock=lambda: timeline.END, pace=_ONE_BATCH, in_memory=True
    )
    thread = threading.Thread(target=http_server.run, daemon=True)
    try:
        app.open(pipeline.start())
        thread.start()
        address = f"http://{server_settings.host}:{http_server.effective_port}{server.PATH}"
        _send_and_report(story, address, SECRET, folder, pipeline)
    finally:
        http_server.close()
        pipeline.stop()


def _send_and_report(
    story: Story, url: str, secret: str, folder: str, pipeline: EmbeddedPipeline | None = None
) -> None:
    """Send all deliveries, wait until they are processed, and print what is stored."""
    before = _health(url)
    with _progress() as progress:
        sending = progress.add_task("send deliveries", total=len(story.deliveries))
        answers = send_all(story.deliveries, url, secret, lambda: progress.advance(sending))
        working = progress.add_task("process events", total=answers["accepted"])
        if pipeline is not None:
            pipeline.work()
        for done in _wait_until_processed(url, before):
            progress.update(working, completed=done)
    after = _health(url)
    complete = _print_counts(story, answers, folder, alone=pipeline is not None)
    failed = after["failed"] - before["failed"]
    if failed:
        console.echo(
            f"{failed} events were dead-lettered: does the server read from the fake GitHub? Start it with GITHUB_API_URL."
        )
    console.echo(f"The dashboard: {_report(folder, url if pipeline is None else '')}")
    raise typer.Exit(0 if complete and not failed else 1)


def _is_complete(story: Story, folder: str, *, alone: bool) -> bool:
    """Return whether the folder holds every fact of the story once, and nothing else; print differences to stderr."""
    if not folder:
        console.echo("not compared with the story: the running server does not store records in a folder (STORE)")
        return True
    differences = comparison.compare(story, DirectoryStore(folder), alone=alone)
    for line in differences.lines(folder):
        console.echo(line, err=True)
    if any(differences):
        if alone and any((differences.surplus, differences.unknown_receipts)):
            console.echo(
                "If an earlier demo with other options used this folder, choose a new one with --folder", err=True
            )
        return False
    console.echo("every fact is there, each once, and nothing else; every delivery has its receipt")
    if metrics := comparison.not_modelled(DirectoryStore(folder)):
        console.echo(f"not compared, because the demo does not model them: {', '.join(metrics)}")
    return True


def _report(folder: str, url: str) -> str:
    """Print the five DORA metrics at the end of the story; return the address of the dashboard: a URL or a file."""
    services = _services(folder, is_ours=not url)
    with session.open_merged(session.ReportRequest(folder, services=str(services)), console.settings()) as warehouse:
        report = warehouse.report(timeline.END)
        path = Path(f"{folder.rstrip('/')}-report", DASHBOARD_FILE)  # beside the records, not among them
        if not url:
            dashboard_files.write(path.parent, warehouse.pages(report, path.name))
    five = report._replace(measures=tuple(measure for measure in report.measures if measure.is_dora))
    console.echo("")
    console.echo_document(formats.report(five, Format.TEXT, console.console().width, is_styled=console.is_styled()))
    console.echo("")
    if url:
        return f"{url.removesuffix(server.PATH)}/"
    return path.resolve().as_uri()


def _services(folder: str, *, is_ours: bool) -> Path:
    """Return the demo's services.toml; a folder of the demo gets a copy beside the records, which may be edited."""
    path = Path(folder, services_file.NAME)
    if not is_ours:
        return _SERVICES
    if not path.exists():
        atomic_write.write(path, _SERVICES.read_bytes())
    return path


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (TextColumn("{task.description:<15}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console.console()) as progress:
        yield progress


def _wait_until_processed(url: str, before: dict[str, Any]) -> Iterator[int]:
    """Yield the number of processed events until the queue is empty."""
    last, since = -1, time.monotonic()
    while True:
        health = _health(url)
        done = health["processed"] + health["failed"] - before["processed"] - before["failed"]
        yield done
        if health["queued"] == 0:
            return
        if done != last:
            last, since = done, time.monotonic()
        if time.monotonic() - since > _LIMIT:
            console.fail(f"no event was processed for {_LIMIT:.0f} s; {health['queued']} events are still queued", 1)
        time.sleep(0.2)


def _health(url: str) -> dict[str, Any]:
    response: dict[str, Any] = requests.get(url.removesuffix(server.PATH) + "/health", timeout=10).json()
    return response


def _print_counts(story: Story, answers: Counter[str], folder: str, *, alone: bool) -> bool:
    """Print the numbers of stored and expected records of each metric; return whether all facts are stored."""
    if not folder:
        return _is_complete(story, folder, alone=alone)
    record_counts = Counter(path.split("/")[2] for path in DirectoryStore(folder).list("octo-org/"))
    table = Table("metric", "facts sent", "records", "in", box=box.SIMPLE, pad_edge=False)
    for metric, expected in story.expected.items():
        table.add_row(metric, str(expected), str(record_counts[metric]), f"{folder}/octo-org/*/{metric}/")
    console.console().print(table)
    copies = len(story.deliveries) - len({delivery.delivery_id for delivery in story.deliveries})
    counts = ", ".join(f"{count} {word}" for word, count in sorted(answers.items()))
    console.echo(f"{len(story.deliveries)} deliveries, {copies} of them redeliveries, out of order: {counts}")
    complete = _is_complete(story, folder, alone=alone)
    example = next(iter(DirectoryStore(folder).list("octo-org/storefront/deployment/")), "")
    quoted = hints.quote(folder)
    console.echo(f"\nLook at next:\n  cat {hints.quote(str(Path(folder, example)))}")
    console.echo(f"  ls {quoted}/octo-org/*/   (one folder per metric, see docs/METRICS.md)")
    console.echo(f"  head -3 {quoted}/_system/receipts/*/*.jsonl   (the outcome of each delivery)")
    console.echo(f"  {hints.command('report', folder)}   (the report, again)")
    evidence = hints.command("report", folder, evidence="change_fail_rate")
    console.echo(f"  {evidence}   (the records behind each number)")
    console.echo("  docs/GITHUB.md   (set it up for your own repositories in five minutes)")
    return complete
