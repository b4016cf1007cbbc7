"""Finds a token for GitHub where developers have one already: in the environment, or in GitHub's command line."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from core.api_origin import ApiOrigin, is_of_github

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


class FoundToken(NamedTuple):
    """A token and its source."""

    value: str
    source: str
    """A variable, or `gh auth token`."""


def how_to_get_one(at: ApiOrigin) -> str:
    """Return what to do if no token was found."""
    if at.is_trusted:
        return HOW_TO_GET_ONE.format(host=at.host)
    return f"{at.refusal('a token of your environment is')}, or run `gh auth login --hostname {at.host}`"


def find_token(
    configured: str, at: ApiOrigin, environment: Mapping[str, str], ask_gh: Callable[[str], str | None]
) -> FoundToken | None:
    """Return the token of GITHUB_ACCESS_TOKEN (`configured`), of the environment or of `gh`; None if there is none.

    Of an Enterprise Server, its own variables come first: a token of github.com means nothing there. If only `.env` names the
    server, its token must be in the same file, or be the one that `gh` has for this host.
    """
    if configured:
        return FoundToken(configured, "GITHUB_ACCESS_TOKEN")
    names = _DOTCOM if is_of_github(at.host) else (*_ENTERPRISE, *_DOTCOM)
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
