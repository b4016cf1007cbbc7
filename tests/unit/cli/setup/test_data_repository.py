from typing import Any

import pytest

from cli.setup.data_repository import prepare
from core.errors import Unavailable
from core.github.api import GitHubApi, pooled_session
from core.github.git_data import DataRepository
from core.secrets_cache import DATA_TOKEN, SecretsCache
from fakes.github.response import json_answer
from fakes.github.server import FakeGitHub, error
from fakes.github.transport import FakeGitHubAdapter
from tests.memory_adapters import MemorySecrets

TARGET = DataRepository("octo-org", "telemetry-data")
TOKEN = "token"


class Harness:
    def __init__(self, token: str = TOKEN) -> None:
        self.fake = FakeGitHub(token=TOKEN)
        session = pooled_session()
        session.mount("https://", FakeGitHubAdapter(self.fake))
        cache = SecretsCache(MemorySecrets({DATA_TOKEN: token}))
        self.api = GitHubApi(session, cache, DATA_TOKEN, self.fake.api_url)

    def said(self, repository: DataRepository = TARGET, **more: Any) -> list[str]:
        return list(prepare(self.api, repository, **more))

    def refused(self, repository: DataRepository = TARGET) -> str:
        with pytest.raises(Unavailable) as refused:
            self.said(repository)
        return str(refused.value)


@pytest.mark.parametrize(("public", "word"), [(False, "private"), (True, "public")])
def test_a_missing_repository_is_created(*, public: bool, word: str) -> None:
    harness = Harness()
    assert harness.said(public=public)[0] == f"created octo-org/telemetry-data ({word})"
    repository = harness.fake.state.find("octo-org/telemetry-data", 0)
    assert repository is not None
    assert repository.private is not public


def test_an_existing_repository_is_checked_and_unchanged() -> None:
    harness = Harness()
    repository = harness.fake.state.data_repository("octo-org/telemetry-data")
    before = repository.git.head("main")
    assert harness.said() == [
        "octo-org/telemetry-data is there, and the token may see it",
        "the branch main is there",
        "the token may write to octo-org/telemetry-data",
    ]
    assert repository.git.head("main") == before


def test_an_empty_repository_gets_its_first_commit() -> None:
    harness = Harness()
    repository = harness.fake.state.data_repository("octo-org/telemetry-data", empty=True)
    assert harness.said()[-2] == "created the first commit of the branch main"
    assert list(repository.git.files("main")) == ["README.md"]


def test_a_missing_branch_is_created_from_the_default_one() -> None:
    harness = Harness()
    repository = harness.fake.state.data_repository("octo-org/telemetry-data")
    assert harness.said(TARGET._replace(branch="data"))[-2] == "created the branch data from main"
    assert repository.git.head("data") == repository.git.head("main")


def test_an_empty_repository_with_another_branch_gets_both() -> None:
    harness = Harness()
    repository = harness.fake.state.data_repository("octo-org/telemetry-data", empty=True)
    assert harness.said(TARGET._replace(branch="data"))[-2] == "created the first commit of the branch data"
    assert repository.git.head("data") is not None


def test_a_protected_branch_is_warned_of() -> None:
    harness = Harness()
    harness.fake.state.data_repository("octo-org/telemetry-data").protected.add("main")
    assert "is protected" in harness.said()[-1]


def test_what_is_in_the_way_is_named() -> None:
    harness = Harness()
    repository = harness.fake.state.data_repository("octo-org/telemetry-data")
    repository.archived = True
    assert "is archived" in harness.refused()
    repository.archived = False
    harness.fake.state.rename("octo-org/telemetry-data", "octo-org/moved")
    assert "octo-org/moved" in harness.refused()


def test_a_token_that_is_wrong_or_may_only_read_is_named() -> None:
    assert "is not valid or has expired" in Harness("another").refused()
    harness = Harness("reader")
    harness.fake.readers.add("reader")
    harness.fake.state.data_repository("octo-org/telemetry-data")
    assert "contents=write" in harness.refused()


def test_an_account_that_may_not_write_is_named() -> None:
    harness = Harness()
    harness.fake.state.data_repository("octo-org/telemetry-data").writable = False
    assert "give it the role Write" in harness.refused()


def test_a_token_without_permission_gets_a_manual_remedy() -> None:
    harness = Harness()
    harness.fake.fail_at("POST", "/orgs/", error(403, "Resource not accessible by personal access token"))
    refused = harness.refused()
    assert "does not exist, or the token may not see it; and GitHub did not create it (403)" in refused
    assert "check the name, create the repository at GitHub" in refused


def test_a_repository_that_exists_but_is_invisible_is_not_called_missing() -> None:
    harness = Harness()
    body = {"message": "Repository creation failed.", "errors": [{"message": "name already exists on this account"}]}
    harness.fake.fail_at("POST", "/orgs/", json_answer(body, 422))
    assert harness.refused().startswith("octo-org/telemetry-data exists, but the token may not see it: ")


@pytest.mark.parametrize("fault", ["cut", "html", "empty"])
def test_a_github_that_is_out_is_unavailable(fault: str) -> None:
    harness = Harness()
    harness.fake.down = fault
    assert harness.refused()
