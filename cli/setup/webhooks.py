"""Makes, compares and removes our webhook of a repository or an organisation.

https://docs.github.com/en/rest/repos/webhooks, https://docs.github.com/en/rest/orgs/webhooks
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from core.errors import PermanentError, Unavailable
from core.github.api import GitHubApi, TransportError
from core.github.webhooks import Hook, HookOwner, hooks
from core.metrics import events_of_github
from core.ports import GitHubBrowser

_RIGHT = (
    "the token may not administer its webhooks: fine-grained *Webhooks: read and write*, classic `admin:repo_hook`, or of an "
    "organisation `admin:org_hook`; or there is no such repository or organisation"
)


class Writer:
    """What is written about webhooks at GitHub; `whose` they are, errors say. Raises Unavailable."""

    def __init__(self, api: GitHubApi, whose: str) -> None:
        self._api = api
        self._whose = whose

    def send(self, method: str, path: str, told: Any, good: int) -> None:
        """One request, which must be answered so."""
        try:
            answer = self._api.send(method, f"{self._api.url}{path}", json=told, redirects=False)
        except TransportError as error:
            raise Unavailable(str(error)) from None
        if self._api.rate_limit(answer) is not None:
            raise Unavailable("GitHub wants fewer requests (rate limit): try again later")
        if answer.status_code in (401, 403, 404):
            raise Unavailable(f"{self._whose}: {_RIGHT} ({answer.status_code})")
        if answer.status_code != good:
            raise Unavailable(f"{method} {path}: GitHub answered {answer.status_code}")


class Webhooks:
    """Those of one owner, OWNER or OWNER/NAME; `url` is our webhook's. Raises Unavailable, which names the missing right."""

    def __init__(self, github: GitHubBrowser, api: GitHubApi, owner: str, url: str) -> None:
        self._github = github
        self._owner = HookOwner(owner)
        self._writer = Writer(api, self._owner.name)
        self._url = url

    def all(self) -> list[Hook]:
        """Every webhook that the owner has, others' too."""
        try:
            return hooks(self._github, self._owner)
        except PermanentError as error:
            raise Unavailable(f"{self._owner.name}: {_RIGHT} ({error})") from None

    def add(self, secret: str) -> str:
        """One with our URL, this secret and exactly our events; one that is there is set so. What was done, in words."""
        config = {"url": self._url, "content_type": "json", "insecure_ssl": "0", "secret": secret}
        wanted: dict[str, Any] = {"active": True, "events": list(events_of_github()), "config": config}
        found = self._ours()
        if found is not None:
            self._writer.send("PATCH", found.path, wanted, 200)
            return f"the webhook {found.id} of {self._owner.name} is set as it should be"
        self._writer.send("POST", self._owner.path, {"name": "web", **wanted}, 201)
        made = self._ours()
        if made is None:
            raise Unavailable(f"{self._owner.name}: GitHub took the webhook, and does not list it")
        return f"the webhook {made.id} of {self._owner.name} is made; GitHub sends it a ping at once"

    def check(self) -> list[str]:
        """What is wrong with it, in words; empty: nothing."""
        found = self._ours()
        return (
            [f"{self._owner.name} has no webhook that leads to {self._url}"] if found is None else list(_wrong(found))
        )

    def remove(self) -> str:
        """Away with it; what was done, in words."""
        found = self._ours()
        if found is None:
            return f"{self._owner.name} has no webhook that leads to {self._url}"
        self._writer.send("DELETE", found.path, None, 204)
        return f"the webhook {found.id} of {self._owner.name} is removed"

    def _ours(self) -> Hook | None:
        return next((each for each in self.all() if each.url == self._url), None)


class _Events(NamedTuple):
    missing: list[str]
    unwanted: list[str]


def _wrong(hook: Hook) -> Iterator[str]:
    if not hook.active:
        yield "it is inactive: GitHub sends nothing"
    if hook.content_type != "json":
        yield f"its content type is {hook.content_type}, not json: it works, but each event is a third longer"
    if hook.insecure:
        yield "it does not verify our certificate (insecure_ssl)"
    events = _events(hook)
    if events.missing:
        yield f"it lacks the events {', '.join(events.missing)}: their metrics stay empty"
    if events.unwanted:
        yield f"it sends events that no metric wants: {', '.join(events.unwanted)}"


def _events(hook: Hook) -> _Events:
    wanted, told = set(events_of_github()), set(hook.events)
    if "*" in told:
        return _Events([], ["*"])
    return _Events(sorted(wanted - told), sorted(told - wanted))
