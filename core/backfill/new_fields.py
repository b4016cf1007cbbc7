"""The fields that came with schema 2, and which of them a backfill may fill in later: docs/adr/0020-backfill-fills-only-what-is-absent.md.

A field that describes the fact itself is filled with what GitHub says now. One that describes a moment that has passed stays
null: today's labels are not those of the closing. One that only the event had stays null, too.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from core.payload import Json


class Source(StrEnum):
    """Where a field of a stored fact can still come from."""

    GITHUB = "GitHub no longer has them"
    """GitHub still has it, unless it was deleted; the text is the reason why it stays null."""
    PAST = "they describe the moment of the event, which has passed"
    EVENT = "only the event had them"


class NewFields(NamedTuple):
    """The new fields of a metric, by source; those in `past` are never filled in."""

    github: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    event: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Return all new fields: paths below `output`, `[]` after a list."""
        return (*self.github, *self.past, *self.event)


_COMMIT = ("author_kind", "assistants", "fingerprint", "title_kind", "revert_depth", "reverts_number", "number_kind")
_CHANGES = tuple(f"changes.commits[].{name}" for name in _COMMIT)
_LISTED = ("sha", "parents", "number", "reverts_sha", *_COMMIT)
_DEPLOYMENT = ("task", "production_environment", "transient_environment", "creator_kind")

NEW_FIELDS = {
    "code-review-involvement": NewFields(
        github=(
            "author_kind",
            "title_kind",
            "revert_depth",
            "reverts_sha",
            "reverts_number",
            "closes",
            "assistants",
            "head_ref",
            "timeline",
        ),
        past=("labels", "is_draft"),
    ),
    "commits-per-pr": NewFields(tuple(f"commits.commit_timestamps[].{name}" for name in _LISTED)),
    "deployment": NewFields(_DEPLOYMENT, event=("workflow_run",)),
    "deployment-status": NewFields(
        (*_DEPLOYMENT, "in_progress_at", "comparison_status", *_CHANGES), event=("workflow_run", "check_run")
    ),
    "documentation-updated": NewFields(("paths",)),
    "incident": NewFields(("all_labels", "severity", "cause_sha", "cause_number", "is_exempt"), past=("issue_type",)),
    "release-versions": NewFields(("sha", "committed_at", "tagged_at", "previous", "comparison_status", "changes")),
    "workflow-job": NewFields(
        ("labels", "runner_group_id", "runner_kind", "run_event", "workflow_path"),
        event=("environment", "deployment_id", "approval_wait"),
    ),
}
"""By metric. A metric without an entry has no new fields, so its records of schema 1 are complete."""

FILLED_LATER = frozenset(
    {
        "code-review-involvement",
        "commits-per-pr",
        "comparison",
        "deployment-status",
        "release-versions",
        "workflow-job",
    }
)
"""Metrics whose records of schema 2 have fields that may be null when the event arrives: `number_kind`, `run_event`,
`workflow_path`, and a `timeline` that GitHub refused."""

_Fields = tuple[str, ...]


def null_fields(metric: str, output: Json) -> Iterator[tuple[_Fields, Source]]:
    """Yield the new fields that stay null in a completed record, each with the reason."""
    fields = NEW_FIELDS[metric]
    if fields.past:
        yield fields.past, Source.PAST
    if fields.event and all(output.get(name) is None for name in fields.event):
        yield fields.event, Source.EVENT
    for names, is_gone in _GONE.get(metric, ()):
        if is_gone(output):
            yield names, Source.GITHUB


def _lacks_commits(output: Json) -> bool:
    commits = output.get("commits")
    items = commits.get("commit_timestamps") if type(commits) is dict else None
    return type(items) is list and any(type(item) is dict and item.get("sha") is None for item in items)


_GONE: dict[str, tuple[tuple[_Fields, Callable[[Json], bool]], ...]] = {
    "code-review-involvement": (
        (("timeline",), lambda output: output.get("merged") is True and output.get("timeline") is None),
    ),
    "commits-per-pr": ((NEW_FIELDS["commits-per-pr"].github, _lacks_commits),),
    "deployment-status": (
        (
            ("comparison_status", *_CHANGES),
            lambda output: output.get("changes") is not None and output.get("comparison_status") is None,
        ),
    ),
    "documentation-updated": ((("paths",), lambda output: output.get("paths") is None),),
    "release-versions": ((("sha", "committed_at"), lambda output: output.get("sha") is None),),
    "workflow-job": ((("run_event", "workflow_path"), lambda output: output.get("run_event") is None),),
}
"""By metric: fields that GitHub says of every fact, and whether a completed record lacks them."""
