"""documentation-updated: where the files of a merged pull request are, and whether it touched Markdown files."""

from collections.abc import Iterator
from typing import NamedTuple

from core.errors import NotAvailable
from core.events import SignedTriggerEvent
from core.metric import CollectContext, Metric
from core.metrics._predicates import is_merged_pull_request
from core.metrics._pull_request import closed_pull_request_key, head_sha, pull_request_path
from core.payload import Fields

LISTED_AT_MOST = 3000
"""GitHub's limit: https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files"""

PATHS_AT_MOST, LONGEST_PATH = 100, 255


class PullRequestFiles(NamedTuple):
    """The files that the pull request changes."""

    over_100_files: bool
    """Whether there are more than 100."""
    md_files_changed: int
    """How many Markdown files it adds or changes; a removed one is not counted, nor does case matter."""


class Paths(NamedTuple):
    """Which parts of the repository the pull request changes."""

    names: list[str]
    """The folders of its files to two levels with a `/` at the end, such as `services/api/`, and its files in the root; sorted."""
    cut: bool
    """Whether there may be more than the 100 that are listed."""


class Output(NamedTuple):
    """One merged pull request."""

    pr_id: int
    """The pull request's id (not its number)."""
    head_sha: str | None
    """The last commit of its branch."""
    pr_files: PullRequestFiles | None
    """Its files; null if GitHub could not be read, or cannot compute its diff."""
    paths: Paths | None
    """Where its files are, also those that it removes or moves away; null as `pr_files` is."""


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload, and every page of the pull request's files."""
    pull_request = event.fields("pull_request")
    path = f"{pull_request_path(event)}/files"
    listed = context.try_read(lambda: _list_files(context, path))
    is_cut = listed is not None and _is_cut(listed, pull_request, context)
    return Output(
        pr_id=pull_request.integer("id"),
        head_sha=head_sha(pull_request),
        pr_files=None if listed is None else PullRequestFiles(listed.files > 100, listed.markdown),
        paths=None if listed is None else _paths(listed, context, is_cut=is_cut),
    )


class _Listed(NamedTuple):
    files: int
    markdown: int
    places: frozenset[str]
    has_more_places: bool


def _list_files(context: CollectContext, path: str) -> _Listed | None:
    """Count page by page, to save memory: a listed file contains its patch. Return None if GitHub cannot compute the diff.

    GitHub then answers 422, for hours and whatever the size: https://github.com/googleapis/repo-automation-bots/issues/4475,
    https://github.com/sonichi/sutando/pull/3159
    """
    files = markdown = 0
    places, has_more_places = set[str](), False
    try:
        for listed in context.github.pages(path):
            file = Fields(listed, f"files[{files}]")
            markdown += _is_updated_markdown(file)
            for place in _places(file):
                if len(places) < PATHS_AT_MOST and len(place) <= LONGEST_PATH:
                    places.add(place)
                has_more_places |= place not in places
            files += 1
    except NotAvailable:
        context.add_anomaly("diff_not_available")
        return None
    return _Listed(files, markdown, frozenset(places), has_more_places)


def _is_cut(listed: _Listed, pull_request: Fields, context: CollectContext) -> bool:
    """Return whether the list may lack files: GitHub lists no more, and does not say that these are all."""
    changed_files = pull_request.integer_or_none("changed_files")
    if listed.files >= LISTED_AT_MOST and (changed_files or 0) > listed.files:
        context.add_anomaly("file_list_truncated")
    return listed.files >= LISTED_AT_MOST and changed_files != listed.files


def _paths(listed: _Listed, context: CollectContext, *, is_cut: bool) -> Paths:
    if listed.has_more_places:
        context.add_anomaly("paths_truncated")
    return Paths(sorted(listed.places), listed.has_more_places or is_cut)


def _places(file: Fields) -> Iterator[str]:
    """Yield the place of a file, and of a moved file also the place that it leaves; a copy leaves its source as it is."""
    moved = file.text_or_none("previous_filename") if file.text_or_none("status") == "renamed" else None
    for path in (file.text("filename"), moved):
        if path is not None:
            folders = path.split("/")[:-1][:2]
            yield "".join(f"{folder}/" for folder in folders) or path


def _is_updated_markdown(file: Fields) -> bool:
    return file.text("filename").lower().endswith(".md") and file.text_or_none("status") != "removed"


METRIC = Metric(
    "documentation-updated", "github::pull_request", Output, is_merged_pull_request, closed_pull_request_key, collect
)
