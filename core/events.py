"""The events of the pipeline: a TriggerEvent is signed, then enhanced into the records that are stored.

NamedTuples, not dataclasses: `import dataclasses` alone would cost the cold webhook 11 to 15 ms.
"""

import re
from typing import Any, NamedTuple

from core.errors import MalformedPayload
from core.payload import Fields, Json

SCHEMA = 2
"""The version of a new record's shape. Records of earlier versions stay readable: they lack the fields that came later."""
READABLE_SCHEMAS = (1, SCHEMA)
BACKFILL, RECOVERY = "backfill", "recovery"
"""Values of `collected_by`: events that no webhook delivered to us."""
_OWNER = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_-]{0,99}", re.ASCII)
"""Old accounts may begin or end with a hyphen (shinnn/github-username-regex#7), and those of Enterprise Managed Users have an
underscore. None begins with an underscore: `_system` is the store's own folder."""
_REPO = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
_RESERVED_REPOS = frozenset({".", "..", ".git"})


class TriggerEvent(NamedTuple):
    """A verified delivery, not yet identified."""

    source: str
    """`github` or `deven`: which of the two event headers named it."""
    name: str
    """The event's name, e.g. `check_suite`."""
    delivery_id: str
    """`X-GitHub-Delivery`, the same on a redelivery; derived from the body where there is none."""
    received_at: int
    """UNIX ms."""
    payload: Json
    collected_by: str = "webhook"


class SignedTriggerEvent(NamedTuple):
    """An event whose identity (signature) is one that some metric listens to."""

    trigger_event_signature: str
    """`SOURCE::NAME`, e.g. `github::check_suite`."""
    delivery_id: str
    received_at: int
    """UNIX ms."""
    payload: Json
    collected_by: str = "webhook"
    """`webhook`, `schedule`, `recovery` or `backfill`."""
    github_host: str | None = None
    """The host that the payload's own links name; None where it has none."""
    failed_reads: int = 0
    """How many attempts at this event ended in a failed read of GitHub."""
    text_facts: Json = {}  # noqa: RUF012 (never changed)
    """What its title and description say (core/payload_texts.py), under `pull_request` or `issue`; empty for other events, and
    for those that were queued before version 2 of the message."""

    def facts_of(self, key: str) -> Fields:
        """Return the facts of the texts of the payload's object at `key`; without any fields if nothing is known."""
        facts = self.text_facts.get(key)
        return Fields(facts if type(facts) is dict else {}, key)

    def fields(self, key: str | None = None) -> Fields:
        """Return the payload, or the object at `key`. Raises MalformedPayload if it is not an object."""
        fields = Fields(self.payload)
        return fields if key is None else fields.child(key)


class Repository(NamedTuple):
    """Where an event comes from; owner and name are safe as parts of a path."""

    owner: str
    name: str
    id: int | None


class EnhancedTriggerEvent(NamedTuple):
    """The stored record. The fields, in this order, are the published format (docs/METRICS.md)."""

    created_at: int
    """When the pipeline received the event (UNIX ms)."""
    owner: str
    """The source repository's owner, as GitHub spells it in the payload."""
    repo: str
    """The source repository's name, as GitHub spells it in the payload."""
    trigger_event_signature: str
    """Which event it was, e.g. `github::pull_request`."""
    metric_signature: str
    """Which metric it is, e.g. `check-suite`."""
    status: str
    """`success`, or `networkError`: some fields are null because GitHub could not be read."""
    output: Json
    """The metric's own fields."""
    id: str
    """The unique ID of the fact: `owner/repo/metric_signature/key`."""
    repository_id: int | None
    """GitHub's id of the repository: survives renames and transfers; null where the event has none."""
    github_host: str
    """`github.com`, or the Enterprise host."""
    schema: int
    """Version of this record's shape: 2. A record of schema 1 lacks the fields that came with 2."""
    delivery_id: str
    """`X-GitHub-Delivery`, or the job's own id."""
    collected_by: str
    """`webhook`, `schedule`, `recovery` or `backfill`."""
    anomalies: list[str]
    """Reasons why a number is null or doubtful, e.g. `negative_duration`; empty when none."""


class Record(NamedTuple):
    """A record and the path of its file, without REPO_PATH."""

    path: str
    event: EnhancedTriggerEvent


def is_account_name(text: str) -> bool:
    """Return whether GitHub could give an account this name, which is then safe as a folder."""
    return _OWNER.fullmatch(text) is not None


def is_repository_name(text: str) -> bool:
    """Return whether GitHub could give a repository this name, which is then safe as a folder."""
    return _REPO.fullmatch(text) is not None and text.lower() not in _RESERVED_REPOS


def repository_of(event: SignedTriggerEvent) -> Repository:
    """Return the source repository: the `repository` of a GitHub payload, or the `{owner, repo}` of our own events.

    Raises MalformedPayload if there is none, or if a name is outside GitHub's own alphabet: names become
    folders, and no payload may write outside its own.
    """
    fields = event.fields()
    if event.trigger_event_signature.startswith("deven::"):
        return _check(fields, "owner", fields, "repo", fields.integer_or_none("repository_id"))
    repository = fields.child("repository")
    return _check(repository.child("owner"), "login", repository, "name", repository.integer_or_none("id"))


def _check(owner: Fields, login: str, repo: Fields, name: str, number: int | None) -> Repository:
    if not is_account_name(owner.text(login)):
        raise MalformedPayload(f"{owner.path(login)}: not a valid name of a GitHub account")
    if not is_repository_name(repo.text(name)):
        raise MalformedPayload(f"{repo.path(name)}: not a valid name of a GitHub repository")
    return Repository(owner.text(login), repo.text(name), number)


_SCALARS = frozenset({int, str, bool, float, type(None)})


def plain(value: Any) -> Any:
    """Convert NamedTuples to dicts, recursively, for `json.dumps`."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    fields = getattr(kind, "_fields", None)
    if fields is not None:
        result = dict(zip(fields, value, strict=True))
        for name, item in result.items():
            if type(item) not in _SCALARS:
                result[name] = plain(item)
        return result
    return [plain(item) for item in value] if kind in (list, tuple) else value
