"""Computes the expected outputs about deployments, from the fake GitHub's deployments and commits."""

import hashlib
import re
from collections.abc import Iterator

from cli.demo.times import ms
from core.payload import Json
from fakes.github.git_database import GitCommit
from fakes.github.state import Deployment, Repository


def deployment(payload: Json, repository: Repository) -> Json:
    """Return the output of `deployment`."""
    deployment = payload["deployment"]
    at = ms(deployment["created_at"])
    older = _older(deployment, deployment["environment"], repository)
    since = None if at is None or not older else at - _second(older[0].created_at)
    return {
        "env": deployment["environment"],
        "deploy_time": at,
        "duration": (ms(deployment["updated_at"]) or 0) - (at or 0),
        "environment_deployments": {"is_initial_deployment": not older, "time_since_last_deploy": since},
        "package_json": {"exists": True, "parsable": True, "version": _version(repository, deployment["sha"])},
        **{name: deployment[name] for name in ("id", "sha", "ref")},
        **_facts(payload),
    }


def _facts(payload: Json) -> Json:
    """Return the fields that both metrics have: every deployment of the demo is created by GitHub Actions."""
    deployment, run = payload["deployment"], payload["workflow_run"]
    flags = {name: deployment.get(name) for name in ("production_environment", "transient_environment")}
    facts = {name: run[name] for name in ("id", "path", "event", "head_branch", "run_attempt")}
    name = {"name": payload["workflow"]["name"]}
    return {"task": deployment["task"], **flags, "creator_kind": "bot", "workflow_run": facts | name}


def status(payload: Json, repository: Repository) -> Json:
    """Return the output of `deployment-status`."""
    deployment, status, check = (payload[name] for name in ("deployment", "deployment_status", "check_run"))
    output = {
        "id": status["id"],
        "deployment_id": deployment["id"],
        "env": status["environment"],
        "sha": deployment["sha"],
        "ref": deployment["ref"],
        "state": status["state"],
        **{name: ms(status[name]) for name in ("created_at", "updated_at")},
        "deployment_created_at": ms(deployment["created_at"]),
        **dict.fromkeys(("previous", "changes", "is_rollback")),
        **_facts(payload),
        "check_run": {name: check[name] for name in ("id", "name")},
        "in_progress_at": None,
        "comparison_status": None,
    }
    if status["state"] != "success":
        return output
    previous = _previous(deployment, status, repository)
    if previous is None:
        return output | {"is_rollback": False}
    summary = {"id": previous.id, "sha": previous.sha, "created_at": _second(previous.created_at)}
    return output | {"previous": summary, **_since(repository, str(previous.sha), deployment["sha"])}


def between_releases(repository: Repository, base: str, head: str) -> Json:
    """Return what came between two releases, of which the first one is not after the other."""
    changes = _since(repository, base, head)["changes"]
    return {"comparison_status": "identical" if base == head else "ahead", "changes": changes}


def _older(deployment: Json, environment: str, repository: Repository) -> list[Deployment]:
    """Return the environment's deployments before this one, the newest first: by second, then by id."""
    key = (ms(deployment["created_at"]), deployment["id"])
    listed = [candidate for candidate in repository.deployments if candidate.environment == environment]
    older = [candidate for candidate in listed if (_second(candidate.created_at), candidate.id) < key]
    return sorted(older, key=lambda candidate: (_second(candidate.created_at), candidate.id), reverse=True)


def _previous(deployment: Json, status: Json, repository: Repository) -> Deployment | None:
    """Return the newest older deployment that had succeeded by then."""
    by_then = ms(status["created_at"]) or 0
    for older in _older(deployment, status["environment"], repository):
        if any(
            deployment_status.state == "success" and _second(deployment_status.created_at) <= by_then
            for deployment_status in older.statuses
        ):
            return older
    return None


def _since(repository: Repository, base: str, head: str) -> Json:
    """Return the commits of `head` that `base` lacks, the oldest first, and whether `head` is an ancestor of `base`."""
    if base == head:
        return {
            "changes": {"commits": [], "truncated": False},
            "is_rollback": False,
            "comparison_status": "identical",
        }
    before, after = (list(_ancestors(repository, sha)) for sha in (base, head))
    known_shas = {commit.sha for commit in before}
    changes = [_change(commit) for commit in reversed(after) if commit.sha not in known_shas]
    status = "ahead" if changes else "behind"
    return {
        "changes": {"commits": changes, "truncated": False},
        "is_rollback": not changes,
        "comparison_status": status,
    }


def _ancestors(repository: Repository, sha: str) -> Iterator[GitCommit]:
    """Yield a commit and all before it, breadth first, as GitHub's fake does."""
    queue, visited = [sha], set[str]()
    while queue:
        current = queue.pop(0)
        if current not in visited:
            visited.add(current)
            commit = repository.git.commits[current] if repository.git else None
            if commit is None:
                raise AssertionError("a repository of the demo has a history")
            queue += commit.parents
            yield commit


def _change(commit: GitCommit) -> Json:
    subject, _, body = commit.message.partition("\n")
    reverts = body.partition("This reverts commit ")[2].strip().rstrip(".") or None
    number = subject.rpartition(" (#")[2].removesuffix(")") if subject.endswith(")") and " (#" in subject else None
    return {
        "sha": commit.sha,
        "authored_at": commit.author.date * 1000,
        "committed_at": commit.committer.date * 1000,
        "is_revert": subject.startswith('Revert "') or reverts is not None,
        "reverts": reverts,
        "pr_number": None if number is None else int(number),
        "parents": len(commit.parents),
        **_message_facts(commit, subject, body),
    }


def _message_facts(commit: GitCommit, subject: str, body: str) -> Json:
    """Return the facts of a message. No commit of the demo is linked to an account, by a bot or with an assistant."""
    unnumbered = re.sub(r" \(#\d+\)$", "", subject)
    quoted, again = (re.fullmatch(rf'{word} "(.*)".*', subject) for word in ("Revert", "Reapply"))
    kinds = {"revert": quoted, "reapply": again, "hotfix": re.search(r"\bhotfix\b", subject, re.IGNORECASE)}
    named = re.search(r"Reverts \S+#(\d+)", body) or (quoted and re.fullmatch(r".*\(#(\d+)\).*?", quoted[1]))
    return {
        "author_kind": "unknown",
        "assistants": [],
        "fingerprint": hashlib.sha256(f"{commit.author.date * 1000}\n{unnumbered}".encode()).hexdigest()[:16],
        "title_kind": next((kind for kind, match in kinds.items() if match), "other"),
        "revert_depth": 2 if again else 1 if quoted else 0,
        "reverts_number": int(named[1]) if quoted and named else None,
        "number_kind": None,
    }


def _version(repository: Repository, sha: str) -> str:
    """Return the version in package.json, which counts the merges to the default branch from 1."""
    if repository.git is None:
        raise AssertionError("a repository of the demo has a history")
    node = repository.git.at(repository.git.commits[sha].tree, "package.json")
    content = repository.git.blobs[node.sha].decode() if node else ""
    return content.partition('"version":"')[2].partition('"')[0]


def _second(at: int) -> int:
    """Return a time as GitHub writes it: in whole seconds."""
    return at // 1000 * 1000
