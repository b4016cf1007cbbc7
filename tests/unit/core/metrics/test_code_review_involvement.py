from typing import Any

import pytest

from core.collect_metrics import collect
from core.errors import MalformedPayload
from core.events import Record
from core.metric import Metric
from core.metrics._actions_run import LONGEST
from core.metrics._labels import LONGEST_LABEL, MOST_LABELS
from core.metrics.code_review_involvement import METRIC
from tests.builders import processing, signed, webhook
from tests.unit.core.metrics import fakes
from tests.unit.core.metrics.fakes import FakeGitHub, wants
from tests.unit.core.metrics.test_timeline import NOTHING
from tests.unit.core.metrics.timelines import with_timeline

CREATED, UPDATED, CLOSED = 1794988800000, 1795166970000, 1795167000000
FOLDER = "octo-org/hello-world/code-review-involvement"
MERGED = {
    "pr_id": 279147437,
    "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
    "merged": True,
    "created_at": CREATED,
    "updated_at": UPDATED,
    "closed_at": CLOSED,
    "merged_at": CLOSED,
    "total_duration": 178_200_000,
    "created_to_merged_duration": 178_200_000,
    "updated_to_closed": 30_000,
    "comments": 3,
    "review_comments": 5,
    "changed_files": 4,
    "has_been_merged_by_author": False,
    "requested_reviewers": 2,
    "requested_teams": 1,
    "number": 2,
    "base_ref": "main",
    "merge_commit_sha": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
    "is_revert": False,
    "author_kind": "person",
    "title_kind": "other",
    "revert_depth": 0,
    "reverts_sha": None,
    "reverts_number": None,
    "closes": [],
    "assistants": [],
    "labels": ["enhancement"],
    "head_ref": "changes",
    "is_draft": False,
    "timeline": NOTHING,
}
UNMERGED = MERGED | {
    "merged": False,
    "merged_at": None,
    "created_to_merged_duration": None,
    "has_been_merged_by_author": None,
    "merge_commit_sha": None,
    "timeline": None,
}


def recorded(metric: Metric, payload: Any, github: FakeGitHub | None = None, **fields: Any) -> Record:
    """The record; the timeline is empty unless a `github` says otherwise."""
    return fakes.recorded(metric, payload, github or with_timeline(), **fields)


def output(metric: Metric, payload: Any, github: FakeGitHub | None = None, **fields: Any) -> Any:
    return recorded(metric, payload, github, **fields).event.output


def test_a_merged_pull_request_is_recorded_to_the_field() -> None:
    record = recorded(METRIC, webhook("pull_request_merged"))

    assert record.event.output == MERGED
    assert list(record.event.output) == list(MERGED)
    assert record.path == f"{FOLDER}/2026-11-20/279147437-{CLOSED}.json"
    assert record.event.id == f"{FOLDER}/279147437-{CLOSED}"
    assert (record.event.status, record.event.anomalies) == ("success", [])


def test_a_closed_but_unmerged_pull_request_has_no_merge_time() -> None:
    record = recorded(METRIC, webhook("pull_request_closed"))

    assert record.event.output == UNMERGED
    assert record.event.anomalies == []


def test_an_unmerged_pull_request_has_no_merge_time() -> None:
    payload = webhook("pull_request_merged", pull_request__merged=False)

    assert output(METRIC, payload) == UNMERGED


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", None, ...])
def test_a_pull_request_that_is_not_closed_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("pull_request_merged", action=action))


def test_its_author_can_have_merged_it() -> None:
    payload = webhook("pull_request_merged")
    payload["pull_request"]["merged_by"] = payload["pull_request"]["user"]

    assert output(METRIC, payload)["has_been_merged_by_author"] is True


@pytest.mark.parametrize("ghost", [None, {"login": "ghost", "id": 10137}, {"login": "Ghost"}, {"login": None}, ...])
@pytest.mark.parametrize("role", ["user", "merged_by"])
def test_a_deleted_account_makes_merged_by_author_unknown(role: str, ghost: Any) -> None:
    payload = webhook("pull_request_merged", **{f"pull_request__{role}": ghost})

    unknown = {"author_kind": "unknown"} if role == "user" else {}
    assert output(METRIC, payload) == MERGED | {"has_been_merged_by_author": None} | unknown


def test_two_ghosts_are_not_one_person() -> None:
    ghost = {"login": "ghost", "id": 10137}
    payload = webhook("pull_request_merged", pull_request__user=ghost, pull_request__merged_by=ghost)

    assert output(METRIC, payload)["has_been_merged_by_author"] is None


@pytest.mark.parametrize("missing", [None, ...])
@pytest.mark.parametrize("field", ["comments", "review_comments", "changed_files"])
def test_a_missing_count_is_null_and_not_zero(field: str, missing: Any) -> None:
    payload = webhook("pull_request_merged", **{f"pull_request__{field}": missing})

    assert output(METRIC, payload) == MERGED | {field: None}


@pytest.mark.parametrize("empty", [None, [], ...])
@pytest.mark.parametrize("field", ["requested_reviewers", "requested_teams"])
def test_an_absent_list_means_no_requested_reviewers(field: str, empty: Any) -> None:
    payload = webhook("pull_request_merged", **{f"pull_request__{field}": empty})

    assert output(METRIC, payload) == MERGED | {field: 0}


@pytest.mark.parametrize("missing", [None, ...])
def test_without_created_at_the_durations_from_it_are_null(missing: Any) -> None:
    record = recorded(METRIC, webhook("pull_request_merged", pull_request__created_at=missing))

    assert record.event.output == MERGED | {
        "created_at": None,
        "total_duration": None,
        "created_to_merged_duration": None,
    }
    assert (record.event.anomalies, record.event.status) == (["missing_time"], "success")


def test_an_update_after_the_end_leaves_its_duration_null() -> None:
    record = recorded(METRIC, webhook("pull_request_merged", pull_request__updated_at="2026-11-20T09:30:01Z"))

    assert record.event.output == MERGED | {"updated_at": CLOSED + 1000, "updated_to_closed": None}
    assert record.event.anomalies == ["negative_duration"]


def test_a_pull_request_without_closed_at_has_the_day_of_its_update() -> None:
    payload = webhook(
        "pull_request_merged", pull_request__closed_at=None, pull_request__updated_at="2026-11-22T01:00:00Z"
    )

    record = recorded(METRIC, payload)

    assert record.path == f"{FOLDER}/2026-11-22/279147437.json"
    assert record.event.output == MERGED | {
        "closed_at": None,
        "updated_at": 1795309200000,
        "total_duration": None,
        "updated_to_closed": None,
    }


def test_a_pull_request_without_times_is_undated() -> None:
    payload = webhook("pull_request_merged", pull_request__closed_at=None, pull_request__updated_at=None)

    assert recorded(METRIC, payload).path == f"{FOLDER}/undated/279147437.json"


def test_a_pull_request_that_is_closed_again_is_another_fact() -> None:
    record = recorded(METRIC, webhook("pull_request_closed", pull_request__closed_at="2026-11-21T09:30:00Z"))

    assert record.path == f"{FOLDER}/2026-11-21/279147437-1795253400000.json"


@pytest.mark.parametrize("head", [None, {}, {"sha": None}, ...])
def test_a_pull_request_without_a_head_has_a_null_sha(head: Any) -> None:
    assert output(METRIC, webhook("pull_request_merged", pull_request__head=head)) == MERGED | {
        "head_sha": None,
        "head_ref": None,
    }


def test_an_id_beyond_2_to_the_53_stays_exact() -> None:
    record = recorded(METRIC, webhook("pull_request_merged", pull_request__id=2**53 + 1))

    assert (record.event.output["pr_id"], record.event.id) == (2**53 + 1, f"{FOLDER}/9007199254740993-{CLOSED}")


def test_times_with_an_offset_and_fractions_are_cut_to_milliseconds() -> None:
    payload = webhook("pull_request_closed", pull_request__created_at="2026-11-18T10:00:00.1239+02:00")

    assert output(METRIC, payload)["total_duration"] == MERGED["total_duration"] - 123  # type: ignore[operator]


@pytest.mark.parametrize("merged", ["true", 1, []])
def test_merged_that_is_no_boolean_is_malformed(merged: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^pull_request\.merged: expected a boolean"):
        recorded(METRIC, webhook("pull_request_closed", pull_request__merged=merged))


@pytest.mark.parametrize("merged", [None, ...])
def test_a_missing_merged_is_null(merged: Any) -> None:
    assert output(METRIC, webhook("pull_request_closed", pull_request__merged=merged))["merged"] is None


def test_the_commit_that_github_only_tried_a_merge_with_is_no_merge_commit() -> None:
    payload = webhook("pull_request_closed", pull_request__merge_commit_sha="6dcb09b5b57875f334f61aebed695e2e4193db5e")

    assert output(METRIC, payload)["merge_commit_sha"] is None


@pytest.mark.parametrize("field", ["number", "merge_commit_sha"])
@pytest.mark.parametrize("missing", [None, ...])
def test_missing_fields_of_a_join_are_null(field: str, missing: Any) -> None:
    payload = webhook("pull_request_merged", **{f"pull_request__{field}": missing})

    without = {"timeline": None} if field == "number" else {}
    assert output(METRIC, payload) == MERGED | {field: None} | without


@pytest.mark.parametrize("base", [None, {}, {"ref": None}, ...])
def test_a_pull_request_without_a_base_has_a_null_branch(base: Any) -> None:
    assert output(METRIC, webhook("pull_request_merged", pull_request__base=base)) == MERGED | {"base_ref": None}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ('Revert "Greet everybody"', True),
        ('Revert "Revert "Greet everybody""', True),
        ('Revert "Größe ✓', True),
        ("Revert Greet everybody", False),
        ('revert "Greet everybody"', False),
        ('Do not Revert "Greet everybody"', False),
        ("Reverts nothing", False),
        ("", False),
        (None, False),
        (7, False),
        (..., False),
    ],
)
def test_a_title_that_begins_as_that_of_a_revert_makes_one(title: Any, expected: Any) -> None:
    assert output(METRIC, webhook("pull_request_merged", pull_request__title=title))["is_revert"] is expected


def test_of_a_title_no_word_of_a_person_s_reaches_the_queue() -> None:
    payload = webhook("pull_request_merged", pull_request__title='Revert "Pay mona@octo.example"')

    assert signed(METRIC.trigger, payload).payload["pull_request"]["title"] == 'Revert "'


@pytest.mark.parametrize(
    ("account", "kind"),
    [
        ({"login": "mona", "type": "User"}, "person"),
        ({"login": "dependabot[bot]", "type": "Bot"}, "bot"),
        ({"login": "copilot-swe-agent[bot]", "type": "Bot"}, "agent"),
        ({"login": "octo-org", "type": "Organization"}, "unknown"),
        ({"login": "ghost", "type": "User"}, "unknown"),
        (None, "unknown"),
        (..., "unknown"),
    ],
)
def test_the_kind_of_the_author_is_that_of_the_account(account: Any, kind: str) -> None:
    assert output(METRIC, webhook("pull_request_closed", pull_request__user=account))["author_kind"] == kind


def test_a_revert_says_what_it_takes_back() -> None:
    title, body = 'Revert "Greet (#7)"', "Reverts octo-org/hello-world#7\n\nThis reverts commit 0123456789."
    payload = webhook("pull_request_closed", pull_request__title=title, pull_request__body=body)
    assert output(METRIC, payload) == UNMERGED | {
        "is_revert": True,
        "title_kind": "revert",
        "revert_depth": 1,
        "reverts_sha": "0123456789",
        "reverts_number": 7,
    }


def test_a_reapply_and_a_hotfix_have_their_kinds() -> None:
    titles = {'Reapply "Greet"': "reapply", "Hotfix: greet": "hotfix", "Greet": "other"}
    kinds = [
        output(METRIC, webhook("pull_request_closed", pull_request__title=title))["title_kind"] for title in titles
    ]
    assert kinds == list(titles.values())


def test_closed_issues_and_assistants_are_those_of_the_description() -> None:
    body = "Fixes #12, closes octo-org/hello-world#13, resolves acme/other#14.\n\nCo-authored-by: Claude <noreply@anthropic.com>"
    recorded_fields = output(METRIC, webhook("pull_request_closed", pull_request__body=body))
    assert (recorded_fields["closes"], recorded_fields["assistants"]) == ([12, 13], ["claude"])


def test_an_event_that_an_older_version_queued_has_no_text_facts() -> None:
    event = signed(METRIC.trigger, webhook("pull_request_closed"))._replace(text_facts={})
    unknown = ("title_kind", "revert_depth", "reverts_sha", "reverts_number", "closes", "assistants")
    record = collect(METRIC, event, processing(None, FakeGitHub()))
    assert record.event.output == UNMERGED | dict.fromkeys(unknown)


@pytest.mark.parametrize("missing", [None, ...])
def test_labels_and_draft_that_github_did_not_say_are_null(missing: Any) -> None:
    payload = webhook("pull_request_closed", pull_request__labels=missing, pull_request__draft=missing)
    assert output(METRIC, payload) == UNMERGED | {"labels": None, "is_draft": None}


def test_labels_and_the_branch_are_bounded() -> None:
    labels = [{"name": f"{number:03}" + "x" * LONGEST_LABEL} for number in range(MOST_LABELS + 1)]
    head = {"ref": "y" * (LONGEST + 1), "sha": "1" * 40}
    record = recorded(METRIC, webhook("pull_request_closed", pull_request__labels=labels, pull_request__head=head))
    assert [len(label) for label in record.event.output["labels"]] == [LONGEST_LABEL] * MOST_LABELS
    assert record.event.output["head_ref"] == "y" * LONGEST
    assert record.event.anomalies == ["labels_truncated", "text_truncated"]


def test_a_long_branch_within_the_limit_is_whole() -> None:
    head = {"ref": "y" * LONGEST, "sha": "1" * 40}
    record = recorded(METRIC, webhook("pull_request_closed", pull_request__head=head))
    assert (record.event.output["head_ref"], record.event.anomalies) == (head["ref"], [])


def test_a_draft_that_is_closed_is_a_draft() -> None:
    assert output(METRIC, webhook("pull_request_closed", pull_request__draft=True))["is_draft"] is True
