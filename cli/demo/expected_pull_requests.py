"""Computes the expected outputs of the records of closed pull requests."""

import hashlib
from collections.abc import Iterable

from cli.demo.times import elapsed, ms
from core.payload import Json
from fakes.github.state import Commit, Repository


def code_review_involvement(pull: Json, repository: Repository, anomalies: list[str]) -> Json:
    """Return the expected output, and add its anomalies."""
    merged, author, merger = pull["merged"], pull["user"], pull["merged_by"]
    times = {name: ms(pull[name]) for name in ("created_at", "updated_at", "closed_at", "merged_at")}
    return {
        "pr_id": pull["id"],
        "head_sha": pull["head"]["sha"],
        "merged": merged,
        **times,
        "total_duration": elapsed(pull["created_at"], pull["closed_at"], anomalies),
        "created_to_merged_duration": elapsed(pull["created_at"], pull["merged_at"], anomalies) if merged else None,
        "updated_to_closed": elapsed(pull["updated_at"], pull["closed_at"], anomalies),
        "comments": pull["comments"],
        "review_comments": pull["review_comments"],
        "changed_files": pull["changed_files"],
        "has_been_merged_by_author": author["login"] == merger["login"] if merged and author else None,
        "requested_reviewers": len(pull["requested_reviewers"]),
        "requested_teams": len(pull["requested_teams"]),
        "number": pull["number"],
        "base_ref": pull["base"]["ref"],
        "merge_commit_sha": pull["merge_commit_sha"] if merged else None,
        "is_revert": pull["title"].startswith('Revert "'),
        "author_kind": _kind(author and author["login"]),
        "title_kind": _title_kind(pull["title"]),
        "revert_depth": _revert_depth(pull["title"]),
        "reverts_sha": None,
        "reverts_number": None,
        "closes": [],
        "assistants": [],
        "labels": [label["name"] for label in pull["labels"]],
        "head_ref": pull["head"]["ref"],
        "is_draft": False,
        "timeline": _timeline(pull, repository) if merged else None,
    }


def _title_kind(title: str) -> str:
    kinds = {'Revert "': "revert", 'Reapply "': "reapply", "Hotfix": "hotfix"}
    return next((kind for words, kind in kinds.items() if title.startswith(words)), "other")


def _revert_depth(title: str) -> int:
    return 2 if title.startswith('Reapply "') else title.count('Revert "')


def commits(pull: Json, repository: Repository) -> Json:
    """Return the expected commits of a merged pull request."""
    listed = repository.pulls[pull["number"]].commits
    return {"amount": len(listed), "commit_timestamps": [_commit(commit, repository) for commit in listed]}


def files(pull: Json, repository: Repository) -> Json:
    """Return what is expected of the files of a merged pull request."""
    names = [file.filename for file in repository.pulls[pull["number"]].files]
    places = {name if "/" not in name else "".join(f"{part}/" for part in name.split("/")[:-1][:2]) for name in names}
    return {
        "pr_files": {
            "over_100_files": len(names) > 100,
            "md_files_changed": sum(name.endswith(".md") for name in names),
        },
        "paths": {"names": sorted(places), "cut": False},
    }


def _commit(commit: Commit, repository: Repository) -> Json:
    line = commit.message.splitlines()[0]
    number = int(line.rpartition("(#")[2].rstrip(")")) if line.endswith(")") else None
    authored = _second(commit.authored)
    stable = f"{authored}\n{line if number is None else line.rpartition(' ')[0]}"
    return {
        "authored": authored,
        "committed": _second(commit.committed),
        "sha": commit.sha,
        "parents": 1,
        "author_kind": _kind(commit.login),
        "assistants": ["claude"] if "Claude" in commit.message else [],
        "fingerprint": hashlib.sha256(stable.encode()).hexdigest()[:16],
        "title_kind": "other",
        "revert_depth": 0,
        "reverts_sha": None,
        "reverts_number": None,
        "number": number,
        "number_kind": None if number is None else "pull_request" if number in repository.pulls else "none",
    }


def _timeline(pull: Json, repository: Repository) -> Json:
    author = pull["user"] and pull["user"]["login"]
    reviews = [
        review
        for review in repository.history.reviews.get(pull["number"], [])
        if review["user"]["type"] == "User" and review["user"]["login"] != author
    ]
    ready = [ms(event["createdAt"]) for event in repository.history.timelines.get(pull["number"], [])]
    return {
        "first_ready_at": ready[0] if ready else None,
        "last_ready_at": ready[-1] if ready else None,
        "drafted_at": None,
        "first_review_at": min(_submitted(reviews), default=None),
        "last_approval_at": max(
            _submitted(review for review in reviews if review["state"] == "approved"), default=None
        ),
        "queued_at": None,
        "is_merged_by_queue": False,
    }


def _submitted(reviews: Iterable[Json]) -> list[int]:
    return [at for review in reviews if (at := ms(review["submitted_at"])) is not None]


def _kind(login: str | None) -> str:
    return "unknown" if login is None else "bot" if login.endswith("[bot]") else "person"


def _second(at: int | None) -> int | None:
    """Return the time as GitHub writes it: in whole seconds."""
    return None if at is None else at // 1000 * 1000
