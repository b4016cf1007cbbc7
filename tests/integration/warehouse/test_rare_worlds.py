"""Small worlds behind what random histories showed: the SQL has the right items, and the oracle has the same."""

from typing import Any

from tests.histories.build import HOUR, SHOP, at, commit, comparison, failure, incident, pull, release, revert, status
from tests.histories.extend import Record
from tests.integration.oracle.answers import BASE, LEAD, RATE, RECOVERY, REWORK, flat, values
from tests.integration.warehouse.answers import sql_items

NIGHTLY: dict[str, Any] = {
    "repositories": {SHOP: {"deployments": {"kind": "statuses", "exclude": [{"event": "schedule"}]}}}
}
HOTFIX = pull(12, at(3, "11:30"), "s12", {"authored": at(3, "11:00"), "sha": "w12"}, also={"labels": ["hotfix"]})
SQUASH = commit("s12", at(3, "11:30"), pr_number=12)
PICK = commit("p12", at(3, "11:30"), pr_number=12, committed_at=at(3, "12:30"))
PICKED = status(4, at(3, "13:00"), "p12", PICK)


def found(
    measure: str, *records: Record | list[Record], services: dict[str, Any] | None = None, service: str = SHOP
) -> dict[str, float | None]:
    """Return the value of each item as the SQL has it, where the oracle has the same."""
    unit = HOUR if measure.endswith("time") else 1
    answers = sql_items(measure, flat(*records), services)
    result = {
        item: None if value.value is None else value.value / unit
        for (name, _, item), value in answers.items()
        if name == service
    }
    assert result == values(measure, *records, services=services, service=service)
    return result


def test_an_excluded_deployment_shows_that_a_pick_is_a_squash() -> None:
    # GitHub compares 4 with 2, so 4 does not take over what the nightly one lists.
    night = status(3, at(3, "12:00"), "s12", SQUASH, event="schedule")
    compared = comparison("b", "p12", "ahead", PICK)
    assert found(REWORK, *BASE, HOTFIX, night, compared, PICKED, services=NIGHTLY) == {"1": 0, "2": 0, "4": 1}


def test_a_comparison_shows_that_a_pick_is_a_squash() -> None:
    # GitHub compared 3 with another deployment; only the comparison with 2 lists the merge commit.
    records = [*BASE, HOTFIX, comparison("b", "c", "ahead", SQUASH), status(3, at(3, "12:00"), "c"), PICKED]
    assert found(LEAD, *records) == {"of 1": None, "b": 1, "1012-1793705400000#1": 1}
    assert found(REWORK, *records) == {"1": 0, "2": 0, "3": 1, "4": 1}


def test_a_release_of_another_line_did_not_bring_what_came_before() -> None:
    # The commits of the pull request have no names. It came with v1.1.0, and again with v1.0.1.
    old = pull(12, at(3, "09:30"), "s12", {"authored": at(3, "09:00")}, schema=1)
    title = {"revert_depth": 1, "reverts_sha": "f" * 40}
    taken_back = pull(13, at(3, "12:00"), "s13", {"authored": at(3, "11:30")}, also=title)
    listed = {"previous": {"tag": "v1.0.0"}, "commits": [commit("s12", at(3, "09:30"), pr_number=12)]}
    again = {"previous": {"tag": "v1.1.0"}, "commits": [commit("s13", at(3, "12:00"), pr_number=13)]}
    records = [
        release("v1.0.0", at(2)),
        *old,
        release("v1.1.0", at(3, "10:00"), "s12", **listed),
        release("v1.0.1", at(3, "11:00"), "s12", **listed),
        *taken_back,
        release("v1.2.0", at(3, "13:00"), "s13", **again),
    ]
    answers = found(RATE, *records, services={"repositories": {SHOP: {"deployments": "releases"}}})
    assert (answers["v1.1.0"], answers["v1.0.1"]) == (None, 0)


def test_a_merge_after_its_branch_may_bring_what_a_revert_names() -> None:
    # The branch's commit came with 2, under the name that it has there; 3 brings its merge.
    old = pull(12, at(3, "10:30"), "m12", {"authored": at(3, "09:00")}, schema=1)
    records = [
        *BASE,
        *old,
        status(3, at(3, "11:00"), "m12", commit("m12", at(3, "10:30"), parents=2)),
        status(4, at(3, "13:00"), "r", revert("r", at(3, "12:30"), "f" * 40)),
    ]
    assert found(RATE, *records)["3"] is None


def test_each_pick_of_a_hotfix_in_a_deployment_is_its_own() -> None:
    # 4 brings nothing else, so it is no candidate of the second hotfix.
    also = {"labels": ["hotfix"]}
    second = pull(13, at(3, "14:00"), "s13", {"authored": at(3, "13:30"), "sha": "w13"}, also=also)
    records = [
        *BASE,
        HOTFIX,
        status(4, at(3, "13:00"), "p12", SQUASH, PICK),
        second,
        status(5, at(3, "14:30"), "s13", commit("s13", at(3, "14:00"), pr_number=13)),
    ]
    assert found(RATE, *records) == {"1": 0, "2": 1, "4": 0, "5": 0}


def test_a_rollback_takes_out_what_may_have_come_again() -> None:
    # 5 takes out 3 and its second deployment, which may not count; only 6 is left for 7.
    records = [
        *BASE,
        status(3, at(3, "11:00"), "c", commit("c", at(3, "10:30"))),
        status(4, at(3, "12:00"), "c", schema=1),
        status(5, at(3, "13:00"), "x", behind=True),
        status(6, at(3, "14:00"), "d", commit("d", at(3, "13:30"))),
        status(7, at(3, "15:00"), "b", behind=True),
    ]
    assert found(RATE, *records)["6"] == 1


def test_a_commit_that_excluded_deployments_repeat_waits_once() -> None:
    # 5 takes c and d, 6 takes e. A pick of c has its author time, and came as c.
    c, d, e = commit("c", at(3, "11:00")), commit("d", at(3, "11:10")), commit("e", at(3, "11:00"))
    records = [
        *BASE,
        status(3, at(3, "12:00"), "d", c, d, event="schedule"),
        status(4, at(3, "12:30"), "e", c, d, e, event="schedule"),
        status(5, at(3, "13:00"), "d", behind=True),
        status(6, at(3, "14:00"), "f", commit("f", at(3, "13:30"))),
    ]
    assert set(found(LEAD, *records, services=NIGHTLY)) == {"of 1", "b", "c", "d", "f"}


def test_a_squash_without_a_record_may_be_older_than_the_failure() -> None:
    records = [
        *BASE,
        failure(3, at(3, "12:00"), "c"),
        status(4, at(3, "13:00"), "s19", commit("s19", at(3, "12:30"), pr_number=19)),
    ]
    parts = {"services": {"api": {"repositories": [SHOP], "paths": ["api/**"]}}}
    assert found("possible_failures", *records, services=parts, service="api") == {}


def test_another_record_says_which_pull_request_a_commit_is_of() -> None:
    # The record of prod-us does not know the fingerprint of c, that of prod-eu does.
    rebased = {"committed_at": at(3, "11:00"), "fingerprint": "f1"}
    records = [
        pull(12, at(3, "11:00"), "c", {"authored": at(3, "09:00"), "committed": at(3, "09:30"), "fingerprint": "f1"}),
        status(1, at(2), "a", first=True, env="prod-us"),
        status(2, at(2), "a", first=True, env="prod-eu"),
        status(3, at(3, "12:00"), "c", commit("c", at(3, "09:00"), **rebased), env="prod-us", schema=1),
        status(4, at(3, "12:00"), "c", commit("c", at(3, "09:00"), **rebased), env="prod-eu"),
    ]
    committed = {"repositories": {SHOP: {"lead_time_from": "committed"}}}
    assert found(LEAD, *records, services=committed)["c"] == 2.5


def test_a_hotfix_is_about_the_incident_that_followed_a_rollback() -> None:
    # 2 was deployed two days before: no candidate is left, but the incident is about what 3 took out.
    hotfix = pull(12, at(5, "10:40"), "s12", {"authored": at(5, "10:20"), "sha": "w12"}, also={"labels": ["hotfix"]})
    records = [
        *BASE,
        status(3, at(5, "10:00"), "a", behind=True),
        incident(7, at(5, "10:10"), at(5, "12:00")),
        hotfix,
        status(4, at(5, "11:00"), "s12", commit("s12", at(5, "10:40"), pr_number=12)),
    ]
    rules = {"repositories": {SHOP: {"failure_hours": 24}}}
    assert found(RECOVERY, *records, services=rules) == {"2": 49}
