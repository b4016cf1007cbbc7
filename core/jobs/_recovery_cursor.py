"""Stores the progress of recovery for one webhook in a file that is written only after the records are durable."""

import json
from typing import Any, NamedTuple

from core.errors import TelemetryError
from core.github.webhooks import Hook
from core.job import JobOutcome
from core.payload import parse_json
from core.services import JobServices


class ConcurrentRunError(TelemetryError):
    """Another copy of the job is running on the same webhook."""


class Failed(NamedTuple):
    """A delivery that our webhook did not accept."""

    id: int
    guid: str
    event: str
    delivered_at: int
    """UNIX ms."""
    reason: str = ""
    """Why it is not recovered yet, or cannot be."""
    failed_reads: int = 0
    """How many runs ended in a failed read of GitHub for it."""


class Cursor(NamedTuple):
    """The state of a webhook's deliveries."""

    through: int = 0
    """Every delivery up to this id was scanned: accepted, recovered, pending or lost."""
    pending: tuple[Failed, ...] = ()
    """Deliveries to recover."""
    lost: tuple[Failed, ...] = ()
    """Deliveries that cannot be recovered, each with its reason."""
    newest: int = 0
    """The newest id of an interrupted scan."""
    following: dict[str, str] | None = None
    """The page parameters at which an interrupted scan resumes."""
    newest_at: int = 0
    """The newest `delivered_at` of an interrupted scan (UNIX ms)."""
    scanned_to: int = 0
    """The newest `delivered_at` of a finished scan (UNIX ms); 0 in a cursor of the format without `known`."""
    known: tuple[tuple[int, int], ...] = ()
    """Failed deliveries of the overlap that are or were pending: id and `delivered_at`."""


def path_of(hook: Hook, services: JobServices) -> str:
    """Return the path of the cursor's file."""
    return f"{services.settings.root}_system/recovery/{services.settings.github_host}/{hook.key}.json"


def read(hook: Hook, services: JobServices) -> tuple[Cursor, bytes | None]:
    """Return the cursor, and the bytes that `write` must find. An invalid file is ignored and the scan restarts."""
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
        services.log("warning", "job", JobOutcome.CURSOR_UNREADABLE, reason=path_of(hook, services))
        return Cursor(), content


def write(cursor: Cursor, old: bytes | None, hook: Hook, services: JobServices) -> bytes:
    """Write the cursor and return its bytes. Raises ConcurrentRunError if another run has written meanwhile."""
    fields: dict[str, Any] = cursor._asdict()
    fields |= {name: [item._asdict() for item in fields[name]] for name in ("pending", "lost")}
    new = (json.dumps(fields, separators=(",", ":")) + "\n").encode()
    if new != old and not services.store.compare_and_swap(path_of(hook, services), old, new):
        raise ConcurrentRunError(f"another run of this job is working on the webhook {hook.id}: this one stops")
    return new
