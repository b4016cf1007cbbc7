"""How far recovery has come with one webhook: a file of the store, written only after what it says is durable."""

import json
from typing import Any, NamedTuple

from core.errors import TelemetryError
from core.github.webhooks import Hook
from core.payload import parse_json
from core.services import JobServices


class ConcurrentRunError(TelemetryError):
    """Another copy of the job is at work on the same webhook."""


class Failed(NamedTuple):
    """A delivery that our side did not take."""

    id: int
    guid: str
    event: str
    delivered_at: int
    """UNIX ms."""
    reason: str = ""
    """Why it could not be recovered yet, or never."""


class Cursor(NamedTuple):
    """What is known of a webhook's deliveries."""

    through: int = 0
    """Every delivery up to this id was looked at: taken, recovered, or below."""
    pending: tuple[Failed, ...] = ()
    """To be recovered."""
    lost: tuple[Failed, ...] = ()
    """What can never be: each with its reason."""
    newest: int = 0
    """While a look back was cut short: where it began …"""
    following: dict[str, str] | None = None
    """… and what to ask GitHub for to go on."""
    newest_at: int = 0
    """The newest `delivered_at` of a look back that was cut short (UNIX ms)."""
    scanned_to: int = 0
    """The newest `delivered_at` of a scan that came to its end (UNIX ms); 0 in a cursor of the format without `known`."""
    known: tuple[tuple[int, int], ...] = ()
    """Failed deliveries of the overlap that are or were pending: id and `delivered_at`."""


def path_of(hook: Hook, services: JobServices) -> str:
    """Where the file is."""
    return f"{services.settings.root}_system/recovery/{services.settings.github_host}/{hook.key}.json"


def read(hook: Hook, services: JobServices) -> tuple[Cursor, bytes | None]:
    """The cursor, and the bytes that `write` must find; a file that is none begins from the start, which repeats nothing."""
    content = services.store.read(path_of(hook, services))
    if content is None:
        return Cursor(), None
    try:
        fields = parse_json(content)
        pending, lost = (tuple(Failed(**item) for item in fields[name]) for name in ("pending", "lost"))
        known = tuple((int(id), int(at)) for id, at in fields.get("known", ()))
        position = (int(fields["newest"]), fields["following"], int(fields.get("newest_at", 0)))
        return Cursor(
            int(fields["through"]), pending, lost, *position, int(fields.get("scanned_to", 0)), known
        ), content
    except (ValueError, TypeError, KeyError):
        services.log("warning", "job", "cursor-unreadable", reason=path_of(hook, services))
        return Cursor(), content


def write(cursor: Cursor, old: bytes | None, hook: Hook, services: JobServices) -> bytes:
    """The new bytes; raises ConcurrentRunError where somebody else has written meanwhile."""
    fields: dict[str, Any] = cursor._asdict()
    fields |= {name: [item._asdict() for item in fields[name]] for name in ("pending", "lost")}
    new = (json.dumps(fields, separators=(",", ":")) + "\n").encode()
    if new != old and not services.store.compare_and_swap(path_of(hook, services), old, new):
        raise ConcurrentRunError(f"another copy of this job is at work on the webhook {hook.id}: this one stops")
    return new
