from typing import Any

import pytest

from core.errors import (
    AccessBlocked,
    MissingPermission,
    NotAvailable,
    NotFound,
    ResponseTooLarge,
    TransientReadError,
    Unavailable,
)
from core.events import Record
from core.metrics.release_versions import METRIC
from core.payload import Json, milliseconds
from tests.builders import webhook
from tests.unit.core.metrics.fakes import recorded
from tests.unit.core.metrics.tagged_repository import COMMITTED, NoRepository, TaggedRepository, sha_of

AT = milliseconds(COMMITTED)
COMMIT: Json = {"__typename": "Commit", "oid": "c" * 40, "committedDate": "2026-11-20T13:00:00Z"}
TAGGED = "2026-11-21T10:00:00+02:00"
ANNOTATED: Json = {"__typename": "Tag", "oid": "b" * 40, "tagger": {"date": TAGGED}, "target": COMMIT}
TREE: Json = {"__typename": "Tree", "oid": "d" * 40}
ONE = ["ReleaseTag", "compare 1"]
LARGE = [f"v{x}.{y}.{z}" for x in range(5) for y in range(150) for z in range(2)]
"""1,500 tags: more than a list of matching ones has."""
MEDIUM = [f"v{x}.{y}.0" for x in range(5) for y in range(100)]
"""500 tags: more than a search finds."""


def release(tag: str, github: TaggedRepository, **fields: Any) -> Record:
    return recorded(METRIC, webhook("create_tag", ref=tag), github, **fields)


def previous(tag: str, *others: str, **github: Any) -> tuple[str | None, list[str], list[str]]:
    """Return the tag of the release before, the anomalies, and the requests."""
    repository = TaggedRepository({tag, *others}, **github)
    event = release(tag, repository).event
    before = event.output["previous"]
    return before and before["tag"], event.anomalies, repository.asked


def test_a_release_has_its_commit_and_what_came_since_the_one_before() -> None:
    github = TaggedRepository(["v1.2.2", "v1.2.3"], commits=3)
    event = release("v1.2.3", github).event

    changes = event.output.pop("changes")
    assert (
        event.output.items()
        >= {
            "sha": sha_of("v1.2.3"),
            "committed_at": AT,
            "tagged_at": None,
            "previous": {"tag": "v1.2.2", "sha": sha_of("v1.2.2"), "committed_at": AT},
            "comparison_status": "ahead",
        }.items()
    )
    assert [commit["sha"] for commit in changes["commits"]] == [f"{number:040x}" for number in range(3)]
    assert (changes["truncated"], event.status, event.anomalies) == (False, "success", [])
    assert (github.asked, github.compared) == (ONE, f"{sha_of('v1.2.2')}...{sha_of('v1.2.3')}")


def test_the_first_release_of_a_line_has_none_before_and_no_anomaly() -> None:
    github = TaggedRepository(["v1.2.3", "v1.3.0", "v1.2.3-rc.1", "pkg@1.0.0", "latest"])
    event = release("v1.2.3", github).event

    assert [event.output[name] for name in ("previous", "comparison_status", "changes")] == [None] * 3
    assert (event.status, event.anomalies, github.asked) == ("success", [], ["ReleaseTag"])


def test_two_tags_of_one_commit_are_identical_without_a_request() -> None:
    github = TaggedRepository(["v1.2.2", "v1.2.3"], targets=dict.fromkeys(["v1.2.2", "v1.2.3"], COMMIT))
    output = release("v1.2.3", github).event.output

    assert (output["comparison_status"], output["changes"]) == ("identical", {"commits": [], "truncated": False})
    assert github.asked == ["ReleaseTag"]


@pytest.mark.parametrize("status", ["ahead", "behind", "diverged"])
def test_the_status_of_the_comparison_is_that_of_github(status: str) -> None:
    assert (
        release("v1.2.3", TaggedRepository(["v1.2.2", "v1.2.3"], status=status)).event.output["comparison_status"]
        == status
    )


@pytest.mark.parametrize(
    ("commits", "listed", "asked"),
    [
        (100, 100, ONE),
        (101, 101, [*ONE, "compare 2"]),
        (200, 200, [*ONE, "compare 2"]),
        (201, 200, [*ONE, "compare 2"]),
    ],
)
def test_at_most_200_commits_are_listed(commits: int, listed: int, asked: list[str]) -> None:
    github = TaggedRepository(["v1.2.2", "v1.2.3"], commits=commits)
    event = release("v1.2.3", github).event

    assert (len(event.output["changes"]["commits"]), event.output["changes"]["truncated"]) == (listed, commits > listed)
    assert event.anomalies == (["changes_truncated"] if commits > listed else [])
    assert github.asked == asked


def test_an_annotated_tag_has_the_time_of_its_tagger() -> None:
    github = TaggedRepository(["v1.2.2", "v1.2.3"], targets={"v1.2.3": ANNOTATED, "v1.2.2": ANNOTATED})
    output = release("v1.2.3", github).event.output

    assert (output["sha"], output["tagged_at"]) == ("c" * 40, milliseconds(TAGGED))
    assert output["previous"] == {
        "tag": "v1.2.2",
        "sha": "c" * 40,
        "committed_at": milliseconds(COMMIT["committedDate"]),
    }


@pytest.mark.parametrize(
    ("collected_by", "committed", "anomalies"),
    [
        ("backfill", "2026-11-20T13:00:01Z", ["previous_not_found"]),
        ("backfill", "2026-11-20T13:00:00Z", []),
        ("webhook", "2026-11-20T13:00:01Z", []),
    ],
)
def test_a_backfill_takes_no_later_release_of_an_older_line(
    collected_by: str, committed: str, anomalies: list[str]
) -> None:
    targets = {"v2.0.0": COMMIT, "v1.9.9": COMMIT | {"committedDate": committed}}
    event = release("v2.0.0", TaggedRepository(targets, targets=targets), collected_by=collected_by).event

    assert event.anomalies == anomalies
    assert (event.output["previous"] is None) == (event.output["changes"] is None) == bool(anomalies)


@pytest.mark.parametrize("tagger", [None, ..., {"date": None}, {}])
def test_an_annotated_tag_without_a_tagger_has_no_time(tagger: Any) -> None:
    target = ANNOTATED | {"tagger": tagger}
    if tagger is ...:
        del target["tagger"]
    output = release("v1.2.3", TaggedRepository(["v1.2.3"], targets={"v1.2.3": target})).event.output

    assert (output["sha"], output["tagged_at"]) == ("c" * 40, None)


def test_an_annotated_tag_of_a_tag_has_its_commit_and_its_own_time() -> None:
    target = ANNOTATED | {"target": ANNOTATED | {"tagger": {"date": "2020-01-01T00:00:00Z"}}}
    output = release("v1.2.3", TaggedRepository(["v1.2.3"], targets={"v1.2.3": target})).event.output

    assert (output["sha"], output["tagged_at"]) == ("c" * 40, milliseconds(TAGGED))


@pytest.mark.parametrize(
    "target",
    [TREE, TREE | {"__typename": "Blob"}, ANNOTATED | {"target": TREE}, None, {"__typename": "Tag", "oid": "b" * 40}],
)
def test_a_tag_of_no_commit_is_a_release_without_changes(target: Json | None) -> None:
    github = TaggedRepository(["v1.2.2", "v1.2.3"], targets={"v1.2.3": target})
    event = release("v1.2.3", github).event

    assert [event.output[name] for name in ("sha", "committed_at", "changes")] == [None] * 3
    assert event.output["previous"]["tag"] == "v1.2.2"
    assert (event.status, event.anomalies) == ("success", ["tag_without_commit", "no_comparison"])


def test_a_release_before_without_a_commit_is_named_without_changes() -> None:
    event = release("v1.2.3", TaggedRepository(["v1.2.2", "v1.2.3"], targets={"v1.2.2": TREE})).event

    assert event.output["previous"] == {"tag": "v1.2.2", "sha": None, "committed_at": None}
    assert (event.output["changes"], event.anomalies) == (None, ["no_comparison"])


def test_an_impossible_time_of_a_commit_costs_only_itself() -> None:
    target = COMMIT | {"committedDate": "0001-01-01T00:00:00Z"}
    event = release("v1.2.3", TaggedRepository(["v1.2.2", "v1.2.3"], targets={"v1.2.3": target})).event

    assert (event.output["sha"], event.output["committed_at"]) == ("c" * 40, None)
    assert event.anomalies == ["impossible_time"]


def test_an_impossible_time_of_another_tag_is_no_anomaly() -> None:
    targets = {"v1.0.0": COMMIT | {"committedDate": "0001-01-01T00:00:00Z"}}

    assert release("v1.2.3", TaggedRepository(["v1.0.0", "v1.2.2", "v1.2.3"], targets=targets)).event.anomalies == []


@pytest.mark.parametrize(
    ("tag", "others", "expected"),
    [
        ("v2.0.0", ["v2.0.0-rc.2", "v1.9.0"], "v1.9.0"),
        ("v2.0.0-rc.2", ["v2.0.0-rc.1", "v1.9.0"], "v2.0.0-rc.1"),
        ("v1.2.4", ["1.2.3", "v1.1.0"], "1.2.3"),
        ("pkg@1.2.4", ["v1.2.3", "pkg@1.0.0", "my-pkg@1.2.3"], "pkg@1.0.0"),
        ("v1.2.4", ["v1.2", "v1", "latest", "v1.2.3.4", "v0.1.0"], "v0.1.0"),
        ("api/v1.2.4", ["api/v1.2.3", "v1.2.3", "web/v1.2.3"], "api/v1.2.3"),
        ("v1.9.5", ["v2.0.0", "v1.9.4", "v1.10.0"], "v1.9.4"),
    ],
)
def test_the_release_before_is_of_the_same_line(tag: str, others: list[str], expected: str) -> None:
    assert previous(tag, *others) == (expected, [], ONE)


@pytest.mark.parametrize("tag", ["v3.77.1", "v0.5.1", "v4.149.1"])
def test_a_patch_in_a_large_repository_takes_one_query(tag: str) -> None:
    assert previous(tag, *LARGE) == (tag[:-1] + "0", [], ONE)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("v3.77.0", "v3.76.1"), ("v3.1.0", "v3.0.1"), ("v3.149.7", "v3.149.1"), ("v3.150.0-rc.1", "v3.149.1")],
)
def test_a_minor_version_in_a_large_repository_takes_one_query(tag: str, expected: str) -> None:
    assert previous(tag, *LARGE) == (expected, [], ONE)


PACKAGES = [f"p{n}@{x}.{y}.{z}" for n in range(50) for x in (2, 3) for y in range(50) for z in range(4)]
"""20,000 tags of 50 lines."""


@pytest.mark.parametrize(
    ("tag", "expected"), [("p7@3.1.1", "p7@3.1.0"), ("p7@3.9.0", "p7@3.8.3"), ("p7@2.49.9", "p7@2.49.3")]
)
def test_one_query_finds_it_among_20000_tags_of_50_lines(tag: str, expected: str) -> None:
    assert previous(tag, *PACKAGES) == (expected, [], ONE)


def test_the_line_is_listed_if_searches_find_too_much() -> None:
    before, anomalies, asked = previous("p7@3.0.0", *PACKAGES)

    assert (before, anomalies) == ("p7@2.49.3", ["no_comparison"])
    assert asked == ["ReleaseTag", "matching p7@", "TagCommit"]


def test_a_listed_release_has_its_commit() -> None:
    github = TaggedRepository(MEDIUM, targets={"v2.99.0": ANNOTATED})
    event = release("v3.0.0", github).event

    assert event.output["previous"] == {
        "tag": "v2.99.0",
        "sha": "c" * 40,
        "committed_at": milliseconds(COMMIT["committedDate"]),
    }
    assert (event.anomalies, github.asked) == (["no_comparison"], ["ReleaseTag", "matching ", "TagCommit"])


def test_a_listed_release_that_a_search_found_is_compared() -> None:
    before, anomalies, asked = previous("v3.0.0", *MEDIUM, "v2.10000.0", commits=150)

    assert before == "v2.10000.0"
    assert (anomalies, asked) == (["changes_truncated"], ["ReleaseTag", "matching ", "compare 1"])


@pytest.mark.parametrize("failure", [NotFound("404"), NotAvailable("x"), MissingPermission("x")])
def test_a_listed_release_that_is_gone_is_named_without_a_commit(failure: Exception) -> None:
    github = TaggedRepository(MEDIUM, failures={"TagCommit": failure})
    event = release("v3.0.0", github, collected_by="backfill").event

    assert event.output["previous"] == {"tag": "v2.99.0", "sha": None, "committed_at": None}
    assert event.anomalies == ["no_comparison"]


@pytest.mark.parametrize(
    ("tag", "tags", "asked"),
    [
        ("v3.0.0", LARGE, ["ReleaseTag"]),
        ("a-v3.0.0", [f"a-{tag}" for tag in LARGE], ["ReleaseTag", "matching a-v"]),
        ("v3.0.0", PACKAGES, ["ReleaseTag"]),
    ],
)
def test_what_is_not_proven_is_unknown(tag: str, tags: list[str], asked: list[str]) -> None:
    assert previous(tag, *tags) == (None, ["previous_not_found"], asked)


@pytest.mark.parametrize(
    "failure", [NotAvailable("422"), ResponseTooLarge("x"), NotFound("404"), AccessBlocked("x"), MissingPermission("x")]
)
def test_a_list_that_github_cannot_send_leaves_it_unknown(failure: Exception) -> None:
    github = TaggedRepository(MEDIUM, failures={"matching ": failure})
    event = release("v3.0.0", github, collected_by="backfill").event

    assert (event.output["sha"], event.output["previous"]) == (sha_of("v3.0.0"), None)
    assert (event.status, event.anomalies) == ("success", ["previous_not_found"])


@pytest.mark.parametrize(
    "odd", [7, None, "refs/tags/v2.99.1", [], {}, {"ref": None}, {"ref": 7}, {"ref": "refs/heads/v2.99.1"}]
)
def test_an_odd_ref_in_the_list_leaves_it_unknown(odd: Any) -> None:
    github = TaggedRepository(MEDIUM)
    github.odd = [odd]
    event = release("v3.0.0", github).event

    assert (event.output["sha"], event.output["previous"]) == (sha_of("v3.0.0"), None)
    assert (event.status, event.anomalies) == ("success", ["previous_not_found"])


def test_a_list_with_another_page_proves_nothing() -> None:
    github = TaggedRepository(MEDIUM)
    github.next_page = True
    event = release("v3.0.0", github).event

    assert (event.output["previous"], event.anomalies) == (None, ["previous_not_found"])


@pytest.mark.parametrize(
    ("failure", "anomaly"),
    [
        (NotAvailable("no GraphQL"), "tag_not_available"),
        (MissingPermission("no permission"), "tag_not_available"),
        (AccessBlocked("blocked"), "tag_not_available"),
        (NotFound("gone"), "tag_not_found"),
    ],
)
def test_without_graphql_the_version_is_recorded(failure: Exception, anomaly: str) -> None:
    github = TaggedRepository(["v1.2.3"], failures={"ReleaseTag": failure})
    event = release("v1.2.3", github, collected_by="backfill").event

    assert event.output["release_version"]["raw"] == "1.2.3"
    assert set(list(event.output.values())[2:]) == {None}
    assert (event.status, event.anomalies, github.asked) == ("success", [anomaly], ["ReleaseTag"])


@pytest.mark.parametrize("github", [TaggedRepository(["v1.2.2"]), NoRepository(["v1.2.3"])])
def test_a_tag_that_is_not_there_may_come(github: TaggedRepository) -> None:
    with pytest.raises(TransientReadError, match="not found, which may pass"):
        release("v1.2.3", github)


@pytest.mark.parametrize("github", [TaggedRepository(["v1.2.2"]), NoRepository(["v1.2.3"])])
def test_a_tag_that_was_deleted_is_a_release_without_a_commit(github: TaggedRepository) -> None:
    event = release("v1.2.3", github, failed_reads=4).event

    assert set(list(event.output.values())[2:]) == {None}
    assert (event.status, event.anomalies) == ("success", ["tag_not_found"])


@pytest.mark.parametrize("request_name", ["ReleaseTag", "compare 1"])
def test_a_failed_read_is_tried_again_and_becomes_null_at_last(request_name: str) -> None:
    github = TaggedRepository(["v1.2.2", "v1.2.3"], failures={request_name: TransientReadError("502")})
    with pytest.raises(TransientReadError):
        release("v1.2.3", github)
    record = release("v1.2.3", github, failed_reads=4)

    assert (record.event.status, record.event.anomalies) == ("networkError", [])
    assert record.path.endswith("/v1.2.3.partial.json")
    assert record.event.output["changes"] is None


def test_a_token_that_is_not_valid_keeps_the_event_waiting() -> None:
    with pytest.raises(Unavailable):
        release("v1.2.3", TaggedRepository(["v1.2.3"], failures={"ReleaseTag": Unavailable("401")}))


@pytest.mark.parametrize("failure", [NotFound("404"), NotAvailable("422"), AccessBlocked("x"), ResponseTooLarge("x")])
def test_a_comparison_that_github_cannot_make_costs_only_itself(failure: Exception) -> None:
    github = TaggedRepository(["v1.2.2", "v1.2.3"], failures={"compare 1": failure})
    event = release("v1.2.3", github, collected_by="backfill").event

    assert (event.output["previous"]["tag"], event.output["changes"]) == ("v1.2.2", None)
    assert (event.status, event.anomalies) == ("success", ["no_comparison"])


@pytest.mark.parametrize("target", [{"__typename": "Commit"}, {"oid": "c" * 40}, COMMIT | {"oid": 7}, "c" * 40])
def test_an_odd_answer_costs_no_release(target: Any) -> None:
    event = release("v1.2.3", TaggedRepository(["v1.2.3"], targets={"v1.2.3": target})).event

    assert (event.output["sha"], event.status, event.anomalies) == (None, "success", ["tag_not_available"])


@pytest.mark.parametrize("oid", ["../../x", "a b", "é" * 40, ""])
def test_a_commit_that_is_no_sha_is_not_asked_about(oid: str) -> None:
    event = release("v1.2.3", TaggedRepository(["v1.2.2", "v1.2.3"], targets={"v1.2.3": COMMIT | {"oid": oid}})).event

    assert event.output["changes"] is None
    assert event.anomalies == ["no_comparison"]


def test_a_moved_tag_has_the_commit_of_the_time_it_was_read() -> None:
    payload_key = release("v1.2.3", TaggedRepository(["v1.2.3"])).event.id
    moved = release("v1.2.3", TaggedRepository(["v1.2.3"], targets={"v1.2.3": COMMIT})).event

    assert (moved.id, moved.output["sha"]) == (payload_key, "c" * 40)
