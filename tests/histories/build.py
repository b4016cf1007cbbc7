"""Build records as they are stored, in schema 2 or in schema 1. Days are of November 2026, in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.histories.extend import RECORD, Record, extend

HOUR = 3_600_000
SHOP = "octo-org/shop"
NAMES = ("shop", "incidents", "shop-deploy", "cart")


def at(day: int, time: str = "00:00") -> int:
    """Return the UNIX ms of a time in November 2026."""
    hour, minute = map(int, time.split(":"))
    return round((datetime(2026, 11, 1, hour, minute, tzinfo=UTC) + timedelta(days=day - 1)).timestamp() * 1000)


RECEIVED = at(30)


def repository_id(repo: str) -> int:
    """Return the id of `octo-org/NAME`, or of `octo-NUMBER/NAME`, which is of another history."""
    owner, name = repo.split("/")
    number = owner.removeprefix("octo-")
    return 1 + NAMES.index(name) + (1000 + 10 * int(number) if number.isdigit() else 0)


def record(
    metric: str, key: str, output: dict[str, Any], *, schema: int = 2, repo: str = SHOP, **fields: Any
) -> Record:
    """Return a record; of schema 2 its output is extended and then gets the `also` of `fields`."""
    owner, name = repo.split("/")
    also = fields.pop("also", {})
    result = {
        **RECORD,
        "created_at": RECEIVED,
        "owner": owner,
        "repo": name,
        "repository_id": repository_id(repo),
        "metric_signature": metric,
        "id": f"{repo}/{metric}/{key}",
        "output": output,
        "schema": schema,
        **fields,
    }
    if schema == 2:
        result = extend(result)
        result["output"].update(also)
    return result


def commit(sha: str, authored: int | None, **fields: Any) -> dict[str, Any]:
    """Return a listed commit; `fields` are those of either schema."""
    values = {"is_revert": False, "reverts": None, "pr_number": None, "parents": 1}
    return {"sha": sha, "authored_at": authored, "committed_at": authored, **values, **fields}


def revert(sha: str, authored: int, reverts: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a commit that takes back another."""
    return commit(sha, authored, is_revert=True, reverts=reverts, revert_depth=1, title_kind="revert", **fields)


def status(id: int, when: int, sha: str, *commits: dict[str, Any], **options: Any) -> Record:
    """Return the end of a deployment.

    Options: state, env, first (of its environment), unread (changes), behind, previous, begin, run, event, attempt, workflow,
    job, schema, repo, and `also`.
    """
    state, env = options.pop("state", "success"), options.pop("env", "production")
    schema, repo = options.pop("schema", 2), options.pop("repo", SHOP)
    is_cut = options.pop("truncated", False)
    is_first, is_unread = options.pop("first", False), options.pop("unread", False)
    is_compared = state == "success" and not is_first and not is_unread
    behind, begin = options.pop("behind", False), options.pop("begin", when)
    previous = options.pop("previous", {"id": id - 1, "sha": f"before {id}", "created_at": when - HOUR})
    listed = [{key: entry[key] for key in commit("", None)} for entry in commits]
    output = {
        "id": id * 1000 + 1,
        "deployment_id": id,
        "env": env,
        "sha": sha,
        "ref": "main",
        "state": state,
        "created_at": when,
        "updated_at": when,
        "deployment_created_at": begin,
        "previous": previous if is_compared else None,
        "changes": {"commits": listed, "truncated": is_cut} if is_compared else None,
        "is_rollback": None if state != "success" or is_unread else behind,
    }
    run = {key: options.pop(name) for name, key in _RUN.items() if name in options}
    job = options.pop("job", None)
    result = record(
        "deployment-status", f"{id}-{output['id']}", output, schema=schema, repo=repo, also=options.pop("also", {})
    )
    if schema == 2:
        result["output"]["workflow_run"].update(run)
        result["output"]["check_run"] = job
        for entry, given in zip((result["output"]["changes"] or {"commits": []})["commits"], commits, strict=False):
            entry.update(given)
    assert not options, options
    return result


_RUN = {"run": "id", "event": "event", "attempt": "run_attempt", "workflow": "name"}


def failure(id: int, when: int, sha: str, **options: Any) -> Record:
    """Return a failed attempt."""
    return status(id, when, sha, state="failure", **options)


def run(id: int, conclusion: str, when: int, attempt: int = 1, **options: Any) -> Record:
    """Return a run of a workflow."""
    output = {
        "id": id,
        "run_attempt": attempt,
        "name": "Deploy",
        "path": ".github/workflows/deploy.yml",
        "event": options.pop("event", "push"),
        "head_branch": "main",
        "head_sha": "a",
        "conclusion": conclusion,
        "created_at": when,
        "run_started_at": when,
        "updated_at": when,
    }
    return record("workflow-run", f"{id}-{attempt}", output, **options)


def job(id: int, started: int, ended: int, conclusion: str = "success", **options: Any) -> Record:
    """Return a job. Options: run, attempt, name, workflow, sha, branch, created, is_copy, schema, repo, also."""
    output = {
        "id": id,
        "head_sha": options.pop("sha", "a"),
        "completed_at": ended,
        "created_at": options.pop("created", started),
        "started_at": started,
        "conclusion": conclusion,
        "workflow_name": options.pop("workflow", "Deploy"),
        "run_attempt": options.pop("attempt", 1),
        "duration": ended - started,
        "steps": [],
        "head_branch": options.pop("branch", "main"),
        "run_id": options.pop("run", 1),
        "name": options.pop("name", "deploy"),
        "is_copy": options.pop("is_copy", False),
    }
    return record("workflow-job", f"{id}-{output['run_attempt']}", output, **options)


def pull(number: int, merged: int, merge_sha: str | None, *commits: dict[str, Any], **options: Any) -> list[Record]:
    """Return a merged pull request and its commits; its id is 1000 + number.

    Options: opened, base, revert, paths, amount, unread, schema, repo, and `also` for its review record. A commit has `authored`
    and any other field of a pull request's commits.
    """
    schema, repo = options.pop("schema", 2), options.pop("repo", SHOP)
    key = f"{1000 + number}-{merged}"
    review = {
        "pr_id": 1000 + number,
        "head_sha": "head",
        "merged": True,
        "created_at": options.pop("opened", merged - HOUR),
        "closed_at": merged,
        "merged_at": merged,
        "number": number,
        "base_ref": options.pop("base", "main"),
        "merge_commit_sha": merge_sha,
        "is_revert": options.pop("revert", False),
    }
    times = [
        {"authored": entry["authored"], "committed": entry.get("committed", entry["authored"])} for entry in commits
    ]
    amount = options.pop("amount", len(times))
    listed = None if options.pop("unread", False) else {"amount": amount, "commit_timestamps": times}
    size = {"pr_id": 1000 + number, "head_sha": "head", "additions": 1, "deletions": 0, "commits": listed}
    also, paths = options.pop("also", {}), options.pop("paths", None)
    result = [
        record("code-review-involvement", key, review, schema=schema, repo=repo, also=also),
        record("commits-per-pr", key, size, schema=schema, repo=repo),
    ]
    if schema == 2 and listed is not None:
        for entry, given in zip(result[1]["output"]["commits"]["commit_timestamps"], commits, strict=True):
            entry.update(given)
    if paths is not None:
        files = {"pr_id": 1000 + number, "head_sha": "head", "pr_files": None, "paths": {"names": paths, "cut": False}}
        result.append(record("documentation-updated", key, files, schema=schema, repo=repo))
    assert not options, options
    return result


def incident(id: int, opened: int, closed: int | None = None, **options: Any) -> list[Record]:
    """Return an incident's records. Options: reopened and closed_again, reason, labels, schema, repo, also."""
    reopened, again = options.pop("reopened", None), options.pop("closed_again", None)
    reason, labels = options.pop("reason", "completed"), options.pop("labels", ["incident"])
    also = {"all_labels": labels, **options.pop("also", {})}
    states: list[tuple[str, int, int | None, str | None]] = [("opened", opened, None, None)]
    states += [("closed", closed, closed, reason)] if closed is not None else []
    states += [("reopened", reopened, None, "reopened")] if reopened is not None else []
    states += [("closed", again, again, reason)] if again is not None else []
    return [
        record(
            "incident",
            f"{id}-{when}",
            {
                "id": id,
                "number": id,
                "action": action,
                "at": when,
                "opened_at": opened,
                "closed_at": end,
                "labels": ["incident"],
                "state_reason": why,
                "is_transferred": False if action == "opened" else None,
                "transferred_from": None,
                "transferred_to": None,
            },
            also=also,
            **options,
        )
        for action, when, end, why in states
    ]


def release(tag: str, when: int, sha: str | None = None, **options: Any) -> Record:
    """Return a release. Options: prefix, previous, commits, behind, schema, repo, collected_by."""
    prefix = options.pop("prefix", "")
    version = tag.removeprefix(prefix).removeprefix("v")
    numbers = dict(zip(("major", "minor", "patch"), map(int, version.split("-")[0].split(".")), strict=True))
    prerelease = version.split("-")[1:]
    parts = {"raw": version, **numbers, "prerelease": prerelease, "build": [], "version": version}
    commits = options.pop("commits", None)
    changes = None if commits is None else {"commits": commits, "truncated": False}
    behind = options.pop("behind", False)
    also = {"sha": sha, "previous": options.pop("previous", None), "changes": changes}
    also["comparison_status"] = ("behind" if behind else "ahead") if also["previous"] else None
    output = {"release_version": parts, "prefix": prefix}
    return record("release-versions", tag, output, also=also, created_at=when, **options)


def comparison(base: str, head: str, state: str, *commits: dict[str, Any], repo: str = SHOP) -> Record:
    """Return a recorded comparison of two commits."""
    changes = {"commits": list(commits), "truncated": False}
    return record(
        "comparison", f"{base}-{head}", {"base": base, "head": head, "status": state, "changes": changes}, repo=repo
    )
