"""A data repository at the fake GitHub, and stores that write to it."""

from typing import Any

from core.github.api import GitHubApi, pooled_session
from core.github.git_data import DataRepository, GitData, Person
from core.github.write_budget import WriteBudget
from core.secrets_cache import DATA_TOKEN, SecretsCache
from core.stores.github_repo import GitHubRepoStore
from fakes.github.server import FakeGitHub
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import Clock, Lines
from tests.memory_adapters import MemorySecrets

OWNER, NAME, TOKEN = "octo-org", "telemetry-data", "data-token"
API = f"/repos/{OWNER}/{NAME}"


class DataBranch:
    """The fake, its repository and a clock; no socket, no pause."""

    def __init__(self, *, empty: bool = False, branch: str = "main", token: str = TOKEN) -> None:
        self.fake = FakeGitHub(token=TOKEN)
        self.repository = self.fake.state.data_repository(f"{OWNER}/{NAME}", empty=empty)
        self.branch = branch
        self.secrets = MemorySecrets({DATA_TOKEN: token})
        self.clock = Clock()
        self.lines = Lines()
        self.pauses: list[float] = []

    def api(self) -> GitHubApi:
        """A client of the fake's API with the data token."""
        session = pooled_session()
        session.mount("https://", FakeGitHubAdapter(self.fake))
        cache = SecretsCache(self.secrets, monotonic=self.clock.seconds)
        return GitHubApi(session, cache, DATA_TOKEN, self.fake.api_url, now=self.clock.seconds)

    def store(self, author: Person | None = None, committer: Person | None = None) -> GitHubRepoStore:
        """A store as another process would open it."""
        target = DataRepository(OWNER, NAME, self.branch, author, committer)
        budget = WriteBudget(self.clock.seconds, self.pause)
        git = GitData(self.api(), target, budget)
        return GitHubRepoStore(git, budget, self.lines.log, monotonic=self.clock.seconds, sleep=self.pause)

    def pause(self, seconds: float) -> None:
        """Time passes, nobody waits."""
        self.pauses.append(seconds)
        self.clock.move(seconds)

    def files(self) -> dict[str, bytes]:
        """What the branch holds."""
        files: dict[str, bytes] = self.repository.git.files(self.branch)
        return files

    def log(self) -> list[Any]:
        """Its commits, the newest first, without the empty one that it began with."""
        return [commit for commit in self.repository.git.log(self.branch) if commit.parents]
