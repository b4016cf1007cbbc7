"""Lists a repository's activity (pull requests, runs, issues, tags) as the REST API does, for backfills.

The state holds GitHub's complete objects; properties that GitHub omits from lists are omitted here.
"""

from collections.abc import Iterable, Sequence

from fakes.github.json_object import Json
from fakes.github.pagination import links, page_items, paginate
from fakes.github.request import Call
from fakes.github.response import Response, abort, error, json_answer

_DETAIL_PROPERTIES = frozenset(
    [
        "additions",
        "changed_files",
        "comments",
        "commits",
        "deletions",
        "maintainer_can_modify",
        "mergeable",
        "mergeable_state",
        "merged",
        "merged_by",
        "rebaseable",
        "review_comments",
    ]
)
"""Properties that lists of pull requests omit: https://docs.github.com/en/rest/pulls/pulls#list-pull-requests"""
_MATCHING_AT_MOST = 1000
"""Git references in a list of matching ones; reported, not documented: tilework-tech/nori-cli#509."""
_FILTERED_AT_MOST = 1000


def get_pulls(call: Call) -> Response:
    """List pull requests: by the last update if `sort` asks for it, else by creation, the newest first."""
    sort_key = {"updated": "updated_at"}.get(call.query.get("sort", ""), "created_at")
    newest = sorted(call.repository.history.pulls.values(), key=lambda pull: (pull[sort_key], pull["id"]), reverse=True)
    if call.query.get("direction") == "asc":
        newest.reverse()
    state = call.query.get("state", "open")
    matching = [pull for pull in newest if state in ("all", pull["state"])]
    return paginate(
        call, [{key: value for key, value in pull.items() if key not in _DETAIL_PROPERTIES} for pull in matching]
    )


def get_pull(call: Call) -> Response:
    """Get one pull request with its counts."""
    pull = call.repository.history.pulls.get(int(call.parts["number"]))
    return error(404, "Not Found") if pull is None else json_answer(pull)


def get_reviews(call: Call) -> Response:
    """List the reviews of a pull request, the oldest first."""
    number = int(call.parts["number"])
    if number not in call.repository.history.pulls:
        return error(404, "Not Found")
    return paginate(call, call.repository.history.reviews.get(number, []))


def get_runs(call: Call) -> Response:
    """List workflow runs, the newest first; at most 1,000 with a filter."""
    _require_actions(call)
    first, _, last = call.query.get("created", "..").partition("..")
    matching = [
        run for run in call.repository.history.runs if first <= run["created_at"] and run["created_at"] <= (last or "9")
    ]
    matching.sort(key=lambda run: (run["created_at"], run["id"]), reverse=True)
    listed = matching[:_FILTERED_AT_MOST] if "created" in call.query else matching
    return _wrapped(call, "workflow_runs", listed, len(matching))


def get_jobs(call: Call) -> Response:
    """List the jobs of a run: of its last attempt, or of all attempts."""
    _require_actions(call)
    run = next((item for item in call.repository.history.runs if item["id"] == int(call.parts["run"])), None)
    if run is None:
        return error(404, "Not Found")
    jobs = call.repository.history.jobs.get(run["id"], [])
    if call.query.get("filter") != "all":
        last = max((item["run_attempt"] for item in jobs), default=1)
        jobs = [item for item in jobs if item["run_attempt"] == last]
    return _wrapped(call, "jobs", jobs, len(jobs))


def get_suites(call: Call) -> Response:
    """List the check suites of a commit."""
    suites = call.repository.history.suites.get(call.parts["sha"], [])
    return _wrapped(call, "check_suites", suites, len(suites))


def get_tags(call: Call) -> Response:
    """List tags by name in descending order; each has only the SHA of its commit."""
    repo = call.urls.repo
    return paginate(call, [_tag(repo, name, commit) for name, commit in sorted(_tags(call), reverse=True)])


def get_matching_tags(call: Call) -> Response:
    """List the first 1,000 tags that begin with a text, in one page whatever `per_page` says: google/go-github#1567."""
    names = sorted(name for name, _ in _tags(call) if name.startswith(call.parts["text"]))
    return json_answer([_tag_ref(call, name) for name in names[:_MATCHING_AT_MOST]])


def get_commit(call: Call) -> Response:
    """Get a commit that a tag names."""
    commit = next((tagged for _, tagged in _tags(call) if tagged["sha"] == call.parts["sha"]), None)
    return error(422, f"No commit found for SHA: {call.parts['sha']}") if commit is None else json_answer(commit)


def get_issues(call: Call) -> Response:
    """List issues with the requested label (case-insensitive), the newest first."""
    if not call.repository.has_issues:
        raise abort(410, "Issues are disabled for this repo")
    state, since, label = (call.query.get(name, "") for name in ("state", "since", "labels"))
    newest = sorted(call.repository.history.issues.values(), key=lambda issue: str(issue["created_at"]), reverse=True)
    matching = [issue for issue in newest if state in ("all", issue["state"]) and issue["updated_at"] >= since]
    return paginate(call, [issue for issue in matching if not label or label.lower() in _label_names(issue)])


def get_repository_issue_events(call: Call) -> Response:
    """List the events of all issues with their issues, the newest first."""
    history = call.repository.history
    events = [
        event | {"issue": history.issues[number]} for number, listed in history.issue_events.items() for event in listed
    ]
    return paginate(call, sorted(events, key=lambda event: (str(event["created_at"]), event["id"]), reverse=True))


def get_issue_events(call: Call) -> Response:
    """List the events of an issue, the oldest first."""
    number = int(call.parts["number"])
    if number not in call.repository.history.issues and number not in call.repository.history.pulls:
        return error(404, "Not Found")
    return paginate(call, call.repository.history.issue_events.get(number, []))


def _require_actions(call: Call) -> None:
    """Raise HttpError 404 where Actions are off: self-actuated/actions-usage#13."""
    if not call.repository.has_actions:
        raise abort(404, "Not Found")


def _label_names(issue: Json) -> set[str]:
    return {label["name"].lower() for label in issue["labels"]}


def _tags(call: Call) -> Iterable[tuple[str, Json]]:
    return call.repository.history.tags.items()


def _tag(repo: str, name: str, commit: Json) -> Json:
    archives = {f"{kind}_url": f"{repo}/{kind}/refs/tags/{name}" for kind in ("zipball", "tarball")}
    target = {"sha": commit["sha"], "url": f"{repo}/commits/{commit['sha']}"}
    return {"name": name, **archives, "commit": target, "node_id": commit["node_id"]}


def _tag_ref(call: Call, name: str) -> Json:
    """Return a tag as a git reference; that of an annotated tag names the tag's own object."""
    history, repo = call.repository.history, call.urls.repo
    sha, kind = history.tags[name]["sha"], "tag" if name in history.tagged else "commit"
    sha = sha if kind == "commit" else sha[::-1]
    target = {"sha": sha, "type": kind, "url": f"{repo}/git/{kind}s/{sha}"}
    return {"ref": f"refs/tags/{name}", "node_id": "REF_x", "url": f"{repo}/git/refs/tags/{name}", "object": target}


def _wrapped(call: Call, name: str, items: Sequence[Json], total: int) -> Response:
    body = {"total_count": total, name: list(page_items(call.query, items))}
    return json_answer(body, headers=links(call, len(items)))
