"""Reads webhooks and their deliveries from GitHub's REST API: of a repository, an organisation, or our App.

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
"""Pages in a row without a new delivery: empty pages, or repeated ones."""


class HookOwner(NamedTuple):
    """The owner of webhooks: `octo-org/hello-world`, `octo-org` for an organisation's, or APP for our GitHub App's."""

    name: str

    @property
    def is_app(self) -> bool:
        """Whether it is the App, which has one webhook and no list of webhooks."""
        return self.name == APP

    @property
    def path(self) -> str:
        """API path of the list of webhooks; for the App, of its webhook."""
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
        """API path of the webhook."""
        return self.owner.path if self.owner.is_app else f"{self.owner.path}/{self.id}"

    @property
    def has_our_path(self) -> bool:
        """Whether its URL ends in /telemetry, as those of our deployments do."""
        return self.url.rstrip("/").endswith("/telemetry")

    @property
    def key(self) -> str:
        """The id used in file names, with a prefix for an App, whose id might equal a webhook's."""
        return f"app-{self.id}" if self.owner.is_app else str(self.id)


class Delivery(NamedTuple):
    """One attempt to deliver one event; `guid` is the same for all attempts."""

    id: int
    """Grows from one attempt to the next."""
    guid: str
    event: str
    status_code: int
    """The status of our response; GitHub's own value (a 5xx or 0) without a response."""
    delivered_at: int
    """UNIX ms."""
    action: str | None = None
    """The payload's `action`, if it has one."""
    repository_id: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether our webhook accepted it."""
        return 200 <= self.status_code < 300


class Page(NamedTuple):
    """A page of deliveries, the newest first, and the parameters of the next page, or None if it is the last."""

    deliveries: list[Delivery]
    following: Mapping[str, str] | None


def hooks(github: GitHubBrowser, owner: HookOwner) -> list[Hook]:
    """Return an owner's webhooks. Raises PermanentError if there is no such owner, or the token may not list them."""
    if owner.is_app:
        app = github.object("/app")
        return [_hook(owner, Fields({**app, "config": github.object("/app/hook/config")}))]
    return [_hook(owner, Fields(item)) for item in github.pages(owner.path)]


def find_own_webhooks(github: GitHubBrowser, owner: str, settings: "Settings") -> list[Hook]:
    """Return the webhooks whose URL is WEBHOOK_URL; if it is not set, those whose URL ends in /telemetry.

    Raises PermanentError if an owner in WATCHED_HOOKS has none; a watched repository may use its organisation's.
    """
    candidates, url = hooks(github, HookOwner(owner)), settings.webhook_url
    ours = [hook for hook in candidates if (hook.url == url if url else hook.has_our_path)]
    if not ours and settings.watched_hooks:
        raise PermanentError("no webhook has this deployment's URL")
    return ours


def deliveries(github: GitHubBrowser, hook: Hook, start: Mapping[str, str] | None = None) -> Iterator[Page]:
    """Yield the pages of deliveries, newest first, from the beginning or from the cursor of an interrupted scan.

    Raises TransientReadError for a list that does not end: a cursor repeats, or STALE pages have no new delivery.
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
            raise TransientReadError(f"GET {hook.path}/deliveries: the pages form a loop")
        queries.append(query)


def payload(github: GitHubBrowser, hook: Hook, delivery_id: int) -> Json:
    """Return a delivery's payload. Raises PermanentError if GitHub has deleted it, MalformedPayload if it has none."""
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
