"""GitHub's webhooks and their deliveries, as its REST API tells them: of a repository, an organisation, or our App.

https://docs.github.com/en/rest/repos/webhooks, https://docs.github.com/en/rest/orgs/webhooks,
https://docs.github.com/en/rest/apps/webhooks
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from core.errors import PermanentError, TransientReadError
from core.payload import Fields, Json
from core.ports import GitHubBrowser
from core.setting_types import APP

if TYPE_CHECKING:
    from core.settings import Settings

STALE = 5
"""Pages in a row without a delivery that is not on the pages before: empty, or the same again."""


class HookOwner(NamedTuple):
    """Whose webhooks they are: `octo-org/hello-world`, `octo-org` for an organisation's, or APP for our GitHub App's."""

    name: str

    @property
    def is_app(self) -> bool:
        """Whether it is the App, which has one webhook, of which there is no list."""
        return self.name == APP

    @property
    def path(self) -> str:
        """Where its webhooks are listed; of the App, the webhook itself."""
        if self.is_app:
            return "/app/hook"
        return f"/{'repos' if '/' in self.name else 'orgs'}/{self.name}/hooks"


class Hook(NamedTuple):
    """One webhook."""

    owner: HookOwner
    id: int
    active: bool
    events: tuple[str, ...]
    url: str
    content_type: str
    """`json` or `form`."""
    insecure: bool
    """Whether GitHub delivers without verifying our side's certificate."""

    @property
    def path(self) -> str:
        """Of the webhook itself."""
        return self.owner.path if self.owner.is_app else f"{self.owner.path}/{self.id}"

    @property
    def key(self) -> str:
        """Its id, by which files are called; an App's might be some webhook's, too."""
        return f"app-{self.id}" if self.owner.is_app else str(self.id)


class Delivery(NamedTuple):
    """One attempt to deliver one event; `guid` is the same for all attempts."""

    id: int
    """Grows from one attempt to the next."""
    guid: str
    event: str
    status_code: int
    """What our side answered; GitHub's own word (a 5xx or 0) where nothing answered."""
    delivered_at: int
    """UNIX ms."""
    action: str | None = None
    """The payload's `action`, if it has one."""
    repository_id: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether our side took it."""
        return 200 <= self.status_code < 300


class Page(NamedTuple):
    """Some deliveries, the newest first, and what to ask for the next; None: there are no more."""

    deliveries: list[Delivery]
    following: Mapping[str, str] | None


def hooks(github: GitHubBrowser, owner: HookOwner) -> list[Hook]:
    """All of them; raises PermanentError where there is no such owner, or the token may not see its webhooks."""
    if owner.is_app:
        app = github.object("/app")
        return [_hook(owner, Fields({**app, "config": github.object("/app/hook/config")}))]
    return [_hook(owner, Fields(item)) for item in github.pages(owner.path)]


def find_own_webhooks(github: GitHubBrowser, owner: str, settings: "Settings") -> list[Hook]:
    """Those that lead to us, by WEBHOOK_URL; without it all that end as ours does.

    Raises PermanentError where there is none of an owner that WATCHED_HOOKS names: a watched repository may have its
    organisation's.
    """
    candidates, url = hooks(github, HookOwner(owner)), settings.webhook_url
    ours = [hook for hook in candidates if (hook.url == url if url else hook.url.rstrip("/").endswith("/telemetry"))]
    if not ours and settings.watched_hooks:
        raise PermanentError("there is none that leads to us")
    return ours


def deliveries(github: GitHubBrowser, hook: Hook, start: Mapping[str, str] | None = None) -> Iterator[Page]:
    """Page by page back in time, from the newest on or from where an earlier look was cut short.

    Raises TransientReadError for a list that does not end: its cursor comes again, or STALE pages bring no other delivery.
    GitHub keeps them for three days: https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
    """
    query, queries, ids, stale = start, [start], set[int](), 0
    while True:
        items, query = github.page(f"{hook.path}/deliveries", query)
        page = [_delivery(Fields(item)) for item in items]
        stale = 0 if any(delivery.id not in ids for delivery in page) else stale + 1
        ids.update(delivery.id for delivery in page)
        yield Page(page, query)
        if query is None:
            return
        if query in queries or stale == STALE:
            raise TransientReadError(f"GET {hook.path}/deliveries: the pages lead in a loop")
        queries.append(query)


def payload(github: GitHubBrowser, hook: Hook, delivery_id: int) -> Json:
    """What was sent; raises PermanentError where GitHub has it no more, MalformedPayload where it tells no payload."""
    fields = Fields(github.object(f"{hook.path}/deliveries/{delivery_id}"))
    return fields.child("request").child("payload").data


def _hook(owner: HookOwner, fields: Fields) -> Hook:
    config = fields.child("config")
    events = fields.data.get("events")
    names = tuple(event for event in events if type(event) is str) if type(events) is list else ()
    return Hook(
        owner,
        fields.integer("id"),
        fields.flag_or_none("active") is not False,
        names,
        config.text_or_none("url") or "",
        config.text_or_none("content_type") or "form",
        str(config.data.get("insecure_ssl", "0")) == "1",
    )


def _delivery(fields: Fields) -> Delivery:
    return Delivery(
        fields.integer("id"),
        fields.text("guid"),
        fields.text("event"),
        fields.integer_or_none("status_code") or 0,
        fields.time("delivered_at") or 0,
        fields.text_or_none("action"),
        fields.integer_or_none("repository_id"),
    )
