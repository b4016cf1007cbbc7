"""Maps requests to functions."""

import re
from collections.abc import Callable
from typing import NamedTuple

from fakes.github import (
    account_api,
    activity_api,
    archives,
    compare_api,
    git_data_api,
    graphql_api,
    read_api,
    repositories_api,
    trees_api,
    webhooks_api,
)
from fakes.github.request import Call
from fakes.github.response import Response

GRAPHQL = r"/graphql"
_PAGING = frozenset({"per_page", "page"})


class Route(NamedTuple):
    """A method, the path after the repository's URL, the function that responds, and the allowed query parameters."""

    method: str
    path: re.Pattern[str]
    respond: Callable[[Call], Response]
    query: frozenset[str] = frozenset()

    @property
    def writes(self) -> bool:
        """Whether the request needs write permission; queries of GraphQL only read."""
        return self.method != "GET" and self.path.pattern != GRAPHQL


def _route(method: str, path: str, respond: Callable[[Call], Response], *query: str) -> Route:
    return Route(method, re.compile(path), respond, frozenset(query))


REPOSITORY_ROUTES = (
    _route("GET", r"", repositories_api.get_repository),
    _route("GET", r"hooks", webhooks_api.get_webhooks, *_PAGING),
    _route("GET", r"hooks/(?P<webhook>\d+)/deliveries", webhooks_api.get_deliveries, "per_page", "cursor"),
    _route("GET", r"hooks/(?P<webhook>\d+)/deliveries/(?P<delivery>\d+)", webhooks_api.get_delivery),
    _route("GET", r"pulls", activity_api.get_pulls, *_PAGING, "state", "sort", "direction"),
    _route("GET", r"pulls/(?P<number>\d+)", activity_api.get_pull),
    _route("GET", r"pulls/(?P<number>\d+)/reviews", activity_api.get_reviews, *_PAGING),
    _route("GET", r"issues", activity_api.get_issues, *_PAGING, "state", "labels", "since"),
    _route("GET", r"issues/events", activity_api.get_repository_issue_events, *_PAGING),
    _route("GET", r"issues/(?P<number>\d+)/events", activity_api.get_issue_events, *_PAGING),
    _route("GET", r"actions/runs", activity_api.get_runs, *_PAGING, "created"),
    _route("GET", r"actions/runs/(?P<run>\d+)/jobs", activity_api.get_jobs, *_PAGING, "filter"),
    _route("GET", r"commits/(?P<sha>\w+)/check-suites", activity_api.get_suites, *_PAGING),
    _route("GET", r"tags", activity_api.get_tags, *_PAGING),
    _route("GET", r"commits/(?P<sha>\w+)", activity_api.get_commit),
    _route("GET", r"pulls/(?P<number>\d+)/commits", read_api.get_pull_commits, *_PAGING),
    _route("GET", r"pulls/(?P<number>\d+)/files", read_api.get_pull_files, *_PAGING),
    _route("GET", r"deployments", read_api.get_deployments, *_PAGING, *read_api.FILTERS),
    _route("GET", r"deployments/(?P<deployment>\d+)/statuses", read_api.get_deployment_statuses, *_PAGING),
    _route("GET", r"contents/?(?P<file>.*)", read_api.get_contents, "ref"),
    _route("PUT", r"contents/(?P<file>.+)", repositories_api.put_contents),
    _route("GET", r"branches/(?P<branch>.+)", repositories_api.get_branch),
    _route("GET", r"git/matching-refs/tags/(?P<text>.*)", activity_api.get_matching_tags, *_PAGING),
    _route("GET", r"git/ref/heads/(?P<branch>.+)", git_data_api.get_ref),
    _route("POST", r"git/refs", git_data_api.post_ref),
    _route("PATCH", r"git/refs/heads/(?P<branch>.+)", git_data_api.patch_ref),
    _route("GET", r"git/commits/(?P<sha>\w+)", git_data_api.get_commit),
    _route("POST", r"git/commits", git_data_api.post_commit),
    _route("GET", r"git/trees/(?P<sha>.+)", trees_api.get_tree, "recursive"),
    _route("POST", r"git/trees", trees_api.post_tree),
    _route("GET", r"git/blobs/(?P<sha>\w+)", trees_api.get_blob),
    _route("POST", r"git/blobs", trees_api.post_blob),
    _route("GET", r"tarball/(?P<ref>.+)", archives.get_tarball),
    _route("GET", r"legacy\.tar\.gz/(?P<ref>.+)", archives.get_archive),
    _route("GET", r"compare/(?P<base>.+)\.\.\.(?P<head>.+)", compare_api.get_comparison, *_PAGING),
)
ACCOUNT_ROUTES = (
    _route("POST", GRAPHQL, graphql_api.post_query),
    _route("GET", r"/user", repositories_api.get_account),
    _route("GET", r"/user/repos", account_api.get_own_repositories, *_PAGING, "affiliation"),
    _route("POST", r"/user/repos", repositories_api.post_repository),
    _route("GET", r"/users/(?P<login>[^/]+)/repos", account_api.get_person_repositories, *_PAGING),
    _route("GET", r"/orgs/(?P<org>[^/]+)/repos", account_api.get_organization_repositories, *_PAGING),
    _route("GET", r"/app", webhooks_api.get_app),
    _route("GET", r"/app/hook/config", webhooks_api.get_app_webhook),
    _route("GET", r"/app/hook/deliveries", webhooks_api.get_deliveries, "per_page", "cursor"),
    _route("GET", r"/app/hook/deliveries/(?P<delivery>\d+)", webhooks_api.get_delivery),
    _route("GET", r"/orgs/(?P<org>[^/]+)/hooks", webhooks_api.get_webhooks, *_PAGING),
    _route(
        "GET",
        r"/orgs/(?P<org>[^/]+)/hooks/(?P<webhook>\d+)/deliveries",
        webhooks_api.get_deliveries,
        "per_page",
        "cursor",
    ),
    _route(
        "GET", r"/orgs/(?P<org>[^/]+)/hooks/(?P<webhook>\d+)/deliveries/(?P<delivery>\d+)", webhooks_api.get_delivery
    ),
    _route("POST", r"/orgs/(?P<org>[^/]+)/repos", repositories_api.post_repository),
)
