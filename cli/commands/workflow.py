"""`telemetry workflow`: prints the report workflow for a data repository."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import requests
import typer
import urllib3

from cli import console
from cli.panels import Panel
from cli.publishing import workflow
from core.errors import ResponseTooLarge, TelemetryError
from core.github.bounded_response import Limits, Unreadable, read_body
from telemetry_functions.installation import REPOSITORY

PANEL = Panel.SET_UP
EXAMPLES = ("telemetry workflow > .github/workflows/report.yml",)
_LONGEST = 100_000


def command(
    release: Annotated[str, typer.Option(help="Version to install (default: this version).")] = "",
    repository: Annotated[str, typer.Option(help="URL of the repository with the releases, for forks.")] = REPOSITORY,
    sums: Annotated[str, typer.Option(help="Local SHA256SUMS file of the release (default: download it).")] = "",
) -> None:
    """Print a GitHub workflow that publishes the report.

    It belongs into the data repository, as .github/workflows/report.yml.
    """
    address = workflow.address(release or version("telemetry-functions"), repository)
    try:
        console.echo_document(workflow.render(address, _read(sums) if sums else _fetch(f"{address}/SHA256SUMS")))
    except TelemetryError as error:
        console.fail(str(error), 1)


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        console.fail(f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8'}")


def _fetch(url: str) -> str:
    def read(response: requests.Response, **_: Any) -> None:
        read_body(response, Limits(size=_LONGEST))

    try:
        response = requests.get(
            url, timeout=20, stream=True, headers={"Accept-Encoding": "gzip"}, hooks={"response": read}
        )
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ResponseTooLarge, Unreadable) as error:
        console.fail(f"{url} cannot be fetched ({type(error).__name__}): --sums takes a file", 1)
    if response.status_code == 404:  # also of a private repository, as no token is sent
        console.fail(
            f"{url}: 404: there is no such release, or it is private: --release names another, --sums a file", 1
        )
    if response.status_code != 200:
        console.fail(f"{url}: {response.status_code}: try again later; --sums takes a file", 1)
    return response.text
