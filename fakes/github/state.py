"""The state of the fake GitHub. Times are in UNIX ms."""

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
    odd_authored: str | None = None
    """The author's date as it is, in place of `authored`: a commit has any date that its author set."""
    odd_committed: str | None = None
    message: str = "Change things"


class File(NamedTuple):
    """A file that a pull request changes."""

    filename: str
    status: str = "modified"
    additions: int = 1
    deletions: int = 0


class DeploymentStatus(NamedTuple):
    """A status of a deployment."""

    id: int
    state: str
    created_at: int


class Deployment(NamedTuple):
    """A deployment with its statuses."""

    id: int
    environment: str
    created_at: int
    sha: str = "a10867b14bb761a232cd80139fbd4c0d33264240"
    ref: str = "main"
    statuses: tuple[DeploymentStatus, ...] = ()


class Symlink(NamedTuple):
    """A symlink: GitHub returns the target file, or the link itself if the target is not a file in the repository."""

    target: str


class Submodule(NamedTuple):
    """A submodule: a commit of another repository."""

    git_url: str


Content = bytes | Symlink | Submodule


@dataclass
class PullRequest:
    """The commits and files of a pull request."""

    commits: list[Commit] = field(default_factory=list)
    files: list[File] = field(default_factory=list)


@dataclass
class History:
    """A repository's activity as complete GitHub objects, with times in GitHub's format."""

    pulls: dict[int, Json] = field(default_factory=dict)
    """Objects by number."""
    reviews: dict[int, list[Json]] = field(default_factory=dict)
    """Reviews by the pull request's number."""
    timelines: dict[int, list[Json]] = field(default_factory=dict)
    """Events of GraphQL's timeline by the pull request's number, the oldest first, each with its `__typename`."""
    runs: list[Json] = field(default_factory=list)
    jobs: dict[int, list[Json]] = field(default_factory=dict)
    """Jobs by the run's id."""
    suites: dict[str, list[Json]] = field(default_factory=dict)
    """Check suites by the commit's SHA."""
    tags: dict[str, Json] = field(default_factory=dict)
    """Commit by tag name."""
    tagged: dict[str, str] = field(default_factory=dict)
    """When an annotated tag was created, with its time zone, by tag name."""
    issues: dict[int, Json] = field(default_factory=dict)
    """Objects by number."""
    issue_events: dict[int, list[Json]] = field(default_factory=dict)
    """Events by the issue's number, the oldest first."""


@dataclass
class Repository:
    """A repository with its current name."""

    id: int
    full_name: str
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    trees: dict[str | None, dict[str, Content]] = field(default_factory=lambda: {None: {}})
    """Contents by path, by ref; None is the default branch."""

    private: bool = False
    description: str | None = None
    default_branch: str = "main"
    archived: bool = False
    disabled: bool = False
    has_actions: bool = True
    has_issues: bool = True
    blocked: str = ""
    """Why GitHub has blocked access to it: `tos` (403) or `dmca` (451)."""
    collaborators: set[str] = field(default_factory=set)
    """People who may read it although it is private and another person's."""
    writable: bool = True
    """Whether the account may write to it."""
    protected: set[str] = field(default_factory=set)
    """Branches that reject pushes."""
    history: History = field(default_factory=History)
    git: GitDatabase | None = None
    """The git objects of a data repository; None for a source repository, which is only read."""

    def put(self, path: str, content: Content, ref: str | None = None) -> None:
        """Write a file; a ref without files does not exist."""
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
    """A webhook of an organization, a repository (`owner/name`) or an App (`@app`)."""

    id: int
    owner: str
    url: str
    events: list[str]
    deliveries: list[Delivery] = field(default_factory=list)
    """Deliveries in the order of their ids."""
    listing: Listing = field(default_factory=Listing)


class GitHubState:
    """All repositories and webhooks. Names are case-insensitive, and former names of a repository stay valid."""

    def __init__(self) -> None:
        self._named: dict[str, Repository] = {}
        self._ids = count(1_296_269)
        self.webhooks: list[Webhook] = []
        self.people: set[str] = set()
        """Accounts that are people, in lower case; all others are organizations."""
        self.odd: list[Json] = []
        """Objects that the list of an organization's repositories has in addition."""
        self.tree_limit = 100_000
        """Maximum entries in a tree response: https://docs.github.com/en/rest/git/trees"""

    def repository(self, full_name: str) -> Repository:
        """Return the repository of this name; create it if it does not exist."""
        if full_name.lower() not in self._named:
            self._named[full_name.lower()] = Repository(next(self._ids), full_name)
        return self._named[full_name.lower()]

    def data_repository(self, full_name: str, *, empty: bool = False, branch: str = "main") -> Repository:
        """Create a repository with a git database; unless `empty`, with a first commit without files."""
        repository = self.repository(full_name)
        repository.private, repository.default_branch, repository.git = True, branch, GitDatabase()
        if not empty:
            author = Signature("octocat", "octocat@users.noreply.github.com", 1_700_000_000)
            first = repository.git.commit(repository.git.tree({}), (), "Begin", author)
            repository.git.show(branch, first.sha)
        return repository

    def delete(self, full_name: str) -> Repository:
        """Delete a repository with all its former names, and return it."""
        repository = self._named[full_name.lower()]
        self._named = {name: candidate for name, candidate in self._named.items() if candidate is not repository}
        return repository

    def restore(self, repository: Repository) -> None:
        """Restore a deleted repository."""
        self._named[repository.full_name.lower()] = repository

    def rename(self, old: str, new: str) -> None:
        """Rename a repository; the old name redirects to the new one."""
        self._named[old.lower()].full_name = new
        self._named[new.lower()] = self._named[old.lower()]

    def repositories(self) -> list[Repository]:
        """Return every repository once, in the order of creation."""
        return sorted({item.id: item for item in self._named.values()}.values(), key=lambda item: item.id)

    def find(self, full_name: str | None, id: int) -> Repository | None:
        """Return a repository by name, or by id if the name is None; None if it does not exist."""
        if full_name is not None:
            return self._named.get(full_name.lower())
        return next((repository for repository in self._named.values() if repository.id == id), None)
