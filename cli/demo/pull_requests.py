"""The life of a pull request: opened, pushed to, reviewed, and closed, mostly by merging it."""

from cli.demo import checks
from cli.demo.main_branch import Landing, landed
from cli.demo.payloads import around, user
from cli.demo.pull_request_payloads import pull_request, push, review, side
from cli.demo.scenario import BOT, REVIEWING_BOT, Scenario
from core.payload import Json
from fakes.github.serializers import iso
from fakes.github.state import Commit, File, PullRequest, Repository

_TITLES = (
    "Show the price with tax",
    "Retry the payment once",
    "Move the cache to its own module",
    "Größere Bilder auf der Startseite",
    "Document how to restore a backup",
    "Bump requests from 2.32.4 to 2.32.5",
    "支払い画面を直す",
)
_FILES = (
    "README.md",
    "docs/restore.md",
    "src/cart.py",
    "src/pay.py",
    "src/cache/store.py",
    "web/index.ts",
    "tests/test_cart.py",
)


def live(
    scene: Scenario, repository: Repository, at: int, title: str | None = None, reverted: str | None = None
) -> Landing | None:
    """From its opening at a time to its end; None if it was not merged. One with a title is urgent, and always is.

    `reverted` is the commit that it takes back.
    """
    pull = _opened(scene, repository, at, title or scene.random.choice(_TITLES))
    at = checks.run(scene, repository, pull["head"]["sha"], at + 5000, pull)
    if title is not None:
        return _merged(scene, repository, pull, at + scene.minutes(5, 20), reverted)
    if scene.chance(0.25):
        at = scene.at_work(at + scene.minutes(10, 300))
        pull = _synchronized(scene, repository, pull, at)
        at = checks.run(scene, repository, pull["head"]["sha"], at + 5000, pull)
    pull, at = _reviewed(scene, repository, pull, at)
    closed = scene.at_work(at + scene.minutes(20, 1500))
    if scene.chance(0.85):
        return _merged(scene, repository, pull, closed)
    _closed(scene, repository, pull, closed, {})
    return None


def _opened(scene: Scenario, repository: Repository, at: int, title: str) -> Json:
    author: str | None = scene.random.choice((BOT, None)) if scene.chance(0.15) else scene.person()
    number, id = scene.number(repository), scene.id()
    branch, commits = f"topic-{number}", _commits(scene, at, author)
    files = [File(name, "modified", *scene.random.choices(range(1, 90), k=2)) for name in _some_files(scene)]
    repository.pulls[number] = PullRequest(commits, files)
    pull = pull_request(
        repository,
        number,
        id,
        author,
        head=side(repository, branch, commits[-1].sha),
        base=side(repository, "main", scene.sha()),
        title=title,
        created_at=iso(at),
        commits=len(commits),
        additions=sum(file.additions for file in files),
        deletions=sum(file.deletions for file in files),
        changed_files=len(files),
    )
    sender = author or "ghost"
    scene.send("push", push(repository, sender, branch, commits, None), at - 60_000)
    scene.send("pull_request", around(repository, sender, "opened") | {"number": number, "pull_request": pull}, at)
    return pull


def _synchronized(scene: Scenario, repository: Repository, pull: Json, at: int) -> Json:
    """One more commit is pushed."""
    author, before, branch = pull["user"] and pull["user"]["login"], pull["head"]["sha"], pull["head"]["ref"]
    commit, commits = Commit(scene.sha(), at - 120_000, at - 60_000, author), repository.pulls[pull["number"]].commits
    commits.append(commit)
    told = {"head": side(repository, branch, commit.sha), "commits": len(commits), "updated_at": iso(at)}
    pull = pull | told
    sender, payload = author or "ghost", {"number": pull["number"], "before": before, "after": commit.sha}
    scene.send("push", push(repository, sender, branch, [commit], before), at)
    payload |= around(repository, sender, "synchronize") | {"pull_request": pull}
    scene.send("pull_request", payload, at + 1000)
    return pull


def _commits(scene: Scenario, at: int, author: str | None) -> list[Commit]:
    count = scene.random.choice((1, 1, 2, 3, 5, 8))
    times = sorted(at - scene.minutes(1, 2000) for _ in range(count))
    return [Commit(scene.sha(), when, when + scene.minutes(0, 5), author) for when in times]


def _some_files(scene: Scenario) -> list[str]:
    return scene.random.sample(_FILES, scene.random.randrange(1, len(_FILES)))


def _reviewed(scene: Scenario, repository: Repository, pull: Json, at: int) -> tuple[Json, int]:
    """By a bot within minutes, in two of five; by one or two others; and when the last of them was done."""
    if scene.chance(0.4):
        _review(scene, repository, pull, REVIEWING_BOT, "commented", at + scene.minutes(1, 4))
    for _ in range(scene.random.choice((1, 1, 2))):
        at = scene.at_work(at + scene.minutes(10, 600))
        author = pull["user"]["login"] if pull["user"] else ""
        reviewer = scene.person(author)
        state = scene.random.choice(("approved", "approved", "commented", "changes_requested"))
        pull = pull | {"requested_reviewers": [*pull["requested_reviewers"], user(reviewer)]}
        _review(scene, repository, pull, reviewer, state, at)
        pull["review_comments"] += scene.random.randrange(4)
    return pull, at


def _review(scene: Scenario, repository: Repository, pull: Json, reviewer: str, state: str, at: int) -> None:
    told = {"review": review(pull, scene.id(), reviewer, state, at), "pull_request": _plain(pull)}
    scene.send("pull_request_review", around(repository, reviewer, "submitted") | told, at, "review")


def _plain(pull: Json) -> Json:
    """As reviews have it: without what only the pull request's own events tell."""
    numbers = ("additions", "deletions", "changed_files", "comments", "commits", "review_comments", "mergeable")
    more = ("merged", "merged_by", "maintainer_can_modify", "mergeable_state", "rebaseable")
    return {name: value for name, value in pull.items() if name not in (*numbers, *more)}


def _merged(scene: Scenario, repository: Repository, pull: Json, at: int, reverted: str | None = None) -> Landing:
    """And what its commit's checks say on the default branch."""
    commits = landed(scene, repository, pull, at, reverted)
    sha, by = commits[-1].sha, scene.person()
    merge = {"merged": True, "merged_at": iso(at), "merged_by": user(by), "merge_commit_sha": sha}
    _closed(scene, repository, pull, at, merge, "commits-per-pr", "documentation-updated")
    pushed = [Commit(each.sha, each.authored_at, each.committed_at, each.author) for each in commits]
    scene.send("push", push(repository, by, "main", pushed, pull["base"]["sha"]), at + 1000)
    return Landing(pull["number"], pull["title"], at, checks.run(scene, repository, sha, at + 5000), commits)


def _closed(scene: Scenario, repository: Repository, pull: Json, at: int, merge: Json, *metrics: str) -> None:
    by = merge["merged_by"]["login"] if merge else scene.person()
    ended = {"state": "closed", "closed_at": iso(at), "updated_at": iso(at), "comments": scene.random.randrange(6)}
    told = {"number": pull["number"], "pull_request": pull | ended | merge}
    scene.send("pull_request", around(repository, by, "closed") | told, at, "code-review-involvement", *metrics)
