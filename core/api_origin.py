"""Decides which secrets may be sent to the server of GITHUB_API_URL.

A folder may be a clone of another person's repository, and its `.env` may name a server that collects tokens. So a server that only
`.env` names, and that is not GitHub's own, gets no secret that comes from elsewhere.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

NOT_SENT = (
    "GITHUB_API_URL in .env names {host}: {what} not sent there. If {host} is your GitHub Enterprise Server, "
    "set GITHUB_API_URL in the environment"
)


class ApiOrigin(NamedTuple):
    """The server that gets the requests, and who chose it."""

    host: str
    """The host by which `gh` knows the server: github.com, not api.github.com."""
    is_of_file: bool
    """Whether only `.env` names the server."""
    withheld: tuple[str, ...] = ()
    """The variables of the environment whose secrets must not be sent to the server; tokens are taken out of the settings."""

    @property
    def is_trusted(self) -> bool:
        """Return whether secrets from outside of `.env` may be sent there."""
        return not self.is_of_file or is_of_github(self.host)

    def refusal(self, what: str) -> str:
        """Return why something is not sent there, and what to do; `what` ends with its verb, as `the token is`."""
        return NOT_SENT.format(host=self.host, what=what)


def host_of(api_url: str) -> str:
    """Return the host by which `gh` knows the server of an API's URL; empty if the URL has none."""
    host = urlsplit(api_url).hostname or ""
    is_api = host == "api.github.com" or (host.startswith("api.") and host.endswith(".ghe.com"))
    return host.removeprefix("api.") if is_api else host


def is_of_github(host: str) -> bool:
    """Return whether GitHub runs the server: github.com, or a tenant of ghe.com."""
    return host == "github.com" or host.endswith(".ghe.com")
