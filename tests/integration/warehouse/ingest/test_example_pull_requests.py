"""GitHub's own example of a closed pull request, through the webhook and the worker, into the record and the database."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from core.payload import milliseconds
from fakes.github.serializers import iso
from fakes.github.state import Commit, File, GitHubState, PullRequest
from tests.contract.test_webhook_examples import Example, Harness
from tests.unit.warehouse.record_factory import Files, one
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source

pytestmark = pytest.mark.npm

CLOSED = milliseconds("2019-05-15T15:21:18Z")
MINUTE = 60_000
CLAUDE = "Co-authored-by: Claude <noreply@anthropic.com>"


def time(before: int) -> str:
    """The time so many seconds before the end of the pull request."""
    return iso(CLOSED - before * 1000)


@pytest.fixture
def example(npm: Path) -> Example:
    """The example as GitHub has it, but for what it lacks: it is merged, and its texts say something."""
    index = json.loads((npm / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json").read_text())
    [events] = [event["examples"] for event in index if event["name"] == "pull_request"]
    payload = copy.deepcopy(next(payload for payload in events if payload["action"] == "closed"))
    pull = payload["pull_request"]
    pull |= {"merged": True, "merged_at": pull["closed_at"], "merge_commit_sha": "a" * 40, "merged_by": pull["user"]}
    pull |= {"title": 'Revert "Hello"', "body": f"Reverts Codertocat/Hello-World#1\n\nFixes #3\n\n{CLAUDE}"}
    return Example("pull_request", payload, "delivery-1")


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    """Both halves, and a GitHub that knows the pull request."""
    harness = Harness(tmp_path / "store")
    harness.fake.state = GitHubState()
    repository = harness.fake.state.repository("Codertocat/Hello-World")
    messages = ('Revert "Hello (#1)" (#2)\n\nThis reverts commit 0123456.', f"Wave (#9)\n\n{CLAUDE}")
    logins = ("Codertocat", "dependabot[bot]")
    commits = [Commit(f"{n:040x}", CLOSED - n * MINUTE, CLOSED, logins[n], message=m) for n, m in enumerate(messages)]
    repository.pulls[2] = PullRequest(commits, [File("README.md"), File("services/api/src/main.py")])
    history = repository.history
    history.pulls[2] = {"user": {"login": "Codertocat", "type": "User"}}
    history.timelines[2] = [
        {"__typename": "ConvertToDraftEvent", "createdAt": time(40)},
        {"__typename": "ReadyForReviewEvent", "createdAt": time(30)},
        {"__typename": "AddedToMergeQueueEvent", "createdAt": time(10)},
        {"__typename": "RemovedFromMergeQueueEvent", "createdAt": time(1), "reason": "merged"},
    ]
    accounts = {"code-reviewer[bot]": "Bot", "Codertocat": "User", "octocat": "User"}
    history.reviews[2] = [
        {"state": "approved", "submitted_at": time(28 - n), "user": {"login": login, "type": kind}}
        for n, (login, kind) in enumerate(accounts.items())
    ]
    return harness


def test_a_pull_request_of_github_has_each_new_field(harness: Harness, example: Example) -> None:
    assert harness.send(example).status == 202
    harness.work()
    records = {record["metric_signature"]: record for record in harness.records().values()}
    assert {record["status"] for record in records.values()} == {"success"}
    assert [record["anomalies"] for record in records.values()] == [[], [], []]

    review = records["code-review-involvement"]["output"]
    fields = ("author_kind", "title_kind", "revert_depth", "reverts_sha", "reverts_number", "closes", "assistants")
    assert [review[name] for name in fields] == ["person", "revert", 1, None, 1, [3], ["claude"]]
    assert [review[name] for name in ("labels", "head_ref", "is_draft")] == [["bug"], "changes", False]
    assert review["timeline"] == {
        "first_ready_at": milliseconds(time(30)),
        "last_ready_at": milliseconds(time(30)),
        "drafted_at": milliseconds(time(40)),
        "first_review_at": milliseconds(time(26)),
        "last_approval_at": milliseconds(time(26)),
        "queued_at": milliseconds(time(10)),
        "is_merged_by_queue": True,
    }
    assert records["documentation-updated"]["output"]["paths"] == {
        "names": ["README.md", "services/api/"],
        "cut": False,
    }


def test_the_commits_of_a_pull_request_have_each_new_field(harness: Harness, example: Example) -> None:
    harness.send(example)
    harness.work()
    [output] = [r["output"] for r in harness.records().values() if r["metric_signature"] == "commits-per-pr"]
    facts = [dict(item) for item in output["commits"]["commit_timestamps"]]
    fingerprints = {item.pop("fingerprint") for item in facts}
    assert {len(fingerprint) for fingerprint in fingerprints} == {16}
    common = {"committed": CLOSED, "parents": 1}
    assert facts == [
        {
            **common,
            "authored": CLOSED,
            "sha": "0" * 40,
            "author_kind": "person",
            "assistants": [],
            "title_kind": "revert",
            "revert_depth": 1,
            "reverts_sha": "0123456",
            "reverts_number": 1,
            "number": 2,
            "number_kind": "pull_request",
        },
        {
            **common,
            "authored": CLOSED - MINUTE,
            "sha": f"{1:040x}",
            "author_kind": "bot",
            "assistants": ["claude"],
            "title_kind": "other",
            "revert_depth": 0,
            "reverts_sha": None,
            "reverts_number": None,
            "number": 9,
            "number_kind": "none",
        },
    ]


def test_each_new_field_of_a_pull_request_is_in_the_database(harness: Harness, example: Example) -> None:
    harness.send(example)
    harness.work()
    stored = {path: (harness.store.read(path) or b"") for path in harness.records()}
    with open_database(":memory:") as connection:
        assert merge(connection, Source(Files(stored), "test")).rejected == 0
        review: Any = one(
            connection,
            """SELECT author_kind, title_kind, revert_depth, reverts_number, closes, assistants, labels, head_ref, is_draft,
            epoch_ms(timeline.first_review_at), timeline.is_merged_by_queue FROM code_review_involvement""",
        )
        commits: Any = one(
            connection,
            """SELECT list_transform(commits.commit_timestamps, lambda c: c.author_kind || ' ' || c.number_kind)
            FROM commits_per_pr""",
        )
        paths: Any = one(connection, "SELECT paths.names, paths.cut FROM documentation_updated")
    first_review = milliseconds(time(26))
    texts = ("person", "revert", 1, 1, [3], ["claude"])
    assert review == (*texts, ["bug"], "changes", False, first_review, True)
    assert commits == (["person pull_request", "bot none"],)
    assert paths == (["README.md", "services/api/"], False)
