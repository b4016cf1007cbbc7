"""Generates the commits of the default branch for each of GitHub's three merge methods.

https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
The commits have generated SHAs instead of git's own, because the payloads are generated before the order of merges is known.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from cli.demo.payloads import API
from cli.demo.scenario import Scenario
from core.payload import Json
from fakes.github.git_database import GitCommit, GitDatabase, Signature
from fakes.github.git_serializers import listed_commit_object
from fakes.github.serializers import Urls
from fakes.github.state import Commit, Repository

BRANCH = "main"
_FIRST_AUTHOR = "octocat"


class MergeMethod(Enum):
    """Merge methods of pull requests."""

    SQUASH = "squash"
    MERGE = "merge"
    REBASE = "rebase"


MERGE_METHODS = {
    "octo-org/storefront": MergeMethod.SQUASH,
    "octo-org/payments": MergeMethod.MERGE,
    "octo-org/infrastructure": MergeMethod.REBASE,
}


class Landed(NamedTuple):
    """A commit on the default branch; times are UNIX ms."""

    sha: str
    message: str
    author: str
    authored_at: int
    committed_at: int
    is_merge: bool = False
    """True if the previous head of the branch is a parent as well."""


class Landing(NamedTuple):
    """A merged pull request."""

    number: int
    title: str
    at: int
    """UNIX ms."""
    checked_at: int
    """End time of its checks (UNIX ms)."""
    part: str
    """The workflow of the part that it changes."""
    commits: tuple[Landed, ...]
    """Oldest first; the last is the pull request's merge_commit_sha with every merge method."""

    @property
    def sha(self) -> str:
        """Return the head of the branch after the merge."""
        return self.commits[-1].sha


def landed(scenario: Scenario, repository: Repository, pull: Json, at: int, reverted: str | None) -> tuple[Landed, ...]:
    """Return the commits that a pull request adds with its repository's merge method; `reverted` is the SHA that it reverts."""
    method, number, title = MERGE_METHODS[repository.full_name], pull["number"], pull["title"]
    author, pushed = pull["user"]["login"] if pull["user"] else "ghost", repository.pulls[number].commits
    trailer = "" if reverted is None else f"\n\nThis reverts commit {reverted}."
    if method is MergeMethod.SQUASH:
        return (Landed(scenario.sha(), f"{title} (#{number}){trailer}", author, at, at),)
    commits = tuple(_landed_commit(commit, title + trailer) for commit in pushed)
    if method is MergeMethod.REBASE:
        return tuple(commit._replace(sha=scenario.sha(), committed_at=at) for commit in commits)
    message = f"Merge pull request #{number} from octo-org/{pull['head']['ref']}\n\n{title}"
    return (*commits, Landed(scenario.sha(), message, author, at, at, is_merge=True))


def lay(repository: Repository, landings: Iterable[Landing], begins: int) -> None:
    """Write the history of a repository, with one package.json version per merge; `begins` in UNIX ms."""
    git, ordered = GitDatabase(), sorted(landings, key=lambda landing: landing.at)
    files = {path: git.blob(content) for path, content in repository.trees[None].items() if isinstance(content, bytes)}
    tree = git.changed(None, files)
    head = git.commit(tree, (), "Begin", _signature(_FIRST_AUTHOR, begins)).sha
    git.show(BRANCH, head)
    for version, landing in enumerate(ordered, 1):
        tree = git.changed(tree, {"package.json": git.blob(b'{"name":"shop","version":"1.%d.0"}' % version)})
        head = _add_commits(git, landing, head, tree)
        git.show(BRANCH, head)
    repository.git = git


def tag(repository: Repository, tags: Mapping[str, int]) -> None:
    """Tag the newest commit of the default branch at each tag's time in UNIX ms."""
    git = repository.git
    if git is None:
        raise AssertionError("a repository of the demo has a history")
    urls, branch = Urls(API, repository.full_name), git.branches[BRANCH]
    for name, at in tags.items():
        heads = [sha for sha in branch if git.commits[sha].committer.date * 1000 <= at] or branch[:1]
        repository.history.tags[name] = listed_commit_object(urls, git.commits[heads[-1]])


def _add_commits(git: GitDatabase, landing: Landing, head: str, tree: str) -> str:
    tip = head
    for commit in landing.commits:
        parents = (head, tip) if commit.is_merge else (tip,)
        people = (_signature(commit.author, commit.authored_at), _signature(commit.author, commit.committed_at))
        git.commits[commit.sha] = GitCommit(commit.sha, tree, parents, commit.message, *people)
        tip = commit.sha
    return tip


def _landed_commit(commit: Commit, message: str) -> Landed:
    authored, committed = commit.authored or 0, commit.committed or 0
    return Landed(commit.sha, message, commit.login or "ghost", authored, committed)


def _signature(login: str, at: int) -> Signature:
    return Signature(login, f"{login.partition('[')[0]}@octo.example", at // 1000)
