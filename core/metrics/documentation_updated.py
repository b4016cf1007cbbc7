"""documentation-updated: whether a merged pull request touched Markdown files."""

from typing import NamedTuple

from core.errors import NotAvailable
from core.events import SignedTriggerEvent
from core.metric import CollectContext, Metric
from core.metrics._predicates import is_merged_pull_request
from core.metrics._pull_request import closed_pull_request_key, head_sha, pull_request_path
from core.payload import Fields

LISTED_AT_MOST = 3000
"""GitHub's limit: https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files"""


class PullRequestFiles(NamedTuple):
    """The files that the pull request changes."""

    over_100_files: bool
    """Whether there are more than 100."""
    md_files_changed: int
    """How many Markdown files it adds or changes; a removed one is not counted, nor does case matter."""


class Output(NamedTuple):
    """One merged pull request."""

    pr_id: int
    """The pull request's id (not its number)."""
    head_sha: str | None
    """The last commit of its branch."""
    pr_files: PullRequestFiles | None
    """Its files; null if GitHub could not be read, or cannot compute its diff."""


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload, and every page of the pull request's files."""
    pull_request = event.fields("pull_request")
    path = f"{pull_request_path(event)}/files"
    listed = context.try_read(lambda: _list_files(context, path))
    return Output(
        pr_id=pull_request.integer("id"),
        head_sha=head_sha(pull_request),
        pr_files=None if listed is None else _files(listed, pull_request, context),
    )


class _Listed(NamedTuple):
    files: int
    markdown: int


def _list_files(context: CollectContext, path: str) -> _Listed | None:
    """Count page by page, to save memory: a listed file contains its patch. Return None if GitHub cannot compute the diff.

    GitHub then answers 422, for hours and whatever the size: https://github.com/googleapis/repo-automation-bots/issues/4475,
    https://github.com/sonichi/sutando/pull/3159
    """
    files = markdown = 0
    try:
        for file in context.github.pages(path):
            markdown += _is_updated_markdown(Fields(file, f"files[{files}]"))
            files += 1
    except NotAvailable:
        context.add_anomaly("diff_not_available")
        return None
    return _Listed(files, markdown)


def _files(listed: _Listed, pull_request: Fields, context: CollectContext) -> PullRequestFiles:
    changed_files = pull_request.integer_or_none("changed_files") or 0
    if listed.files >= LISTED_AT_MOST and changed_files > listed.files:
        context.add_anomaly("file_list_truncated")
    return PullRequestFiles(listed.files > 100, listed.markdown)


def _is_updated_markdown(file: Fields) -> bool:
    return file.text("filename").lower().endswith(".md") and file.text_or_none("status") != "removed"


METRIC = Metric(
    "documentation-updated", "github::pull_request", Output, is_merged_pull_request, closed_pull_request_key, collect
)
