"""Generates the events of a pull request: opened, pushed to, reviewed, and merged or closed."""

from typing import NamedTuple

from cli.demo import checks
from cli.demo.main_branch import Landing, landed
from cli.demo.parts import Part, files_of
from cli.demo.payloads import around, label, user
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
_MESSAGES = (
    "Ändere die Anzeige ✨",
    "Round the price\n\nCo-authored-by: Claude <noreply@anthropic.com>",
    "Round it down (#1)",
    "Round it up (#900)",
)
_DRAFTS = 5
"""One pull request of so many is opened as a draft."""
_PICKED = 6
"""One pull request of so many begins with a commit that somebody picked from another one."""


class Urgent(NamedTuple):
    """A pull request that is merged without a review as soon as its checks end."""

    title: str
    reverted: str | None = None
    """SHA of the commit that it reverts."""
    label: str | None = None


def live(
    scenario: Scenario, repository: Repository, part: Part, at: int, urgent: Urgent | None = None
) -> Landing | None:
    """Generate a pull request opened at a time (UNIX ms); return None if it is not merged. An urgent one always is."""
    pull = _open(scenario, repository, part, at, urgent or Urgent(scenario.random.choice(_TITLES)))
    at = checks.run(scenario, repository, pull["head"]["sha"], at + 5000, pull)
    if urgent is not None:
        return _merge(scenario, repository, part, pull, at + scenario.minutes(5, 20), urgent.reverted)
    if scenario.chance(0.25):
        at = scenario.at_work(at + scenario.minutes(10, 300))
        pull = _push_commit(scenario, repository, pull, at)
        at = checks.run(scenario, repository, pull["head"]["sha"], at + 5000, pull)
    pull, at = _add_reviews(scenario, repository, pull, at)
    closed = scenario.at_work(at + scenario.minutes(20, 1500))
    if scenario.chance(0.85):
        return _merge(scenario, repository, part, pull, closed)
    _close(scenario, repository, pull, closed, {})
    return None


def _open(scenario: Scenario, repository: Repository, part: Part, at: int, urgent: Urgent) -> Json:
    author: str | None = scenario.random.choice((BOT, None)) if scenario.chance(0.15) else scenario.person()
    number, id = scenario.number(repository), scenario.id()
    branch, commits = f"topic-{number}", _commits(scenario, at, author)
    if picked := _picked(repository, number):
        commits = [picked._replace(sha=scenario.sha(), committed=at - 60_000), *commits]
    files = [
        File(name, "modified", *scenario.random.choices(range(1, 90), k=2)) for name in _choose_files(scenario, part)
    ]
    repository.pulls[number] = PullRequest(commits, files)
    if number % _DRAFTS == 0:
        ready = {"__typename": "ReadyForReviewEvent", "createdAt": iso(at + 60_000)}
        repository.history.timelines[number] = [ready]
    pull = pull_request(
        repository,
        number,
        id,
        author,
        head=side(repository, branch, commits[-1].sha),
        base=side(repository, "main", scenario.sha()),
        title=urgent.title,
        labels=[label(repository, urgent.label)] if urgent.label else [],
        created_at=iso(at),
        commits=len(commits),
        additions=sum(file.additions for file in files),
        deletions=sum(file.deletions for file in files),
        changed_files=len(files),
    )
    sender = author or "ghost"
    scenario.send("push", push(repository, sender, branch, commits, None), at - 60_000)
    scenario.send("pull_request", around(repository, sender, "opened") | {"number": number, "pull_request": pull}, at)
    return pull


def _picked(repository: Repository, number: int) -> Commit | None:
    """Return the commit of an earlier pull request that this one begins with; None for most."""
    earlier = repository.pulls.get(number - 2) if number % _PICKED == 0 else None
    return earlier.commits[0] if earlier else None


def _push_commit(scenario: Scenario, repository: Repository, pull: Json, at: int) -> Json:
    """Push one more commit to the pull request."""
    author, before, branch = pull["user"] and pull["user"]["login"], pull["head"]["sha"], pull["head"]["ref"]
    commit, commits = (
        Commit(scenario.sha(), at - 120_000, at - 60_000, author),
        repository.pulls[pull["number"]].commits,
    )
    commits.append(commit)
    changes = {"head": side(repository, branch, commit.sha), "commits": len(commits), "updated_at": iso(at)}
    pull = pull | changes
    sender, payload = author or "ghost", {"number": pull["number"], "before": before, "after": commit.sha}
    scenario.send("push", push(repository, sender, branch, [commit], before), at)
    payload |= around(repository, sender, "synchronize") | {"pull_request": pull}
    scenario.send("pull_request", payload, at + 1000)
    return pull


def _commits(scenario: Scenario, at: int, author: str | None) -> list[Commit]:
    count = scenario.random.choice((1, 1, 2, 3, 5, 8))
    times = sorted(at - scenario.minutes(1, 2000) for _ in range(count))
    commits = [Commit(scenario.sha(), timestamp, timestamp + scenario.minutes(0, 5), author) for timestamp in times]
    return [commit._replace(message=_MESSAGES[n % len(_MESSAGES)]) for n, commit in enumerate(commits)]


def _choose_files(scenario: Scenario, part: Part) -> list[str]:
    """Return at least one of the part's own files."""
    files = files_of(part)
    own = scenario.random.choice(part.files)
    return list(dict.fromkeys([own, *scenario.random.sample(files, scenario.random.randrange(len(files)))]))


def _add_reviews(scenario: Scenario, repository: Repository, pull: Json, at: int) -> tuple[Json, int]:
    """Add reviews: by a bot within minutes for two in five, by one or two people; return the time of the last (UNIX ms)."""
    if scenario.chance(0.4):
        _review(scenario, repository, pull, REVIEWING_BOT, "commented", at + scenario.minutes(1, 4))
    for _ in range(scenario.random.choice((1, 1, 2))):
        at = scenario.at_work(at + scenario.minutes(10, 600))
        author = pull["user"]["login"] if pull["user"] else ""
        reviewer = scenario.person(author)
        state = scenario.random.choice(("approved", "approved", "commented", "changes_requested"))
        pull = pull | {"requested_reviewers": [*pull["requested_reviewers"], user(reviewer)]}
        _review(scenario, repository, pull, reviewer, state, at)
        pull["review_comments"] += scenario.random.randrange(4)
    return pull, at


def _review(scenario: Scenario, repository: Repository, pull: Json, reviewer: str, state: str, at: int) -> None:
    submitted = review(pull, scenario.id(), reviewer, state, at)
    repository.history.pulls[pull["number"]] = pull
    repository.history.reviews.setdefault(pull["number"], []).append(submitted)
    payload = {"review": submitted, "pull_request": _plain(pull)}
    scenario.send("pull_request_review", around(repository, reviewer, "submitted") | payload, at, "review")


def _plain(pull: Json) -> Json:
    """Return the pull request as review events contain it, with fewer fields."""
    numbers = ("additions", "deletions", "changed_files", "comments", "commits", "review_comments", "mergeable")
    more = ("merged", "merged_by", "maintainer_can_modify", "mergeable_state", "rebaseable")
    return {name: value for name, value in pull.items() if name not in (*numbers, *more)}


def _merge(
    scenario: Scenario, repository: Repository, part: Part, pull: Json, at: int, reverted: str | None = None
) -> Landing:
    """Merge the pull request and run the checks on the default branch."""
    commits = landed(scenario, repository, pull, at, reverted)
    sha, by = commits[-1].sha, scenario.person()
    merge = {"merged": True, "merged_at": iso(at), "merged_by": user(by), "merge_commit_sha": sha}
    _close(scenario, repository, pull, at, merge, "commits-per-pr", "documentation-updated")
    pushed = [Commit(commit.sha, commit.authored_at, commit.committed_at, commit.author) for commit in commits]
    scenario.send("push", push(repository, by, "main", pushed, pull["base"]["sha"]), at + 1000)
    checked_at = checks.run(scenario, repository, sha, at + 5000)
    return Landing(pull["number"], pull["title"], at, checked_at, part.workflow, commits)


def _close(scenario: Scenario, repository: Repository, pull: Json, at: int, merge: Json, *metrics: str) -> None:
    by = merge["merged_by"]["login"] if merge else scenario.person()
    closing = {"state": "closed", "closed_at": iso(at), "updated_at": iso(at), "comments": scenario.random.randrange(6)}
    payload = {"number": pull["number"], "pull_request": pull | closing | merge}
    scenario.send("pull_request", around(repository, by, "closed") | payload, at, "code-review-involvement", *metrics)
