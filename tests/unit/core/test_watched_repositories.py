from typing import Any

import pytest

from core.errors import NotFound
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import JobServices
from core.watched_repositories import WatchedRepository, repositories_of, watched
from fakes.github.response import error
from fakes.github.server import FakeGitHub
from fakes.github.state import GitHubState
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import Lines, processing
from tests.memory_adapters import MemorySecrets


class Harness:
    """Repositories of organizations and people, and what was left out of their list."""

    def __init__(self) -> None:
        self.state = GitHubState()
        self.fake = FakeGitHub(self.state)
        self.lines = Lines()
        self.skipped: list[tuple[str, str]] = []

    def services(self, **options: str) -> JobServices:
        session = pooled_session()
        session.mount("https://", FakeGitHubAdapter(self.fake))
        github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), self.fake.api_url)
        return JobServices(processing(None, github, lines=self.lines, **options), github, lambda: 300.0)

    def of(self, owner: str) -> list[str]:
        listed = repositories_of(owner, self.services(), lambda what, why: self.skipped.append((what, why)))
        return [repository.full_name for repository in listed]


@pytest.fixture
def harness() -> Harness:
    return Harness()


def private(harness: Harness, name: str, *collaborators: str) -> None:
    repository = harness.state.repository(name)
    repository.private, repository.collaborators = True, set(collaborators)


ODD: dict[str, dict[str, Any]] = {
    "no owner": {"id": 7, "name": "shop", "owner": None},
    "no login": {"id": 7, "name": "shop", "owner": {"login": None}},
    "no name": {"id": 7, "owner": {"login": "octo-org"}},
    "a name that leaves its folder": {"id": 7, "name": "..", "owner": {"login": "octo-org"}},
    "an owner that leaves its folder": {"id": 7, "name": "shop", "owner": {"login": "../.."}},
    "the store's own folder": {"id": 7, "name": "shop", "owner": {"login": "_system"}},
    "no id": {"id": "7", "name": "shop", "owner": {"login": "octo-org"}},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_an_odd_repository_is_reported_and_the_others_are_listed(harness: Harness, odd: dict[str, Any]) -> None:
    harness.state.repository("octo-org/one")
    harness.state.odd = [odd]
    assert harness.of("octo-org") == ["octo-org/one"]
    [(what, _)] = harness.skipped
    assert what == ("repository 7" if odd["id"] == 7 else "a repository without an id")


def test_jobs_log_an_odd_repository(harness: Harness) -> None:
    harness.state.odd = [ODD["no owner"]]
    harness.state.repository("octo-org/one")
    assert list(repositories_of("octo-org", harness.services())) == [WatchedRepository("octo-org", "one", 1296269)]
    assert "repository 7: repository.owner: expected an object" in str(harness.lines)


def test_a_person_s_private_repositories_are_listed_once(harness: Harness) -> None:
    harness.state.people = {"octocat", "ada"}
    harness.state.repository("octocat/public")
    private(harness, "octocat/private")
    harness.state.repository("octo-org/other")
    assert harness.of("Octocat") == ["octocat/public", "octocat/private"]


def test_a_collaborator_sees_another_person_s_private_repository(harness: Harness) -> None:
    harness.state.people = {"octocat", "ada"}
    harness.state.repository("ada/public")
    private(harness, "ada/shared", "octocat")
    private(harness, "ada/secret")
    assert harness.of("ada") == ["ada/shared", "ada/public"]


def test_public_repositories_are_listed_if_private_ones_cannot_be(harness: Harness) -> None:
    harness.state.people = {"ada"}
    harness.state.repository("ada/public")
    harness.fake.fail_at("GET", "^/user/repos$", error(403, "Resource not accessible by integration"))
    assert harness.of("ada") == ["ada/public"]
    [(what, why)] = harness.skipped
    assert what == "private repositories of ada"
    assert "/user/repos: 403" in why


def test_an_account_that_does_not_exist_is_not_found(harness: Harness) -> None:
    with pytest.raises(NotFound, match="/users/nobody/repos: 404"):
        harness.of("nobody")


def test_the_accounts_of_managed_users_and_old_ones_are_listed(harness: Harness) -> None:
    harness.state.people = {"octocat_acme", "-jerry-"}
    for name in ("octocat_acme/shop", "-Jerry-/shop"):
        harness.state.repository(name)
    assert (harness.of("octocat_acme"), harness.of("-Jerry-")) == (["octocat_acme/shop"], ["-Jerry-/shop"])


def test_archived_repositories_are_listed_but_not_watched(harness: Harness) -> None:
    harness.state.repository("octo-org/old").archived = True
    harness.state.repository("octo-org/new")
    assert harness.of("octo-org") == ["octo-org/old", "octo-org/new"]
    assert [repository.name for repository in watched(harness.services())] == ["new"]


def test_the_data_repository_is_not_listed(harness: Harness) -> None:
    harness.state.repository("octo-org/Telemetry-Data")
    harness.state.repository("octo-org/shop")
    services = harness.services(repo_owner="Octo-Org", repo_name="telemetry-data")
    assert [repository.name for repository in repositories_of("octo-org", services)] == ["shop"]
