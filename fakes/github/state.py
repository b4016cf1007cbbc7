"""What there is at the fake GitHub. Times are UNIX ms."""

from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from fakes.github.delivery_listing import Listing
from fakes.github.git_database import GitDatabase, Signature
from fakes.github.json_object import Json


class Commit(NamedTuple):
    """A commit of a pull request."""

    sha: str
    authored: int | None
    committed: int | None
    login: str | None = "octocat"


class File(NamedTuple):
    """A file that a pull request changes."""

    filename: str
    status: str = "modified"
    additions: int = 1
    deletions: int = 0


class DeploymentStatus(NamedTuple):
    """What became of a deployment."""

    id: int
    state: str
    created_at: int


class Deployment(NamedTuple):
    """A deployment, and what became of it."""

    id: int
    environment: str
    created_at: int
    sha: str = "a10867b14bb761a232cd80139fbd4c0d33264240"
    ref: str = "main"
    statuses: tuple[DeploymentStatus, ...] = ()


class Symlink(NamedTuple):
    """In place of a file's bytes: GitHub shows the file it leads to, or itself if that is no file here."""

    target: str


class Submodule(NamedTuple):
    """In place of a file's bytes: a commit of another repository."""

    git_url: str


Content = bytes | Symlink | Submodule


@dataclass
class PullRequest:
    """What a pull request consists of."""

    commits: list[Commit] = field(default_factory=list)
    files: list[File] = field(default_factory=list)


@dataclass
class History:
    """What happened in a repository, as GitHub's own objects, whole; their times are GitHub's, too."""

    pulls: dict[int, Json] = field(default_factory=dict)
    """By number."""
    reviews: dict[int, list[Json]] = field(default_factory=dict)
    """By the pull request's number."""
    runs: list[Json] = field(default_factory=list)
    jobs: dict[int, list[Json]] = field(default_factory=dict)
    """By the run's id."""
    suites: dict[str, list[Json]] = field(default_factory=dict)
    """By the commit's name."""
    tags: dict[str, Json] = field(default_factory=dict)
    """The commit of each."""
    issues: dict[int, Json] = field(default_factory=dict)
    """By number."""
    issue_events: dict[int, list[Json]] = field(default_factory=dict)
    """By the issue's number, the oldest first."""


@dataclass
class Repository:
    """A repository, by its present name."""

    id: int
    full_name: str
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    trees: dict[str | None, dict[str, Content]] = field(default_factory=lambda: {None: {}})
    """By ref, None being the default branch: contents by path."""

    private: bool = False
    description: str | None = None
    default_branch: str = "main"
    archived: bool = False
    writable: bool = True
    """Whether the account may write to it."""
    protected: set[str] = field(default_factory=set)
    """Branches that nobody may push to."""
    history: History = field(default_factory=History)
    git: GitDatabase | None = None
    """What is committed to it; None for a repository that is only read."""

    def put(self, path: str, content: Content, ref: str | None = None) -> None:
        """Write a file; a ref that nothing was written to does not exist."""
        self.trees.setdefault(ref, {})[path] = content


class Delivery(NamedTuple):
    """An attempt to deliver an event."""

    id: int
    guid: str
    event: str
    delivered_at: int
    """UNIX ms."""
    status_code: int
    body: bytes
    answer: str = ""
    redelivery: bool = False


@dataclass
class Webhook:
    """Of an organization, or with a slash of a repository, or of an App (`@app`)."""

    id: int
    owner: str
    url: str
    events: list[str]
    deliveries: list[Delivery] = field(default_factory=list)
    """In the order of their ids."""
    listing: Listing = field(default_factory=Listing)


class GitHubState:
    """All repositories there are. Names are found in any case, and by all that a repository ever had."""

    def __init__(self) -> None:
        self._named: dict[str, Repository] = {}
        self._ids = count(1_296_269)
        self.webhooks: list[Webhook] = []
        self.tree_limit = 100_000
        """Entries of a tree that are told at once: https://docs.github.com/en/rest/git/trees"""

    def repository(self, full_name: str) -> Repository:
        """The repository of this name, made if need be."""
        if full_name.lower() not in self._named:
            self._named[full_name.lower()] = Repository(next(self._ids), full_name)
        return self._named[full_name.lower()]

    def data_repository(self, full_name: str, *, empty: bool = False, branch: str = "main") -> Repository:
        """A repository to commit to; unless `empty`, with a first commit that holds nothing."""
        repository = self.repository(full_name)
        repository.private, repository.default_branch, repository.git = True, branch, GitDatabase()
        if not empty:
            somebody = Signature("octocat", "octocat@users.noreply.github.com", 1_700_000_000)
            first = repository.git.commit(repository.git.tree({}), (), "Begin", somebody)
            repository.git.show(branch, first.sha)
        return repository

    def delete(self, full_name: str) -> Repository:
        """Take a repository away, with all names that it ever had, and return it."""
        repository = self._named[full_name.lower()]
        self._named = {name: candidate for name, candidate in self._named.items() if candidate is not repository}
        return repository

    def restore(self, repository: Repository) -> None:
        """Put a repository that was taken away back."""
        self._named[repository.full_name.lower()] = repository

    def rename(self, old: str, new: str) -> None:
        """From now on the old name only leads to the new one."""
        self._named[old.lower()].full_name = new
        self._named[new.lower()] = self._named[old.lower()]

    def find(self, full_name: str | None, id: int) -> Repository | None:
        """By name, or else by id."""
        if full_name is not None:
            return self._named.get(full_name.lower())
        return next((repository for repository in self._named.values() if repository.id == id), None)
