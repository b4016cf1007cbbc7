"""What backfill asks of GitHub, and what the fake one answers, is as GitHub's OpenAPI says."""

from pathlib import Path

import pytest

from core.backfill.run import Backfill
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import JobServices
from core.stores.directory import DirectoryStore
from core.watched_repositories import repositories_of, watched
from fakes.github.server import FakeGitHub
from fakes.github.state import GitHubState
from tests.builders import NOW, processing
from tests.github_history import DAY, add_deployment, add_issue, add_pull, add_review, add_run, add_tag, long_ago
from tests.memory_adapters import MemorySecrets
from tests.recorder import GRAPHQL, Recorder

pytestmark = [pytest.mark.npm, pytest.mark.usefixtures("npm")]
READ = {
    "/repos/{owner}/{repo}",
    "/repos/{owner}/{repo}/pulls",
    "/repos/{owner}/{repo}/pulls/{pull_number}",
    "/repos/{owner}/{repo}/pulls/{pull_number}/commits",
    "/repos/{owner}/{repo}/pulls/{pull_number}/files",
    "/repos/{owner}/{repo}/actions/runs",
    "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs",
    "/repos/{owner}/{repo}/commits/{ref}/check-suites",
    "/repos/{owner}/{repo}/deployments",
    "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses",
    "/repos/{owner}/{repo}/compare/{basehead}",
    "/repos/{owner}/{repo}/pulls/{pull_number}/reviews",
    "/repos/{owner}/{repo}/issues",
    "/repos/{owner}/{repo}/issues/events",
    "/repos/{owner}/{repo}/issues/{issue_number}/events",
    "/repos/{owner}/{repo}/tags",
    "/repos/{owner}/{repo}/commits/{ref}",
    "/repos/{owner}/{repo}/contents/{path}",
}


def test_every_request_and_every_answer_is_one_of_github_s(tmp_path: Path) -> None:
    state = GitHubState()
    repository = state.repository("octo-org/hello-world")
    add_pull(repository, 1, long_ago(2))
    add_pull(repository, 2, long_ago(3), merged=False)
    add_run(repository, 11, long_ago(2))
    add_tag(repository, "v1.2.3", long_ago(1))
    add_review(repository, 1, 31, long_ago(2))
    add_issue(repository, 3, long_ago(3), "incident", ("closed", long_ago(2)), ("reopened", long_ago(1)))
    add_deployment(repository, 4, long_ago(2))
    add_deployment(repository, 5, long_ago(1))
    fake = FakeGitHub(state)
    session, adapter = pooled_session(), Recorder(fake)
    session.mount("https://", adapter)
    github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), fake.api_url)
    services = JobServices(processing(DirectoryStore(str(tmp_path)), github), github, lambda: 900.0)

    walked = Backfill("octo-org", "hello-world", NOW - 8 * DAY, services).run()

    results = adapter.checked()
    assert {template.removeprefix("GET ") for template, _ in results} == READ | {f"POST {GRAPHQL}"}
    assert (walked.left, walked.lost) == (0, 0)
    assert walked.calls == len(adapter.seen)


def test_every_list_of_repositories_is_one_of_github_s() -> None:
    state = GitHubState()
    state.people = {"octocat"}
    for name in ("octo-org/shop", "octocat/secret", "octocat/public"):
        state.repository(name)
    state.repository("octocat/secret").private = True
    fake = FakeGitHub(state)
    session, adapter = pooled_session(), Recorder(fake)
    session.mount("https://", adapter)
    github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), fake.api_url)
    services = JobServices(processing(None, github), github, lambda: 900.0)

    listed = [repository.name for owner in ("octo-org", "octocat") for repository in repositories_of(owner, services)]
    listed += [repository.name for repository in watched(services)]

    assert listed == ["shop", "secret", "public", "shop", "secret", "public"]
    assert adapter.checked() == [
        ("GET /orgs/{org}/repos", 200),
        ("GET /orgs/{org}/repos", 404),
        ("GET /user/repos", 200),
        ("GET /users/{username}/repos", 200),
        ("GET /user/repos", 200),
    ]


def test_the_list_of_matching_tags_is_one_of_github_s() -> None:
    state = GitHubState()
    repository = state.repository("octo-org/hello-world")
    for tag in ("v1.2.3", "v1.2.4", "pkg@1.0.0"):
        add_tag(repository, tag, long_ago(1))
    repository.history.tagged["v1.2.4"] = "2026-11-20T12:00:00Z"
    fake = FakeGitHub(state)
    session, adapter = pooled_session(), Recorder(fake)
    session.mount("https://", adapter)
    github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), fake.api_url)
    path = "/repos/octo-org/hello-world/git/matching-refs/tags"

    listed = [[item["ref"] for item in github.page(f"{path}/{text}")[0]] for text in ("v1.", "pkg%401", "")]

    assert listed == [
        ["refs/tags/v1.2.3", "refs/tags/v1.2.4"],
        ["refs/tags/pkg@1.0.0"],
        ["refs/tags/pkg@1.0.0", "refs/tags/v1.2.3", "refs/tags/v1.2.4"],
    ]
    assert {tuple(seen.query) for seen in adapter.seen} == {
        ("per_page",)
    }  # undocumented and ignored: google/go-github#1567
    adapter.seen = [seen._replace(query={}) for seen in adapter.seen]
    assert {name for name, _ in adapter.checked()} == {"GET /repos/{owner}/{repo}/git/matching-refs/{ref}"}
