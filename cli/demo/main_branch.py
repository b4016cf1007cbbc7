"""What reaches the default branch, in each of the three ways in which GitHub merges a pull request, and the history of it.

https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
The commits have the names that the story gave them, not those that git would: the story is told before its order is known.
"""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from cli.demo.scenario import Scenario
from core.payload import Json
from fakes.github.git_database import GitCommit, GitDatabase, Signature
from fakes.github.state import Commit, Repository

BRANCH = "main"
_SOMEBODY = "octocat"


class Way(Enum):
    """How a repository's pull requests are merged."""

    SQUASH = "squash"
    MERGE = "merge"
    REBASE = "rebase"


WAYS = {
    "octo-org/storefront": Way.SQUASH,
    "octo-org/payments": Way.MERGE,
    "octo-org/infrastructure": Way.REBASE,
}


class Landed(NamedTuple):
    """One commit, as it is on the default branch; times are UNIX ms."""

    sha: str
    message: str
    author: str
    authored_at: int
    committed_at: int
    is_merge: bool = False
    """Whether what the branch showed before is a parent, too."""


class Landing(NamedTuple):
    """A pull request that was merged."""

    number: int
    title: str
    at: int
    """UNIX ms."""
    checked_at: int
    """When its checks were over (UNIX ms)."""
    commits: tuple[Landed, ...]
    """The oldest first; the last is the merge commit of the pull request, whatever its kind."""

    @property
    def sha(self) -> str:
        """What the branch shows after it."""
        return self.commits[-1].sha


def landed(scene: Scenario, repository: Repository, pull: Json, at: int, reverted: str | None) -> tuple[Landed, ...]:
    """The commits that a pull request brings, in its repository's way; `reverted` is the commit that it takes back."""
    way, number, title = WAYS[repository.full_name], pull["number"], pull["title"]
    author, commits = pull["user"]["login"] if pull["user"] else "ghost", repository.pulls[number].commits
    why = "" if reverted is None else f"\n\nThis reverts commit {reverted}."
    if way is Way.SQUASH:
        return (Landed(scene.sha(), f"{title} (#{number}){why}", author, at, at),)
    told = tuple(_kept(each, title + why) for each in commits)
    if way is Way.REBASE:
        return tuple(each._replace(sha=scene.sha(), committed_at=at) for each in told)
    message = f"Merge pull request #{number} from octo-org/{pull['head']['ref']}\n\n{title}"
    return (*told, Landed(scene.sha(), message, author, at, at, is_merge=True))


def lay(repository: Repository, landings: Iterable[Landing], begins: int) -> None:
    """Give a repository the history of what landed, each version with a package.json; UNIX ms."""
    git, ways = GitDatabase(), sorted(landings, key=lambda each: each.at)
    files = {path: git.blob(content) for path, content in repository.trees[None].items() if isinstance(content, bytes)}
    tree = git.changed(None, files)
    head = git.commit(tree, (), "Begin", _signature(_SOMEBODY, begins)).sha
    git.show(BRANCH, head)
    for version, landing in enumerate(ways, 1):
        tree = git.changed(tree, {"package.json": git.blob(b'{"name":"shop","version":"1.%d.0"}' % version)})
        head = _put(git, landing, head, tree)
        git.show(BRANCH, head)
    repository.git = git


def _put(git: GitDatabase, landing: Landing, head: str, tree: str) -> str:
    tip = head
    for each in landing.commits:
        parents = (head, tip) if each.is_merge else (tip,)
        people = (_signature(each.author, each.authored_at), _signature(each.author, each.committed_at))
        git.commits[each.sha] = GitCommit(each.sha, tree, parents, each.message, *people)
        tip = each.sha
    return tip


def _kept(commit: Commit, message: str) -> Landed:
    authored, committed = commit.authored or 0, commit.committed or 0
    return Landed(commit.sha, message, commit.login or "ghost", authored, committed)


def _signature(login: str, at: int) -> Signature:
    return Signature(login, f"{login.partition('[')[0]}@octo.example", at // 1000)
