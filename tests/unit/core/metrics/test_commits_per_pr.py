from typing import Any

import pytest

from core.errors import (
    MalformedPayload,
    MissingPermission,
    NotAvailable,
    NotFound,
    PermanentError,
    TransientReadError,
    Unavailable,
)
from core.metrics.commits_per_pr import METRIC
from core.payload import milliseconds
from core.text_facts import fingerprint
from tests.builders import webhook
from tests.unit.core.metrics.fakes import FakeGitHub, output, recorded, wants

PATH = "/repos/octo-org/hello-world/pulls/2/commits"
FOLDER = "octo-org/hello-world/commits-per-pr"
CLOSED = 1795167000000
GOOD = "2026-11-20T09:00:00Z"
AUTHORED, COMMITTED = 1794902400000, 1795089600000


def commit(authored: str | None = "2026-11-17T08:00:00Z", committed: str | None = "2026-11-19T12:00:00Z") -> Any:
    people = {"author": {"name": "Mona", "date": authored}, "committer": {"name": "GitHub", "date": committed}}
    return {"sha": "6dcb09b5b57875f334f61aebed695e2e4193db5e", "commit": {**people, "message": "Greet"}}


def facts(authored: int | None = AUTHORED, committed: int | None = COMMITTED, **changes: Any) -> dict[str, Any]:
    """What is recorded of `commit()`, with changes."""
    return {
        "authored": authored,
        "committed": committed,
        "sha": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
        "parents": None,
        "author_kind": "unknown",
        "assistants": [],
        "fingerprint": fingerprint(authored, "Greet"),
        "title_kind": "other",
        "revert_depth": 0,
        "reverts_sha": None,
        "reverts_number": None,
        "number": None,
        "number_kind": None,
    } | changes


UNKNOWN = dict.fromkeys(facts()) | {"author_kind": "unknown"}
"""What is recorded of a commit without a message."""


def listing(*items: Any) -> FakeGitHub:
    return FakeGitHub({PATH: list(items)})


def test_a_merged_pull_request_is_recorded_to_the_field() -> None:
    github = listing(commit(), commit(committed="2026-11-19T14:00:00.5+02:00"))

    record = recorded(METRIC, webhook("pull_request_merged"), github)

    assert record.event.output == {
        "pr_id": 279147437,
        "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
        "additions": 120,
        "deletions": 30,
        "commits": {
            "amount": 2,
            "commit_timestamps": [
                facts(),
                facts(committed=COMMITTED + 500),
            ],
        },
    }
    assert list(record.event.output) == ["pr_id", "head_sha", "additions", "deletions", "commits"]
    assert record.path == f"{FOLDER}/2026-11-20/279147437-{CLOSED}.json"
    assert record.event.id == f"{FOLDER}/279147437-{CLOSED}"
    assert (record.event.status, record.event.anomalies) == ("success", [])
    assert github.asked == [(PATH, {})]


def test_a_pull_request_that_was_closed_without_merging_is_ignored() -> None:
    assert not wants(METRIC, webhook("pull_request_closed"))


@pytest.mark.parametrize("merged", [None, ...])
def test_a_pull_request_not_known_to_be_merged_is_ignored(merged: Any) -> None:
    assert not wants(METRIC, webhook("pull_request_merged", pull_request__merged=merged))


@pytest.mark.parametrize("action", ["opened", "edited", "labeled", None, ...])
def test_a_merged_pull_request_that_was_not_closed_just_now_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("pull_request_merged", action=action))


def test_all_of_more_than_one_page_are_counted() -> None:
    record = recorded(METRIC, webhook("pull_request_merged", pull_request__commits=249), listing(*[commit()] * 249))

    assert record.event.output["commits"]["amount"] == 249
    assert len(record.event.output["commits"]["commit_timestamps"]) == 249
    assert record.event.anomalies == []


def test_beyond_250_commits_the_list_is_truncated_and_the_count_is_not() -> None:
    record = recorded(METRIC, webhook("pull_request_merged", pull_request__commits=317), listing(*[commit()] * 250))

    assert record.event.output["commits"] == {
        "amount": 317,
        "commit_timestamps": [facts()] * 250,
    }
    assert (record.event.anomalies, record.event.status) == (["commit_list_truncated"], "success")


def test_exactly_250_commits_are_not_truncated() -> None:
    record = recorded(METRIC, webhook("pull_request_merged", pull_request__commits=250), listing(*[commit()] * 250))

    assert (record.event.output["commits"]["amount"], record.event.anomalies) == (250, [])


def test_a_pull_request_may_list_no_commits() -> None:
    payload = webhook("pull_request_merged", pull_request__commits=0)

    assert output(METRIC, payload, listing())["commits"] == {"amount": 0, "commit_timestamps": []}


@pytest.mark.parametrize("missing", [None, ...])
@pytest.mark.parametrize("field", ["additions", "deletions"])
def test_lines_that_github_did_not_count_are_null_and_not_zero(field: str, missing: Any) -> None:
    payload = webhook("pull_request_merged", **{f"pull_request__{field}": missing})

    assert output(METRIC, payload, listing())[field] is None


def test_a_commit_without_author_or_committer_has_null_times() -> None:
    github = listing({"commit": {"author": None, "committer": None}}, {"commit": {}}, commit(None, None))

    timestamps = output(METRIC, webhook("pull_request_merged"), github)["commits"]["commit_timestamps"]

    assert timestamps == [UNKNOWN, UNKNOWN, facts(None, None)]


def test_a_malformed_commit_is_named_by_its_index() -> None:
    with pytest.raises(MalformedPayload, match=r"^commits\[1\]\.commit: expected an object, got a list"):
        recorded(METRIC, webhook("pull_request_merged"), listing(commit(), {"commit": []}))


def test_a_commit_with_an_absurd_date_costs_only_that_date() -> None:
    dates = ["", "0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "1969-12-31T23:59:59Z"]
    github = listing(*({"commit": {"author": {"date": date}, "committer": {"date": GOOD}}} for date in dates))

    record = recorded(METRIC, webhook("pull_request_merged"), github)

    good = milliseconds(GOOD)
    assert record.event.output["commits"]["commit_timestamps"] == [UNKNOWN | {"committed": good}] * 4
    assert (record.event.status, record.event.anomalies) == ("success", ["impossible_time"])


def test_commits_that_github_cannot_list_are_null_with_an_anomaly() -> None:
    record = recorded(METRIC, webhook("pull_request_merged"), listing(commit(), NotAvailable("GET: 422")))

    assert (record.event.output["commits"], record.event.output["additions"]) == (None, 120)
    assert (record.event.status, record.event.anomalies) == ("success", ["commits_not_available"])


@pytest.mark.parametrize("commit", [None, {}, {"author": None}, {"author": {}, "committer": {"date": None}}])
def test_a_commit_without_a_date_is_null_with_an_anomaly(commit: Any) -> None:
    record = recorded(METRIC, webhook("pull_request_merged"), listing({"commit": commit}))

    assert record.event.output["commits"] == {
        "amount": 1,
        "commit_timestamps": [UNKNOWN],
    }
    assert record.event.anomalies == ["missing_time"]


@pytest.mark.parametrize("failed_reads", [0, 1, 3])
def test_a_read_that_fails_is_tried_again_before_the_last_try(failed_reads: int) -> None:
    with pytest.raises(TransientReadError, match="GET: 502"):
        recorded(
            METRIC, webhook("pull_request_merged"), listing(TransientReadError("GET: 502")), failed_reads=failed_reads
        )


@pytest.mark.parametrize(
    "listed", [[TransientReadError("GET: 502")], [*[commit()] * 100, TransientReadError("page 2: 502")]]
)
@pytest.mark.parametrize("failed_reads", [4, 9])
def test_on_the_last_try_a_failed_read_is_stored_with_nulls(failed_reads: int, listed: list[Any]) -> None:
    record = recorded(METRIC, webhook("pull_request_merged"), listing(*listed), failed_reads=failed_reads)

    assert record.event.output == {
        "pr_id": 279147437,
        "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
        "additions": 120,
        "deletions": 30,
        "commits": None,
    }
    assert record.event.status == "networkError"
    assert record.path == f"{FOLDER}/2026-11-20/279147437-{CLOSED}.partial.json"
    assert record.event.id == f"{FOLDER}/279147437-{CLOSED}"


def test_a_last_try_that_works_is_a_success() -> None:
    record = recorded(METRIC, webhook("pull_request_merged"), listing(commit()), failed_reads=4)

    assert (record.event.status, record.path) == ("success", f"{FOLDER}/2026-11-20/279147437-{CLOSED}.json")


@pytest.mark.parametrize("error", [Unavailable("our token"), PermanentError("404")])
def test_only_a_passing_failure_ever_becomes_a_network_error(error: Exception) -> None:
    with pytest.raises(type(error)):
        recorded(METRIC, webhook("pull_request_merged"), listing(error), failed_reads=9)


def test_without_closed_at_the_day_is_that_of_the_update() -> None:
    payload = webhook(
        "pull_request_merged", pull_request__closed_at=None, pull_request__updated_at="2026-11-22T01:00:00Z"
    )

    assert recorded(METRIC, payload, listing()).path == f"{FOLDER}/2026-11-22/279147437.json"


def test_an_id_beyond_2_to_the_53_stays_exact() -> None:
    record = recorded(METRIC, webhook("pull_request_merged", pull_request__id=2**53 + 1), listing())

    assert (record.event.output["pr_id"], record.event.id) == (2**53 + 1, f"{FOLDER}/9007199254740993-{CLOSED}")


@pytest.mark.parametrize("number", [None, "2", ...])
def test_a_pull_request_without_a_number_is_malformed(number: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^pull_request\.number: expected a whole number"):
        recorded(METRIC, webhook("pull_request_merged", pull_request__number=number))


def titled(*lines: str, **fields: Any) -> list[Any]:
    """A commit for each first line."""
    return [{**commit(), **fields, "commit": {**commit()["commit"], "message": line}} for line in lines]


def recorded_kinds(github: FakeGitHub, **fields: Any) -> tuple[list[Any], list[str]]:
    """The number and its kind of each commit, and the anomalies."""
    record = recorded(METRIC, webhook("pull_request_merged"), github, **fields)
    items = record.event.output["commits"]["commit_timestamps"]
    return [(item["number"], item["number_kind"]) for item in items], record.event.anomalies


def kinds(**answers: Any) -> dict[str, Any]:
    return {"NumberKinds": {"repository": {name: kind and {"__typename": kind} for name, kind in answers.items()}}}


def test_the_facts_of_each_commit_come_from_its_message_and_account() -> None:
    account = {"login": "renovate[bot]", "type": "Bot"}
    [item] = titled('Revert "Greet (#7)"\n\nThis reverts commit 0123456789.', author=account, parents=[{}, {}])

    stamps = output(METRIC, webhook("pull_request_merged"), listing(item))["commits"]["commit_timestamps"]

    assert stamps == [
        facts(
            parents=2,
            author_kind="bot",
            fingerprint=fingerprint(AUTHORED, 'Revert "Greet (#7)"'),
            title_kind="revert",
            revert_depth=1,
            reverts_sha="0123456789",
            reverts_number=7,
        )
    ]


def test_the_kinds_of_all_numbers_take_one_request() -> None:
    lists = {PATH: titled("Greet (#3)", "Greet", "Wave (#4)", "Bow (#5)", "Again (#3)")}
    github = FakeGitHub(lists, queries=kinds(n3="PullRequest", n4="Issue", n5=None))

    found, anomalies = recorded_kinds(github)

    numbers = [(3, "pull_request"), (None, None), (4, "issue"), (5, "none"), (3, "pull_request")]
    assert (found, anomalies) == (numbers, [])
    assert github.asked == [(PATH, {}), ("NumberKinds", {"owner": "octo-org", "repo": "hello-world"})]


def test_a_number_that_github_cannot_have_is_not_asked_for() -> None:
    github = listing(*titled("Greet (#0)", "Greet (#2147483648)", "Greet (#999999999999999)"))

    assert recorded_kinds(github) == ([(0, "none"), (2147483648, "none"), (999999999999999, "none")], [])
    assert github.asked == [(PATH, {})]


def test_beyond_100_numbers_the_kinds_are_unknown() -> None:
    lists = {PATH: titled(*(f"Greet (#{number})" for number in range(1, 103)))}
    github = FakeGitHub(lists, queries=kinds(**{f"n{number}": "Issue" for number in range(1, 101)}))

    found, anomalies = recorded_kinds(github)

    assert [kind for _, kind in found] == ["issue"] * 100 + [None] * 2
    assert anomalies == ["number_kinds_truncated"]


@pytest.mark.parametrize(
    "answer",
    [
        NotAvailable("POST /graphql: 404"),
        MissingPermission("no issues"),
        NotFound("no such repository"),
        {"repository": None},
        {"repository": {}},
        {"repository": {"n3": {"__typename": "Discussion"}}},
        {"repository": {"n3": {}}},
        {},
    ],
)
def test_kinds_that_github_cannot_say_are_null_with_an_anomaly(answer: Any) -> None:
    github = FakeGitHub({PATH: titled("Greet (#3)")}, queries={"NumberKinds": answer})

    found = recorded_kinds(github, collected_by="recovery", failed_reads=2)

    assert found == ([(3, None)], ["number_kinds_not_available"])


def test_a_backfill_asks_for_the_numbers_of_all_records_together() -> None:
    github = listing(*titled("Greet (#3)"))

    assert recorded_kinds(github, collected_by="backfill") == ([(3, None)], [])
    assert github.asked == [(PATH, {})]


def test_kinds_that_cannot_be_read_now_are_retried() -> None:
    github = FakeGitHub({PATH: titled("Greet (#3)")}, queries={"NumberKinds": TransientReadError("POST: 502")})

    with pytest.raises(TransientReadError):
        recorded(METRIC, webhook("pull_request_merged"), github)
    record = recorded(METRIC, webhook("pull_request_merged"), github, failed_reads=4)

    assert record.event.status == "networkError"
    assert record.event.output["commits"]["commit_timestamps"][0]["number_kind"] is None


def test_a_repository_that_graphql_does_not_have_yet_is_retried() -> None:
    github = FakeGitHub({PATH: titled("Greet (#3)")}, queries={"NumberKinds": {"repository": None}})

    with pytest.raises(TransientReadError, match="which may pass"):
        recorded(METRIC, webhook("pull_request_merged"), github)


def test_a_token_that_is_not_valid_waits() -> None:
    github = FakeGitHub({PATH: titled("Greet (#3)")}, queries={"NumberKinds": Unavailable("our token")})

    with pytest.raises(Unavailable):
        recorded(METRIC, webhook("pull_request_merged"), github, failed_reads=9)
