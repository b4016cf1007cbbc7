"""`telemetry serve-gcp`: runs the Google Cloud functions on this machine."""

import os
import shlex
import signal
import time

from cli import console
from cli.listening import Port, with_port
from cli.panels import Panel
from cli.samples import SAMPLE
from core.errors import TelemetryError
from core.log import Log
from core.settings import Settings
from core.webhook import sign
from runtimes.local import server, wiring
from telemetry_functions import installation

PANEL = Panel.RUN
EXAMPLES = ("telemetry serve-gcp --port 8181",)


def command(port: Port = None) -> None:
    """Serve the Google Cloud functions against fakes.

    functions-framework serves them; Pub/Sub and Secret Manager are fakes. Ctrl-C stops.
    """
    try:
        from runtimes.local.gcp_functions import GoogleFunctions  # noqa: PLC0415 (optional extra)
    except ModuleNotFoundError as error:
        console.fail(installation.missing(str(error.name)))
    settings = with_port(console.settings(), port)
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts background processes with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    functions = GoogleFunctions(settings, Log(settings.log_level))
    try:
        with functions:
            _print_usage(functions.urls["webhook"], functions.webhook_secret, settings)
            try:
                while True:
                    time.sleep(3600)
            except KeyboardInterrupt:
                for number in (signal.SIGINT, signal.SIGTERM):  # a second Ctrl-C must not interrupt pending writes
                    signal.signal(number, signal.SIG_IGN)
                console.echo("storing accepted events")
    except TelemetryError as error:
        console.fail(str(error))
    if functions.backlog:
        console.fail(f"{functions.backlog} events could not be stored and are lost with the fake of Pub/Sub", 1)
    console.echo("stopped; what was accepted is stored")


def _print_usage(webhook: str, secret: str, settings: Settings) -> None:
    url, sample = f"{webhook}{server.PATH}", os.path.relpath(SAMPLE)
    console.echo(
        f"""
Ready: {url}  (records: {wiring.record_location(settings)}, Pub/Sub and Secret Manager: in-memory fakes)

Try it from another terminal, in this folder:
  curl -i {url} -H 'Content-Type: application/json' -H 'X-GitHub-Event: check_suite' \\
    -H 'X-Hub-Signature-256: {sign(SAMPLE.read_bytes(), secret)}' --data-binary @{shlex.quote(sample)}
then
  find {settings.store_directory} -name '*.json'

`telemetry send` signs any other payload, once GITHUB_WEBHOOK_SECRET is set for both. Ctrl-C stops it.
"""
    )
