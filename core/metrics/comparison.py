"""comparison: which commits one commit has and another has not, for a pair that no deployment compared.

The event is our own, not GitHub's: `telemetry backfill --services` creates it for pairs that services, aliases and exclusions
need. Its payload is `{"owner": "octo-org", "repo": "hello-world", "repository_id": 186853002, "base": SHA, "head": SHA}`;
`repository_id` is optional. The SHAs are complete. A pair that is sent again is the same fact.
"""

import re
from typing import NamedTuple

from core.errors import MalformedPayload
from core.events import SignedTriggerEvent, repository_of
from core.metric import NO_DAY, CollectContext, Key, Metric
from core.metrics._comparison import Changes, compare_commits
from core.payload import Fields

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)


class Output(NamedTuple):
    """One pair of commits."""

    base: str
    """The commit that is compared with, such as that of the deployment before."""
    head: str
    """The commit that is compared, such as that of a deployment."""
    status: str | None
    """Where `head` is, seen from `base`: `ahead`, `behind`, `diverged` or `identical`; null if GitHub cannot compare them."""
    changes: Changes | None
    """The commits that `head` has and `base` has not; null if GitHub cannot compare them."""


def applies(_: SignedTriggerEvent) -> bool:
    """Select every event: it has no other use."""
    return True


def key(event: SignedTriggerEvent) -> Key:
    """Return the key `{base}-{head}`: what two commits hold does not change."""
    payload = event.fields()
    return Key((_sha(payload, "base"), _sha(payload, "head")), day=NO_DAY)


def _sha(payload: Fields, name: str) -> str:
    """Return a complete SHA in lower case: a part of one could soon begin another commit, and each spelling would be a fact."""
    sha = payload.text(name).lower()
    if not _SHA.fullmatch(sha):
        raise MalformedPayload(f"{name}: expected a complete SHA")
    return sha


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read GitHub's comparison. Raises NotFound if GitHub has no such repository: then nothing is known of the pair."""
    payload, repository = event.fields(), repository_of(event)
    base, head = _sha(payload, "base"), _sha(payload, "head")
    comparison = compare_commits(repository, base, head, context)
    if comparison is None:
        if not (context.has_answered or context.read_failed):
            context.try_read(lambda: context.github.object(f"/repos/{repository.owner}/{repository.name}"))
        return Output(base, head, None, None)
    return Output(base, head, comparison.status, comparison.changes)


METRIC = Metric("comparison", "deven::comparison", Output, applies, key, collect, repository_scoped=True)
