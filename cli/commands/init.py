"""`telemetry init`: creates the data repository and `.env`."""

import os
import secrets as randomness
import sys
from pathlib import Path
from typing import Annotated, Any

import dotenv
import typer

from cli import console
from cli.panels import Panel
from cli.setup.data_repository import prepare
from core.errors import TelemetryError
from core.github.api import GitHubApi, pooled_session
from core.github.git_data import DataRepository
from core.secrets_cache import DATA_TOKEN, SecretsCache
from core.settings import Settings, SettingsError, load
from core.static_secrets import StaticSecrets

PANEL = Panel.SET_UP
EXAMPLES = ("telemetry init octo-org/telemetry-data",)
_ENV = ".env"


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
    token = settings.repo_write_access_token.get_secret_value() or _prompt_token()
    cache = SecretsCache(StaticSecrets({DATA_TOKEN: token}))
    api = GitHubApi(pooled_session(), cache, DATA_TOKEN, settings.github_api_url)
    data_repository = DataRepository(settings.repo_owner, settings.repo_name, settings.target_branch)
    try:
        for message in prepare(api, data_repository, public=public):
            console.echo(f"  {message}")
    except TelemetryError as error:
        console.fail(f"  {error}", 1)
    try:
        for message in _write(settings, token):
            console.echo(f"  {message}")
    except OSError as error:
        console.fail(f"  {_ENV} cannot be written ({error.strerror}): the repository is ready, the settings are not", 1)
    console.echo(
        "\nNext: `make run`; then add a webhook to the repositories to measure, with the secret GITHUB_WEBHOOK_SECRET "
        "of .env\nand the events that `telemetry metrics` names: see docs/GITHUB.md."
    )


def _settings(repository: str, branch: str, path: str) -> Settings:
    """Return the settings; command-line arguments override .env and the environment."""
    owner, _, name = repository.partition("/")
    arguments: dict[str, Any] = {"repo_owner": owner, "repo_name": name, "target_branch": branch, "repo_path": path}
    try:
        settings = load(_ENV, store="directory", **{key: value for key, value in arguments.items() if value})
    except SettingsError as error:
        console.fail(f"These settings are wrong:\n{error}")
    if not settings.repo_name:
        console.fail("no data repository named, for example: telemetry init octo-org/telemetry-data")
    return settings


def _prompt_token() -> str:
    try:
        token: str = typer.prompt(
            "A token that may write to it (see docs/GITHUB.md; not shown, stored in .env)", hide_input=True
        )
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        console.fail("there is no token: set REPO_WRITE_ACCESS_TOKEN in .env or the environment (docs/GITHUB.md)")
    return token.strip()


def _write(settings: Settings, token: str) -> list[str]:
    """Write missing or changed variables to .env, readable by its owner only; return messages."""
    secret = settings.github_webhook_secret.get_secret_value() or randomness.token_hex(32)
    wanted = {
        "STORE": "github",
        "REPO_OWNER": settings.repo_owner,
        "REPO_NAME": settings.repo_name,
        "TARGET_BRANCH": settings.target_branch,
        "REPO_PATH": settings.repo_path,
        "REPO_WRITE_ACCESS_TOKEN": token,
        "GITHUB_WEBHOOK_SECRET": secret,
    }
    current = {**dotenv.dotenv_values(_ENV), **os.environ}
    unset = {"TARGET_BRANCH": "main"}
    missing = {
        name: value for name, value in wanted.items() if value and value != (current.get(name) or unset.get(name))
    }
    Path(_ENV).touch(mode=0o600)
    Path(_ENV).chmod(0o600)
    for name, value in missing.items():
        dotenv.set_key(_ENV, name, value)
    return [f"{_ENV}: set {', '.join(missing)}"] if missing else [f"{_ENV} is correct"]
