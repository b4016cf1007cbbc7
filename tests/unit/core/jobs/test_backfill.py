import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.job import Report
from core.jobs.backfill import run
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import JobServices
from core.stores.directory import DirectoryStore
from fakes.github.server import FakeGitHub
from fakes.github.state import GitHubState
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import Clock, Lines, processing
from tests.github_history import add_run, long_ago
from tests.memory_adapters import MemorySecrets

NAMES = ("octo-org/one", "octo-org/two", "octo-org/three")


class Harness:
    def __init__(self, folder: Path) -> None:
        self.state = GitHubState()
        for n, name in enumerate(NAMES):
            add_run(self.state.repository(name), n + 1, long_ago(2), jobs=1)
        self.fake = FakeGitHub(self.state)
        self.store = DirectoryStore(str(folder))
        self.folder = folder
        self.lines = Lines()

    def run(self, seconds: Iterator[float] | None = None, **options: Any) -> Report:
        session = pooled_session()
        session.mount("https://", FakeGitHubAdapter(self.fake))
        github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), self.fake.api_url)
        watched = options.pop("watched_repositories", ",".join(NAMES))
        worker_services = processing(
            self.store, github, clock=Clock(), lines=self.lines, watched_repositories=watched, **options
        )
        return run(JobServices(worker_services, github, lambda: next(seconds) if seconds else 900.0))

    def stored(self) -> set[str]:
        return {
            "/".join(path.relative_to(self.folder).parts[:2]) for path in self.folder.rglob("workflow-job/**/*.json")
        }


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def test_every_watched_repository_is_walked(harness: Harness) -> None:
    assert harness.run() == Report(9, 0)  # a run, a job and a suite of checks of each
    assert harness.stored() == set(NAMES)
    assert harness.run() == Report(0, 0)


def test_a_deleted_repository_is_named_and_does_not_affect_others(harness: Harness) -> None:
    harness.state.delete("octo-org/two")
    assert harness.run() == Report(6, 0)
    assert "octo-org/two: GET /repos/octo-org/two: 404" in str(harness.lines)


def test_a_list_that_a_repository_does_not_have_is_logged(harness: Harness) -> None:
    harness.state.repository("octo-org/two").has_actions = False
    assert harness.run() == Report(6, 0)
    assert "octo-org/two: no workflow runs: GET /repos/octo-org/two/actions/runs: 404" in str(harness.lines)


def test_an_unexpected_error_is_logged_and_does_not_affect_others(harness: Harness) -> None:
    class Odd(DirectoryStore):
        def list(self, prefix: str) -> Iterable[str]:
            if "two" in prefix:
                raise KeyError(prefix)
            return super().list(prefix)

    harness.store = Odd(str(harness.folder))
    assert harness.run() == Report(6, 1)
    assert "octo-org/two: unexpected KeyError" in str(harness.lines)


def test_an_unreadable_repository_is_skipped_for_now(harness: Harness) -> None:
    harness.fake.fail_at("GET", "/repos/octo-org/one$", "html")
    assert harness.run() == Report(6, 1)


def test_a_run_out_of_time_resumes_where_it_stopped(harness: Harness) -> None:
    first = harness.run(iter([900.0] * 4 + [0.0]))
    assert first == Report(3, 2)
    assert harness.stored() == {"octo-org/one"}
    assert "stopped before octo-org/two" in str(harness.lines)
    assert harness.run(iter([900.0] * 8 + [0.0])) == Report(6, 1)
    assert harness.stored() == set(NAMES)
    [path] = harness.folder.rglob("next.json")
    assert json.loads(path.read_text()) == {"next": "octo-org/one"}


@pytest.mark.parametrize("content", [b"nonsense", b"[]", b'{"next":"octo-org/gone"}'])
def test_an_invalid_position_restarts_at_the_first(harness: Harness, content: bytes) -> None:
    harness.store.write({"_system/backfill/github.com/next.json": content}, "x")
    assert harness.run() == Report(9, 0)


def test_backfill_covers_the_configured_days(harness: Harness) -> None:
    assert harness.run(backfill_days=1) == Report(0, 0)
    assert harness.run(backfill_days=2) == Report(9, 0)
