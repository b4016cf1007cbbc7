"""The command line: `telemetry serve | send | metrics | settings`."""

import errno
import os
import shlex
import signal
import sys
import uuid
from pathlib import Path
from typing import Annotated, NoReturn

import requests
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from waitress.server import BaseWSGIServer

from core.errors import TelemetryError
from core.log import Log
from core.metrics import all_metrics
from core.secrets_cache import live_secrets
from core.settings import Settings, SettingsError, described
from core.webhook import sign
from runtimes.local import server, wiring
from runtimes.local.health import Health

SAMPLE = Path(__file__).parent / "samples" / "check_suite.json"

app = typer.Typer(
    help="Learn how your teams deliver, from GitHub, in your own cloud account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """The console script."""
    app(prog_name="telemetry")


@app.command()
def serve() -> None:
    """Receive webhooks on this machine, and store what they say; Ctrl-C stops, and loses nothing accepted."""
    settings = _settings()
    for way in (signal.SIGINT, signal.SIGTERM):  # a shell starts what it puts in the background with SIGINT ignored
        signal.signal(way, signal.default_int_handler)
    health, log = Health(), Log(settings.log_level)
    front = server.App(health)
    listening = _listen(front, settings)
    pipeline = server.Pipeline(settings, health, log)
    try:
        front.open(pipeline.start())
        _say_how_to_try(listening, pipeline, settings)
        listening.run()  # until SIGINT or SIGTERM, which it takes for its end
    except TelemetryError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        pass
    finally:
        for way in (signal.SIGINT, signal.SIGTERM):  # a second Ctrl-C must not cost what is being written
            signal.signal(way, signal.SIG_IGN)
        listening.close()
        pipeline.stop()
    typer.echo("stopped; what was accepted and is not stored yet is kept for the next start")


@app.command()
def send(
    event: Annotated[str, typer.Argument(help="The event's name, e.g. check_suite, or deven::tooling-usage.")],
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="The payload, as JSON; - is standard input.")],
    url: Annotated[str, typer.Option(help="Where to; by default the local server.")] = "",
    delivery: Annotated[str, typer.Option(help="The delivery's id; by default a new one.")] = "",
) -> None:
    """Sign a payload as GitHub does, and send it."""
    settings = _settings()
    body = file.read()
    source, _, name = event.rpartition("::")
    headers = {
        "Content-Type": "application/json",
        "X-Deven-Event" if source == "deven" else "X-GitHub-Event": name,
        "X-GitHub-Delivery": delivery or str(uuid.uuid4()),
        "X-Hub-Signature-256": sign(body, _webhook_secret(settings)),
    }
    target = url or f"http://{settings.host}:{settings.port}{server.PATH}"
    try:
        answer = requests.post(target, data=body, headers=headers, timeout=30)
    except requests.RequestException as error:
        _fail(f"nothing takes it at {target} ({type(error).__name__}): is `make run` running?", 1)
    typer.echo(f"{answer.status_code} {answer.text}")
    raise typer.Exit(0 if answer.ok else 1)


@app.command()
def metrics() -> None:
    """List the metrics, and the events to tick in GitHub for them."""
    table = Table("metric", "event", "what it measures", box=box.SIMPLE, pad_edge=False)
    for metric in all_metrics():
        about = (sys.modules[metric.collect.__module__].__doc__ or "").splitlines()[0].partition(": ")[2]
        table.add_row(metric.name, metric.trigger, about)
    _console().print(table)
    wanted = sorted({metric.trigger.removeprefix("github::") for metric in all_metrics()} - _OURS)
    typer.echo(f"Events to tick in GitHub's webhook: {', '.join(wanted)}")


_OURS = {metric.trigger for metric in all_metrics() if not metric.trigger.startswith("github::")}


@app.command()
def settings() -> None:
    """List every setting: its variable, its value now (secrets only whether they are set), and what it is for."""
    table = Table("variable", "now", "what it is for", box=box.SIMPLE, pad_edge=False)
    for setting in described(_settings()):
        table.add_row(setting.variable, setting.now, setting.description)
    _console().print(table)


def _console() -> Console:
    """As wide as the terminal; wide enough for whole lines where there is none."""
    return Console(width=None if sys.stdout.isatty() else 160)


def _settings() -> Settings:
    try:
        return wiring.local_settings()
    except SettingsError as error:
        _fail(f"These settings are wrong:\n{error}\n`telemetry settings` lists what each is for.")


def _listen(front: server.App, settings: Settings) -> BaseWSGIServer:
    try:
        return server.listen(front, settings)
    except (OSError, ValueError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        remedy = "Set PORT to one that is free." if taken else "Set HOST to an address of this machine."
        _fail(f"HOST={settings.host} PORT={settings.port}: {getattr(error, 'strerror', None) or error}. {remedy}")


def _webhook_secret(settings: Settings) -> str:
    given = live_secrets(settings.github_webhook_secret.get_secret_value())
    if given:
        return given[0]
    try:
        return wiring.webhook_secret(wiring.clients(wiring.emulator(settings).endpoint).ssm, settings)
    except TelemetryError as error:
        _fail(f"{error}: is `make run` running? Or set GITHUB_WEBHOOK_SECRET.", 1)


def _say_how_to_try(listening: BaseWSGIServer, pipeline: server.Pipeline, settings: Settings) -> None:
    url = f"http://{settings.host}:{listening.effective_port}{server.PATH}"
    sample = os.path.relpath(SAMPLE)
    signature = sign(SAMPLE.read_bytes(), wiring.webhook_secret(pipeline.ssm, settings))
    telemetry = os.path.relpath(Path(sys.argv[0])) if Path(sys.argv[0]).name == "telemetry" else "telemetry"
    typer.echo(
        f"""
Ready: {url}  (records: {settings.store_directory}/, AWS emulator: {pipeline.emulator.endpoint})

Try it from another terminal, in this folder:
  {telemetry} send check_suite {shlex.quote(sample)} --url {url}
or
  curl -i {url} -H 'Content-Type: application/json' -H 'X-GitHub-Event: check_suite' \\
    -H 'X-Hub-Signature-256: {signature}' --data-binary @{shlex.quote(sample)}
then
  find {settings.store_directory} -name '*.json'

Ctrl-C stops it, and loses nothing that was accepted.
"""
    )


def _fail(message: str, code: int = 2) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
