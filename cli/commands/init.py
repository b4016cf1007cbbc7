"""`telemetry init`: creates the data repository and `.env`."""

import secrets as randomness
import sys
from typing import Annotated, Any

import typer

from cli import console
from cli.panels import Panel
from cli.setup import env_file
from cli.setup.data_repository import prepare
from core.errors import TelemetryError
from core.github.api import GitHubApi, pooled_session
from core.github.git_data import DataRepository
from core.secrets_cache import DATA_TOKEN, SecretsCache
from core.settings import Settings, SettingsError, load
from core.static_secrets import StaticSecrets
from telemetry_functions.installation import instruction

PANEL = Panel.SET_UP
EXAMPLES = ("telemetry init octo-org/telemetry-data",)
_TOKEN = "REPO_WRITE_ACCESS_TOKEN"  # noqa: S105 (the name of a variable)


def command(
    repository: Annotated[str, typer.Argument(help="OWNER/NAME of the data repository (default: from .env).")] = "",
    branch: Annotated[
        str, typer.Option(help="Branch of the data repository (default: TARGET_BRANCH, else main).")
    ] = "",
    path: Annotated[str, typer.Option(help="Folder in the data repository (default: REPO_PATH, else its root).")] = "",
    *,
    public: Annotated[
        bool, typer.Option("--public", help="Create a public repository instead of a private one.")
    ] = False,
) -> None:
    """Create the data repository and .env.

    What exists is checked. Records are then committed to GitHub.
    """
    settings = _settings(repository, branch, path)
    token = settings.repo_write_access_token.get_secret_value() or _read_token(settings.api_origin.host)
    cache = SecretsCache(StaticSecrets({DATA_TOKEN: token}))
    api = GitHubApi(pooled_session(), cache, DATA_TOKEN, settings.github_api_url)
    data_repository = DataRepository(settings.repo_owner, settings.repo_name, settings.target_branch)
    try:
        for message in prepare(api, data_repository, public=public):
            console.echo(f"  {message}")
    except TelemetryError as error:
        console.fail(f"  {error}", 1)
    try:
        for message in env_file.set_variables(_variables(settings, token)):
            console.echo(f"  {message}")
    except TelemetryError as error:
        console.fail(f"  {error}: the repository is ready, the settings are not", 1)
    console.echo(f"\n{_next_steps(settings)}")


def _settings(repository: str, branch: str, path: str) -> Settings:
    """Return the settings; command-line arguments override .env and the environment."""
    owner, _, name = repository.partition("/")
    if repository and not (owner and name):  # else the other half would come from .env
        console.fail(f"which repository? Name OWNER/NAME, for example octo-org/telemetry-data, not {repository!r}")
    arguments: dict[str, Any] = {"repo_owner": owner, "repo_name": name, "target_branch": branch, "repo_path": path}
    try:
        chosen = {key: value for key, value in arguments.items() if value}
        settings = console.with_sendable_tokens(load(env_file.NAME, store="directory", **chosen))
    except SettingsError as error:
        console.fail(f"These settings are wrong:\n{error}")
    if not settings.repo_name:
        console.fail("no data repository named, for example: telemetry init octo-org/telemetry-data")
    return settings


def _read_token(host: str) -> str:
    """Prompt for the token, which is sent to `host`, on a terminal; otherwise read it from the first line of standard input."""
    if sys.stdin.isatty():
        prompt = f"A token of {host} that may write to it (see docs/GITHUB.md; not shown, stored in {env_file.NAME})"
        token: str = typer.prompt(prompt, hide_input=True)
        return token.strip()
    token = sys.stdin.readline().strip()
    if not token:
        console.fail(
            f"no token, and no terminal to ask for one: set {_TOKEN} in {env_file.NAME} or the environment, or pipe the "
            "token to this command (docs/GITHUB.md)"
        )
    return token


def _variables(settings: Settings, token: str) -> dict[str, str]:
    """Return the variables of the data repository and the webhook secret; generate a secret if none is set."""
    return {
        "STORE": "github",
        "REPO_OWNER": settings.repo_owner,
        "REPO_NAME": settings.repo_name,
        "TARGET_BRANCH": settings.target_branch,
        "REPO_PATH": settings.repo_path,
        _TOKEN: token,
        "GITHUB_WEBHOOK_SECRET": settings.github_webhook_secret.get_secret_value() or randomness.token_hex(32),
    }


def _next_steps(settings: Settings) -> str:
    lines = [
        f"Next: deploy to a cloud (docs/DEPLOY.md), or start a server on this machine with `{instruction('run')}`. Then add the webhook:"
    ]
    if not settings.github_access_token.get_secret_value():
        lines.insert(0, "Set GITHUB_ACCESS_TOKEN in .env: the token that reads the sources (docs/GITHUB.md, step 2).")
    add = "`telemetry webhook add OWNER/NAME"
    urls = (
        (f"--url {settings.webhook_url}`",)
        if settings.webhook_url
        else ("--deployed aws`", "--url https://YOUR-ADDRESS/telemetry`")
    )
    return "\n".join([*lines, *(f"  {add} {url}" for url in urls)])
