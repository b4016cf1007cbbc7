"""Makes, compares and removes our webhook of a repository or an organisation.

https://docs.github.com/en/rest/repos/webhooks, https://docs.github.com/en/rest/orgs/webhooks
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cli.setup.webhook_errors import explain_read, explain_write
from core.errors import TelemetryError, Unavailable
from core.github.api import GitHubApi, TransportError
from core.github.webhooks import Hook, HookOwner, hooks
from core.metrics import events_of_github
from core.ports import GitHubBrowser


class Writer:
    """Sends write requests about webhooks to GitHub; error messages name the `owner`. Raises Unavailable."""

    def __init__(self, api: GitHubApi, owner: str) -> None:
        self._api = api
        self._whose = owner

    def send(self, method: str, path: str, body: Any, expected: int) -> None:
        """Send a request and check the status of the response; raises Unavailable."""
        try:
            response = self._api.send(method, f"{self._api.url}{path}", json=body, redirects=False)
        except TransportError as error:
            raise Unavailable(str(error)) from None
        if self._api.rate_limit(response) is not None:
            raise Unavailable("GitHub's rate limit is reached: try again later")
        if response.status_code != expected:
            raise explain_write(self._whose, response, f"{method} {path}")


class Webhooks:
    """Webhooks of one owner, OWNER or OWNER/NAME; `url` is our payload URL. Raises Unavailable, which names the missing permission."""

    def __init__(self, github: GitHubBrowser, api: GitHubApi, owner: str, url: str) -> None:
        self._github = github
        self._owner = HookOwner(owner)
        self._writer = Writer(api, self._owner.name)
        self._url = url

    def all(self) -> list[Hook]:
        """Return all webhooks of the owner, including third-party ones."""
        try:
            return hooks(self._github, self._owner)
        except TelemetryError as error:
            raise explain_read(self._owner.name, error) from None

    def add(self, secret: str) -> str:
        """Create or update our webhook with this secret and exactly our events; return a message."""
        config = {"url": self._url, "content_type": "json", "insecure_ssl": "0", "secret": secret}
        settings: dict[str, Any] = {"active": True, "events": list(events_of_github()), "config": config}
        webhook = self.find(self.all())
        if webhook is not None:
            self._writer.send("PATCH", webhook.path, settings, 200)
            self._writer.send(
                "POST", f"{webhook.path}/pings", None, 204
            )  # GitHub pings only a new webhook automatically
            return f"the webhook {webhook.id} of {self._owner.name} has the right settings; GitHub sends it a ping"
        self._writer.send("POST", self._owner.path, {"name": "web", **settings}, 201)
        created = self.find(self.all())
        if created is None:
            raise Unavailable(f"{self._owner.name}: GitHub accepted the webhook but does not list it")
        return f"the webhook {created.id} of {self._owner.name} was created; GitHub sends it a ping"

    def check(self) -> list[str]:
        """Return the problems of our webhook as messages."""
        webhooks = self.all()
        webhook = self.find(webhooks)
        return [self.absent(webhooks)] if webhook is None else self.problems(webhook)

    def problems(self, webhook: Hook) -> list[str]:
        """Return the wrong settings of a webhook as messages."""
        return list(_problems(webhook))

    def remove(self) -> str:
        """Delete our webhook; return a message."""
        webhooks = self.all()
        webhook = self.find(webhooks)
        if webhook is None:
            return self.absent(webhooks)
        self._writer.send("DELETE", webhook.path, None, 204)
        return f"the webhook {webhook.id} of {self._owner.name} is removed"

    def absent(self, webhooks: Iterable[Hook]) -> str:
        """Return that none of the owner's webhooks has our URL, and the URLs of those that may be ours."""
        similar = ", ".join(webhook.url for webhook in webhooks if webhook.has_our_path)
        return f"{self._owner.name} has no webhook for {self._url}{f'; it has one for {similar}' if similar else ''}"

    def find(self, webhooks: Iterable[Hook]) -> Hook | None:
        """Return our webhook among those of the owner, by its payload URL."""
        return next((webhook for webhook in webhooks if webhook.url == self._url), None)


class _Events(NamedTuple):
    missing: list[str]
    unwanted: list[str]


def _problems(webhook: Hook) -> Iterator[str]:
    if not webhook.active:
        yield "it is inactive: GitHub sends nothing"
    if webhook.content_type != "json":
        yield f"its content type is {webhook.content_type}, not json: it works, but each event is a third longer"
    if webhook.insecure:
        yield "it does not verify our certificate (insecure_ssl)"
    events = _events(webhook)
    if events.missing:
        yield f"it lacks the events {', '.join(events.missing)}: their metrics stay empty"
    if events.unwanted:
        yield f"it sends events that no metric wants: {', '.join(events.unwanted)}"


def _events(webhook: Hook) -> _Events:
    wanted, selected = set(events_of_github()), set(webhook.events)
    if "*" in selected:
        return _Events([], ["*"])
    return _Events(sorted(wanted - selected), sorted(selected - wanted))
