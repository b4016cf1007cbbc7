"""Make the addresses of what an item of evidence is about: its commit, pull request, deployments, run, release and issue.

Each part comes from a record and is checked, so that an address leads to the repository and to nothing else. The pages are
those that GitHub's REST API names as `html_url`: https://docs.github.com/en/rest/deployments/environments (an environment's
deployments; GitHub has no page of one deployment), /commits/commits, /pulls/pulls, /actions/workflow-runs, /releases/releases,
/issues/issues. A page of GitHub Enterprise Server has the same path on its own host.
"""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

from core.events import is_account_name, is_repository_name
from warehouse.report.model import Evidence

PATHS = {
    "commit": "/commit/",
    "pull_request": "/pull/",
    "deployments": "/deployments/activity_log?environments_filter=",
    "run": "/actions/runs/",
    "job": "/job/",
    "release": "/releases/tag/",
    "issue": "/issues/",
}
"""What follows the repository's address in the address of a page; the id comes last. `job` follows that of the run."""
STATUSES = "statuses"
"""The deployments that GitHub lists by environment."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ID = re.compile(r"[0-9]{1,20}")


class Links(NamedTuple):
    """Addresses of pages; None where the records do not say what it would lead to."""

    commit: str | None = None
    pull_request: str | None = None
    deployments: str | None = None
    """The deployments to the environment: GitHub has no page of one of them."""
    run: str | None = None
    """The workflow run, or its job."""
    release: str | None = None
    issue: str | None = None
    """The incident."""
    record: str | None = None
    """The record's file, if the records are in a repository on GitHub."""


def links(item: Evidence, records_url: str = "") -> Links:
    """Return the addresses of what an item is about; `records_url` is the address of the folder of the records."""
    own = repository_url(item.host, item.repository)
    code = repository_url(item.host, item.code_repository or item.repository)
    issues = repository_url(item.host, item.issue_repository or item.repository)
    return Links(
        commit=_page(code, "commit", sha(item)),
        pull_request=_page(code, "pull_request", number(item.number)),
        deployments=_page(own, "deployments", environment(item)),
        run=_run(own, item),
        release=_page(own, "release", tag(item.tag)),
        issue=_page(issues, "issue", number(item.issue)),
        record=records_url + quote(item.path) if records_url and item.path else None,
    )


def repository_url(host: str, repository: str) -> str | None:
    """Return the address of a repository's page; None if it is no host or no name of a repository."""
    owner, _, name = repository.partition("/")
    if not _HOST.fullmatch(host) or not is_account_name(owner) or not is_repository_name(name):
        return None
    return f"https://{host}/{owner}/{name}"


def sha(item: Evidence) -> str | None:
    """Return the item's commit if it is the whole name of one."""
    return item.sha if item.sha and _SHA.fullmatch(item.sha) else None


def number(value: int | None) -> str | None:
    """Return the number of an issue or a pull request as text."""
    return str(value) if value is not None and value > 0 else None


def environment(item: Evidence) -> str | None:
    """Return the environment of a deployment as a part of an address, if GitHub lists the deployments by environment."""
    is_listed = item.deployments == STATUSES and item.deployment and item.environment
    return quote(item.environment, safe="") if is_listed else None


def run_id(value: str | None) -> str | None:
    """Return the id of a workflow run or a job, if it is one."""
    return value if value and _ID.fullmatch(value) else None


def tag(name: str | None) -> str | None:
    """Return a tag as a part of an address; `.` and `..` are steps and no tags."""
    text = unquote(name or "")
    return quote(text, safe="") if text not in ("", ".", "..") else None


def _run(repository: str | None, item: Evidence) -> str | None:
    page = _page(repository, "run", run_id(item.run))
    job = run_id(item.job)
    return f"{page}{PATHS['job']}{job}" if page and job else page


def _page(repository: str | None, page: str, part: str | None) -> str | None:
    return f"{repository}{PATHS[page]}{part}" if repository and part else None
