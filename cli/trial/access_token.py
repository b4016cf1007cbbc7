"""Finds a token for GitHub where developers have one already: in the environment, or in GitHub's command line."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from core.settings import Settings

_DOTCOM = ("GITHUB_TOKEN", "GH_TOKEN")
_ENTERPRISE = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
"""The variables that GitHub's command line reads for github.com and *.ghe.com, and for an Enterprise Server:
https://cli.github.com/manual/gh_help_environment"""
_TIMEOUT = 10
"""Seconds: `gh` may ask a keyring."""
HOW_TO_GET_ONE = (
    "no token for {host}: run `gh auth login`, or set GITHUB_TOKEN to a classic token with the scope `repo` "
    "(https://{host}/settings/tokens; a fine-grained token cannot read check suites)"
)
NOT_SENT = (
    "GITHUB_API_URL in .env names {host}: a token of your environment is not sent there. If {host} is your GitHub Enterprise Server, "
    "set GITHUB_API_URL in the environment, or run `gh auth login --hostname {host}`"
)


class FoundToken(NamedTuple):
    """A token and its source."""

    value: str
    source: str
    """A variable, or `gh auth token`."""


class Origin(NamedTuple):
    """The server that gets the requests, and who chose it."""

    host: str
    """The host by which `gh` knows the server: github.com, not api.github.com."""
    is_of_file: bool
    """Whether only `.env` names the server. The folder may be a clone of another person's repository."""

    @property
    def is_trusted(self) -> bool:
        """Return whether the tokens of the environment may be sent there."""
        return not self.is_of_file or _is_dotcom(self.host)


def origin(settings: Settings, environment: Settings) -> Origin:
    """Return where the requests of `settings` go; `environment` are the settings without the `.env` file."""
    host = urlsplit(settings.github_api_url).hostname or ""
    is_api = host == "api.github.com" or (host.startswith("api.") and host.endswith(".ghe.com"))
    return Origin(host.removeprefix("api.") if is_api else host, settings.github_api_url != environment.github_api_url)


def configured_token(settings: Settings, environment: Settings, at: Origin) -> str:
    """Return GITHUB_ACCESS_TOKEN; empty if it is of the environment and must not be sent to the server of `.env`."""
    token = settings.github_access_token.get_secret_value()
    return token if at.is_trusted or token != environment.github_access_token.get_secret_value() else ""


def find_token(
    configured: str, at: Origin, environment: Mapping[str, str], ask_gh: Callable[[str], str | None]
) -> FoundToken | None:
    """Return the token of GITHUB_ACCESS_TOKEN (`configured`), of the environment or of `gh`; None if there is none.

    Of an Enterprise Server, its own variables come first: a token of github.com means nothing there. If only `.env` names the
    server, its token must be in the same file, or be the one that `gh` has for this host.
    """
    if configured:
        return FoundToken(configured, "GITHUB_ACCESS_TOKEN")
    names = _DOTCOM if _is_dotcom(at.host) else (*_ENTERPRISE, *_DOTCOM)
    for name in names if at.is_trusted else ():
        value = environment.get(name, "").strip()
        if value:
            return FoundToken(value, name)
    of_gh = ask_gh(at.host)
    return FoundToken(of_gh, "`gh auth token`") if of_gh else None


def ask_gh(host: str) -> str | None:
    """Return the token of GitHub's command line; None if it is not installed, or not logged in at the host.

    https://cli.github.com/manual/gh_auth_token
    """
    program = shutil.which("gh")
    # Windows searches the working folder first, which may be a clone of another person's repository
    if program is None or not Path(program).is_absolute():
        return None
    try:
        done = subprocess.run(
            [program, "auth", "token", "--hostname", host],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    token = done.stdout.strip()
    return token if done.returncode == 0 and token else None


def _is_dotcom(host: str) -> bool:
    return host == "github.com" or host.endswith(".ghe.com")
