from typing import Any

import pytest

from core.errors import MissingPermission, NotAvailable, NotFound, ResponseTooLarge, TransientReadError, Unavailable
from core.metrics.code_review_involvement import METRIC
from core.payload import milliseconds
from tests.builders import webhook
from tests.unit.core.metrics.fakes import FakeGitHub, recorded
from tests.unit.core.metrics.timelines import (
    AUTHOR,
    BOT,
    PERSON,
    answering,
    at,
    pull_request,
    review,
    with_timeline,
)

NOTHING = {
    "first_ready_at": None,
    "last_ready_at": None,
    "drafted_at": None,
    "first_review_at": None,
    "last_approval_at": None,
    "queued_at": None,
    "is_merged_by_queue": False,
}


def ms(clock: str) -> int:
    return milliseconds(at(clock))


def read(github: FakeGitHub, name: str = "pull_request_merged", **fields: Any) -> tuple[Any, list[str]]:
    """The recorded timeline, and the anomalies."""
    event = recorded(METRIC, webhook(name), github, **fields).event
    return event.output["timeline"], event.anomalies


def test_a_pull_request_without_events_has_none() -> None:
    github = with_timeline()
    assert read(github) == (NOTHING, [])
    assert github.asked == [("PullRequestTimeline", {"owner": "octo-org", "repo": "hello-world", "number": 2})]


def test_an_unmerged_pull_request_takes_no_request() -> None:
    github = FakeGitHub()
    assert read(github, "pull_request_closed") == (None, [])
    assert github.asked == []


def test_the_times_of_all_events_are_recorded() -> None:
    timeline, anomalies = read(
        with_timeline(
            firstReady="08:00:00",
            drafted="08:10:00",
            lastReady="08:20:00",
            queued="09:00:00",
            dequeued={"createdAt": at("09:29:59"), "reason": "merged"},
            first_reviews=[review("08:30:00")],
            approvals=[review("08:40:00"), review("08:50:00")],
        )
    )
    assert timeline == {
        "first_ready_at": ms("08:00:00"),
        "last_ready_at": ms("08:20:00"),
        "drafted_at": ms("08:10:00"),
        "first_review_at": ms("08:30:00"),
        "last_approval_at": ms("08:50:00"),
        "queued_at": ms("09:00:00"),
        "is_merged_by_queue": True,
    }
    assert anomalies == []


AGENT = {"__typename": "Bot", "login": "copilot-swe-agent"}


@pytest.mark.parametrize("account", [AUTHOR, BOT, AGENT, {**AUTHOR, "login": "MONA-author"}])
def test_reviews_of_the_author_bots_and_agents_do_not_count(account: Any) -> None:
    ignored, counted = [review("08:00:00", account), review("09:10:00", account)], review("08:30:00")
    timeline, anomalies = read(with_timeline(first_reviews=[*ignored, counted], approvals=[counted, *ignored]))
    assert (timeline["first_review_at"], timeline["last_approval_at"]) == (ms("08:30:00"), ms("08:30:00"))
    assert anomalies == []
    nobody, anomalies = read(with_timeline(first_reviews=ignored, approvals=ignored))
    assert (nobody, anomalies) == (NOTHING, [])


@pytest.mark.parametrize("account", [None, {"__typename": "Mannequin", "login": "old-name"}])
def test_a_review_by_an_unknown_account_leaves_the_time_unknown(account: Any) -> None:
    """The account may have been a person's, a bot's or the author's own."""
    gone, person = review("08:30:00", account), review("08:40:00")
    timeline, anomalies = read(
        with_timeline(first_reviews=[gone, person], approvals=[person, review("09:00:00", account)])
    )
    assert (timeline["first_review_at"], timeline["last_approval_at"]) == (None, None)
    assert anomalies == ["unknown_reviewer"]


def test_an_unknown_account_beyond_the_person_s_review_changes_nothing() -> None:
    gone, person = review("08:40:00", None), review("08:30:00")
    timeline, anomalies = read(
        with_timeline(first_reviews=[person, gone], approvals=[review("08:20:00", None), person])
    )
    assert (timeline["first_review_at"], timeline["last_approval_at"]) == (ms("08:30:00"), ms("08:30:00"))
    assert anomalies == []


def test_reviews_are_in_the_order_of_their_submission() -> None:
    late_first = [review("09:00:00"), review("08:00:00")]
    timeline, _ = read(with_timeline(first_reviews=late_first, approvals=late_first))
    assert (timeline["first_review_at"], timeline["last_approval_at"]) == (ms("08:00:00"), ms("09:00:00"))


def test_what_came_after_the_merge_does_not_count() -> None:
    """So a pull request that is read later, as by backfill, has the same record."""
    after = [review("09:30:01"), review("11:00:00", None)]
    timeline, anomalies = read(with_timeline(first_reviews=after, approvals=[review("09:30:00"), *after]))
    assert (timeline["first_review_at"], timeline["last_approval_at"]) == (None, ms("09:30:00"))
    assert anomalies == []


def test_more_reviews_than_are_listed_leave_the_time_unknown() -> None:
    bots = [review("08:00:00", BOT)] * 100
    timeline, anomalies = read(with_timeline(first_reviews=bots, approvals=bots, more=True))
    assert (timeline["first_review_at"], timeline["last_approval_at"]) == (None, None)
    assert anomalies == ["reviews_truncated"]


def test_a_person_among_the_listed_reviews_is_enough() -> None:
    reviews = [review("08:00:00", BOT), review("08:30:00"), *[review("08:40:00", BOT)] * 98]
    timeline, anomalies = read(with_timeline(first_reviews=reviews, approvals=reviews, more=True))
    assert (timeline["first_review_at"], timeline["last_approval_at"]) == (ms("08:30:00"), ms("08:30:00"))
    assert anomalies == []


def test_a_review_with_an_impossible_time_is_left_out() -> None:
    odd = {"submittedAt": "0001-01-01T00:00:00Z", "author": PERSON}
    timeline, anomalies = read(with_timeline(first_reviews=[odd, review("08:30:00")]))
    assert (timeline["first_review_at"], anomalies) == (ms("08:30:00"), ["impossible_time"])


@pytest.mark.parametrize("reason", ["merged", "MERGED", "merge"])
def test_a_removal_for_the_merge_is_a_merge_by_the_queue(reason: str) -> None:
    removal = {"createdAt": at("09:29:59"), "reason": reason}
    assert read(with_timeline(queued="09:00:00", dequeued=removal))[0]["is_merged_by_queue"] is True
    assert read(with_timeline(dequeued=removal))[0]["is_merged_by_queue"] is True


@pytest.mark.parametrize("reason", ["failed_checks", "manual", "MERGE_CONFLICT", "already_merged"])
def test_a_removal_for_another_reason_is_none(reason: str) -> None:
    removal = {"createdAt": at("09:20:00"), "reason": reason}
    assert read(with_timeline(queued="09:00:00", dequeued=removal))[0]["is_merged_by_queue"] is False


@pytest.mark.parametrize(
    "events",
    [
        {"queued": "09:00:00"},
        {"queued": "09:25:00", "dequeued": {"createdAt": at("09:20:00"), "reason": "failed_checks"}},
        {"queued": "09:00:00", "dequeued": {"createdAt": at("09:20:00"), "reason": None}},
        {"queued": "09:00:00", "dequeued": {"createdAt": at("09:29:59"), "reason": "unknown_removal_reason"}},
        {"queued": "09:00:00", "dequeued": {"createdAt": at("09:29:59"), "reason": "merged by the queue"}},
    ],
)
def test_a_queue_that_does_not_say_how_it_ended_is_unknown(events: Any) -> None:
    assert read(with_timeline(**events))[0]["is_merged_by_queue"] is None


@pytest.mark.parametrize(
    "answer",
    [
        NotAvailable("POST /graphql: 404"),
        ResponseTooLarge("POST /graphql"),
        NotFound("gone"),
        {},
        {"repository": None},
        {"repository": {"pullRequest": None}},
        {"repository": {"pullRequest": {}}},
        {"repository": {"pullRequest": pull_request() | {"firstReviews": None}}},
        {"repository": {"pullRequest": pull_request() | {"author": {"login": 7}}}},
    ],
)
def test_a_timeline_that_github_cannot_say_is_null(answer: Any) -> None:
    assert read(answering(answer), collected_by="backfill") == (None, ["timeline_not_available"])


@pytest.mark.parametrize("answer", [{"repository": None}, {"repository": {"pullRequest": None}}, NotFound("not yet")])
def test_a_pull_request_that_graphql_does_not_have_yet_is_retried(answer: Any) -> None:
    with pytest.raises(TransientReadError, match="which may pass"):
        read(answering(answer))


def test_a_read_that_fails_for_ever_is_stored_without_the_timeline() -> None:
    github = answering(TransientReadError("POST /graphql: 502"))
    with pytest.raises(TransientReadError):
        read(github, failed_reads=3)
    event = recorded(METRIC, webhook("pull_request_merged"), github, failed_reads=4).event
    assert (event.status, event.output["timeline"], event.output["comments"]) == ("networkError", None, 3)


def test_a_token_that_is_not_valid_waits() -> None:
    with pytest.raises(Unavailable):
        read(answering(Unavailable("our token")), failed_reads=9)


def test_a_token_without_the_permission_costs_only_the_timeline() -> None:
    event = recorded(METRIC, webhook("pull_request_merged"), answering(MissingPermission("pull requests"))).event
    assert (event.status, event.output["timeline"], event.output["comments"]) == ("success", None, 3)
    assert event.anomalies == ["timeline_not_available"]


def test_a_person_with_the_login_of_the_app_that_wrote_it_counts() -> None:
    person = review("08:30:00", {"__typename": "User", "login": "dependabot"})
    timeline, anomalies = read(with_timeline(author=BOT, first_reviews=[person], approvals=[person]))
    assert (timeline["first_review_at"], timeline["last_approval_at"], anomalies) == (
        ms("08:30:00"),
        ms("08:30:00"),
        [],
    )


def test_a_pull_request_without_a_number_has_no_timeline() -> None:
    event = recorded(METRIC, webhook("pull_request_merged", pull_request__number=None)).event
    assert (event.output["timeline"], event.anomalies) == (None, ["timeline_not_available"])
