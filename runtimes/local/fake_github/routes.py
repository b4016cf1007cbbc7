"""Which function answers which request."""

import re
from collections.abc import Callable
from typing import NamedTuple

from runtimes.local.fake_github import archives, committing, comparing, history, reading, repositories, trees, webhooks
from runtimes.local.fake_github.answer import Answer
from runtimes.local.fake_github.call import Call

_PAGING = frozenset({"per_page", "page"})


class Route(NamedTuple):
    """A method, what follows the repository's address, and who answers it."""

    method: str
    path: re.Pattern[str]
    respond: Callable[[Call], Answer]
    query: frozenset[str] = frozenset()

    @property
    def writes(self) -> bool:
        """Whether it takes a right to write."""
        return self.method != "GET"


def _route(method: str, path: str, respond: Callable[[Call], Answer], *query: str) -> Route:
    return Route(method, re.compile(path), respond, frozenset(query))


OF_A_REPOSITORY = (
    _route("GET", r"", repositories.get_repository),
    _route("GET", r"hooks", webhooks.get_hooks, *_PAGING),
    _route("GET", r"hooks/(?P<hook>\d+)/deliveries", webhooks.get_deliveries, "per_page", "cursor"),
    _route("GET", r"hooks/(?P<hook>\d+)/deliveries/(?P<delivery>\d+)", webhooks.get_delivery),
    _route("GET", r"pulls", history.get_pulls, *_PAGING, "state", "sort", "direction"),
    _route("GET", r"pulls/(?P<number>\d+)", history.get_pull),
    _route("GET", r"pulls/(?P<number>\d+)/reviews", history.get_reviews, *_PAGING),
    _route("GET", r"issues", history.get_issues, *_PAGING, "state", "labels", "since"),
    _route("GET", r"issues/(?P<number>\d+)/events", history.get_issue_events, *_PAGING),
    _route("GET", r"actions/runs", history.get_runs, *_PAGING, "created"),
    _route("GET", r"actions/runs/(?P<run>\d+)/jobs", history.get_jobs, *_PAGING, "filter"),
    _route("GET", r"commits/(?P<sha>\w+)/check-suites", history.get_suites, *_PAGING),
    _route("GET", r"tags", history.get_tags, *_PAGING),
    _route("GET", r"commits/(?P<sha>\w+)", history.get_commit),
    _route("GET", r"pulls/(?P<number>\d+)/commits", reading.get_pull_commits, *_PAGING),
    _route("GET", r"pulls/(?P<number>\d+)/files", reading.get_pull_files, *_PAGING),
    _route("GET", r"deployments", reading.get_deployments, *_PAGING, *reading.FILTERS),
    _route("GET", r"deployments/(?P<deployment>\d+)/statuses", reading.get_deployment_statuses, *_PAGING),
    _route("GET", r"contents/?(?P<file>.*)", reading.get_contents, "ref"),
    _route("PUT", r"contents/(?P<file>.+)", repositories.put_contents),
    _route("GET", r"branches/(?P<branch>.+)", repositories.get_branch),
    _route("GET", r"git/ref/heads/(?P<branch>.+)", committing.get_ref),
    _route("POST", r"git/refs", committing.post_ref),
    _route("PATCH", r"git/refs/heads/(?P<branch>.+)", committing.patch_ref),
    _route("GET", r"git/commits/(?P<sha>\w+)", committing.get_commit),
    _route("POST", r"git/commits", committing.post_commit),
    _route("GET", r"git/trees/(?P<sha>.+)", trees.get_tree, "recursive"),
    _route("POST", r"git/trees", trees.post_tree),
    _route("GET", r"git/blobs/(?P<sha>\w+)", trees.get_blob),
    _route("POST", r"git/blobs", trees.post_blob),
    _route("GET", r"tarball/(?P<ref>.+)", archives.get_tarball),
    _route("GET", r"legacy\.tar\.gz/(?P<ref>.+)", archives.get_archive),
    _route("GET", r"compare/(?P<base>.+)\.\.\.(?P<head>.+)", comparing.get_comparison, *_PAGING),
)
OF_NONE = (
    _route("GET", r"/user", repositories.get_account),
    _route("POST", r"/user/repos", repositories.post_repository),
    _route("GET", r"/app", webhooks.get_app),
    _route("GET", r"/app/hook/config", webhooks.get_app_hook),
    _route("GET", r"/app/hook/deliveries", webhooks.get_deliveries, "per_page", "cursor"),
    _route("GET", r"/app/hook/deliveries/(?P<delivery>\d+)", webhooks.get_delivery),
    _route("GET", r"/orgs/(?P<org>[^/]+)/hooks", webhooks.get_hooks, *_PAGING),
    _route(
        "GET", r"/orgs/(?P<org>[^/]+)/hooks/(?P<hook>\d+)/deliveries", webhooks.get_deliveries, "per_page", "cursor"
    ),
    _route("GET", r"/orgs/(?P<org>[^/]+)/hooks/(?P<hook>\d+)/deliveries/(?P<delivery>\d+)", webhooks.get_delivery),
    _route("POST", r"/orgs/(?P<org>[^/]+)/repos", repositories.post_repository),
)
