"""Incidents: small scenarios of edge cases with manually computed results."""

from typing import Any

from tests.unit.warehouse.scenarios import (
    HOUR,
    RecordSpec,
    at,
    commit,
    failure,
    incident,
    incident_state,
    items,
    models,
    number,
    pull_request,
    report,
    success,
    values,
)
from warehouse.services import parsed

FAIL_RATE, RECOVERY, REWORK = "change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate"
FIRST = success(1, at(2, "09:00"), "a", first=True)
BAD = success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00")))


def about(*records: Any, **options: Any) -> dict[str, tuple[str | None, str | None, str]]:
    """Return the service of each incident, what it is about, and how certain that is."""
    rows = models("incidents", *records, **options)
    return {row["incident"]: (row["service"], row["deployment"], row["certainty"]) for row in rows}


def test_an_incident_fails_the_deployment_before_it_until_it_ends() -> None:
    # Opened half an hour after 2, closed at 13:00: 2 had failed for three hours.
    records = (FIRST, BAD, incident(7, at(3, "10:30"), at(3, "13:00")))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1}
    assert values(RECOVERY, *records) == {"2": 3}


def test_overlapping_incidents_of_a_deployment_are_one_failure() -> None:
    # 10:30 to 12:00 and 11:00 to 13:00: one failed deployment of two, mended at 13:00.
    records = (FIRST, BAD, incident(7, at(3, "10:30"), at(3, "12:00")), incident(8, at(3, "11:00"), at(3, "13:00")))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1}
    assert values(RECOVERY, *records) == {"2": 3}


def test_a_deployment_has_not_recovered_while_one_of_its_incidents_is_open() -> None:
    records = (FIRST, BAD, incident(7, at(3, "10:30"), at(3, "12:00")), incident(8, at(3, "11:00")))
    [item] = items(RECOVERY, *records)
    assert (item.item, item.value, item.why) == ("2", None, "incident: not recovered yet, as far as is known")
    recovery = number(report(*records), RECOVERY, "2026-11")
    assert recovery is not None
    assert (recovery.value, recovery.known, recovery.items) == (None, 0, 1)


def test_overlapping_incidents_of_two_deployments_are_two_failures() -> None:
    # 7 is of 2, and still open when 3 comes, whose own is 8. 2: 10:00 to 18:00; 3: 14:00 to 16:00.
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30"), at(3, "18:00")),
        success(3, at(3, "14:00"), "c", commit("c", at(3, "09:00"))),
        incident(8, at(3, "14:30"), at(3, "16:00")),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 1}
    assert values(RECOVERY, *records) == {"2": 8, "3": 2}


def test_a_rollback_is_the_recovery_not_the_closed_issue() -> None:
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30"), at(9, "17:00")),
        success(3, at(3, "11:00"), "a", back=True),
    )
    assert values(RECOVERY, *records) == {"2": 1}


def test_an_incident_opened_after_a_rollback_fails_what_was_rolled_back() -> None:
    records = (FIRST, BAD, success(3, at(3, "11:00"), "a", back=True), incident(7, at(3, "11:30"), at(3, "12:00")))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0}


def test_an_incident_that_is_opened_again_lasts_until_it_is_closed_again() -> None:
    [opened, closed] = incident(7, at(3, "10:30"), at(3, "12:00"))
    again = at(3, "12:30")
    reopened = RecordSpec("incident", f"7-{again}", opened.output._replace(action="reopened", at=again))
    ended = at(3, "15:00")
    closed_again = RecordSpec("incident", f"7-{ended}", closed.output._replace(at=ended, closed_at=ended))
    assert values(RECOVERY, FIRST, BAD, opened, closed) == {"2": 2}
    assert values(RECOVERY, FIRST, BAD, opened, closed, reopened) == {"2": None}
    assert values(RECOVERY, FIRST, BAD, opened, closed, reopened, closed_again) == {"2": 5}


def test_an_issue_that_becomes_an_incident_later_began_when_it_was_opened() -> None:
    # Opened at 10:30, labelled only after 3 was deployed: it is of 2.
    [opened, closed] = incident(7, at(3, "10:30"), at(3, "16:00"))
    labelled = opened._replace(
        key=f"7-{at(3, '15:00')}", output=opened.output._replace(action="labeled", at=at(3, "15:00"))
    )
    records = (FIRST, BAD, success(3, at(3, "14:00"), "c", commit("c", at(3, "09:00"))), labelled, closed)
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0}


def test_an_incident_after_a_failed_attempt_is_of_that_attempt() -> None:
    # 2 succeeded at 10:00, the attempt 3 failed at 11:00, the incident lasted from 11:05 to 12:00. It is
    # a failed change by the incident, and recovered an hour after it failed.
    records = (FIRST, BAD, failure(3, at(3, "11:00"), "c"), incident(7, at(3, "11:05"), at(3, "12:00")))
    assert values(FAIL_RATE, *records[:3]) == {"1": 0, "2": 0}
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 0, "3": 1}
    assert values(RECOVERY, *records) == {"3": 1}
    # a deployment that came after it is nearer
    later = success(4, at(3, "11:02"), "d", commit("d", at(3, "08:30")))
    assert values(FAIL_RATE, *records, later) == {"1": 0, "2": 0, "4": 1}


def test_an_incident_without_a_recent_deployment_is_about_none() -> None:
    # Ten days after the last deployment: dora.md, 2, bounds what an incident can be about by failure_hours.
    records = (FIRST, BAD, incident(7, at(13, "10:30"), at(13, "13:00")))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 0}
    assert values(RECOVERY, *records) == {}
    assert about(*records) == {"7": ("octo-org/shop", None, "unknown")}
    patient = parsed({"repositories": {"*/*": {"failure_hours": 24 * 14}}})
    assert values(FAIL_RATE, *records, services=patient) == {"1": 0, "2": 1}


def test_an_incident_before_the_first_deployment_is_about_none() -> None:
    records = (FIRST, incident(7, at(2, "08:00"), at(2, "10:00")))
    assert values(FAIL_RATE, *records) == {"1": 0}
    assert about(*records) == {"7": ("octo-org/shop", None, "unknown")}


def test_an_incident_without_any_deployment_has_no_environment() -> None:
    records = (incident(7, at(2, "08:00"), at(2, "10:00")),)
    assert items(FAIL_RATE, *records) == []
    [row] = models("incidents", *records)
    assert (row["environment"], row["deployment"]) == ("", None)


def test_an_incident_of_another_repository_fails_nothing_here() -> None:
    other = {"repo": "octo-org/cart", "repository_id": 2}
    records = (FIRST, BAD, incident(7, at(3, "10:30"), at(3, "13:00"), **other))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 0}
    assert about(*records) == {"7": ("octo-org/cart", None, "unknown")}


def test_of_several_environments_only_the_newest_may_have_failed() -> None:
    # dora.md, 2: "of several environments only the newest counts, inferred": us has the newest deployment.
    rows = items(
        FAIL_RATE,
        success(1, at(3, "10:00"), "b", first=True, env="production-eu"),
        success(2, at(3, "10:05"), "b", first=True, env="production-us"),
        success(3, at(3, "10:01"), "x", first=True, env="production-other"),
        incident(7, at(3, "10:30"), at(3, "13:00")),
    )
    assert {item.environment: item.value for item in rows} == {
        "production-eu": 0,
        "production-us": 1,
        "production-other": 0,
    }
    assert {item.environment: item.certainty for item in rows} == {
        "production-eu": "known",
        "production-us": "inferred",
        "production-other": "known",
    }


def test_an_environment_with_a_newer_commit_did_not_fail() -> None:
    rows = items(
        FAIL_RATE,
        success(1, at(3, "10:00"), "b", first=True, env="production-eu"),
        success(2, at(3, "10:10"), "c", commit("c", at(3, "09:00")), env="production-eu"),
        success(3, at(3, "10:20"), "b", first=True, env="production-us"),
        incident(7, at(3, "10:30"), at(3, "13:00")),
    )
    assert {item.item: item.value for item in rows} == {"1": 0, "2": 0, "3": 1}
    assert [item.item for item in rows if item.certainty == "inferred"] == ["3"]


def test_a_deployment_of_only_fixes_for_an_open_incident_is_rework() -> None:
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30"), at(3, "13:00")),
        success(3, at(3, "12:00"), "c", commit("c", at(3, "11:00"))),
    )
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 1}
    # dora.md, 6: the only deployment of the open incident with changes that are all written after its opening is the fix
    assert values(RECOVERY, *records) == {"2": 2}
    # two of them: which one is the fix is not known, unless the pull request of one closes the issue
    second = success(4, at(3, "12:30"), "d", commit("d", at(3, "12:10")))
    assert values(RECOVERY, *records, second) == {"2": None}
    assert values(REWORK, *records, second) == {"1": 0, "2": 0, "3": None, "4": None}
    [review, size] = pull_request(9, at(3, "12:11"), at(3, "12:20"), "d", [at(3, "12:10")])
    closing = review._replace(output=review.output._replace(closes=[7]))
    assert values(RECOVERY, *records, second, closing, size) == {"2": 2.5}


def test_a_deployment_of_older_changes_during_an_incident_is_no_rework() -> None:
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30"), at(3, "13:00")),
        success(3, at(3, "12:00"), "d", commit("c", at(3, "11:00")), commit("d", at(3, "09:00"))),
        success(4, at(3, "14:00"), "e", commit("e", at(3, "13:30"))),
    )
    result = {item.item: (item.value, item.why) for item in items(REWORK, *records)}
    assert result == {
        "1": (0, None),
        "2": (0, None),
        "3": (None, "deployed during an open incident: whether because of it is not known"),
        "4": (0, None),
    }


def test_an_incident_that_stays_open_causes_rework_for_one_day_only() -> None:
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30")),
        success(3, at(4, "09:00"), "c", commit("c", at(3, "09:00"))),
        success(4, at(5, "09:00"), "d", commit("d", at(3, "09:00"))),
    )
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": None, "4": 0}


def test_an_incident_that_ends_before_it_began_has_no_recovery_time() -> None:
    [opened, closed] = incident(7, at(3, "10:30"), at(3, "13:00"))
    wrong = closed._replace(output=closed.output._replace(closed_at=at(3, "10:30") - HOUR))
    assert values(RECOVERY, FIRST, BAD, opened, wrong) == {"2": None}


def test_more_incidents_than_deployments_are_at_most_every_deployment() -> None:
    # Two deployments, seven incidents: 2 of 2, and not 350 %.
    early = [item for id in range(3) for item in incident(id + 1, at(2, "09:30") + id, at(2, "11:00"))]
    late = [item for id in range(4) for item in incident(id + 9, at(3, "10:30") + id, at(3, "11:00"))]
    rate = number(report(FIRST, BAD, early, late), FAIL_RATE, "2026-11")
    assert rate is not None
    assert (rate.value, rate.known, rate.items) == (1, 2, 2)


def test_an_incident_is_about_what_a_revert_names_while_it_is_open() -> None:
    # dora.md, 2 (b): 3 came between, and the revert of 11:30 names b.
    records = (
        FIRST,
        BAD,
        success(3, at(3, "10:20"), "c", commit("c", at(3, "09:00"))),
        incident(7, at(3, "10:30"), at(3, "13:00")),
        success(4, at(3, "11:30"), "r", commit("r", at(3, "11:00"), reverts="b")),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0, "4": 0}
    assert values(RECOVERY, *records) == {"2": 1.5}


def test_two_reverts_while_an_incident_is_open_recover_by_the_last() -> None:
    # dora.md, the third small world.
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:30"), at(3, "13:00")),
        success(3, at(3, "11:00"), "r", commit("r", at(3, "10:40"), reverts="b")),
        success(4, at(3, "12:00"), "s", commit("s", at(3, "11:40"), reverts="b")),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0, "4": 0}
    assert values(RECOVERY, *records) == {"2": 2}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 1, "4": 1}


def test_a_deployment_between_rollback_and_incident_failed_too() -> None:
    # dora.md, the fifth small world: rollback 11:00, c 12:00, incident 12:30 to 14:00.
    records = (
        FIRST,
        BAD,
        success(3, at(3, "11:00"), "a", back=True),
        success(4, at(3, "12:00"), "c", commit("c", at(3, "11:30"))),
        incident(7, at(3, "12:30"), at(3, "14:00")),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0, "4": 1}
    assert values(RECOVERY, *records) == {"2": 1, "4": 2}


def test_a_hotfix_while_an_incident_is_open_is_about_its_deployment() -> None:
    # dora.md, the tenth small world: incident 10:36, c 11:00, hotfix 13:00.
    [review, size] = pull_request(9, at(3, "12:00"), at(3, "12:50"), "h", [at(3, "12:00")])
    records = (
        FIRST,
        BAD,
        incident(7, at(3, "10:36"), at(3, "15:00")),
        success(3, at(3, "11:00"), "c", commit("c", at(3, "09:00"))),
        review._replace(output=review.output._replace(head_ref="hotfix/x")),
        size,
        success(4, at(3, "13:00"), "h", commit("h", at(3, "12:50"), number=9)),
    )
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 1, "3": 0, "4": 0}
    assert values(RECOVERY, *records) == {"2": 3}


def test_an_incident_is_about_the_cause_that_it_names() -> None:
    records = (FIRST, BAD, success(3, at(3, "10:20"), "c", commit("c", at(3, "09:00"))))
    named = incident_state(7, "opened", at(3, "10:30"), at(3, "10:30"), cause_sha="b")
    assert values(FAIL_RATE, *records, named) == {"1": 0, "2": 1, "3": 0}


def test_an_incident_with_an_exempting_label_is_none() -> None:
    exempt = incident_state(7, "opened", at(3, "10:30"), at(3, "10:30"), all_labels=["incident", "Not-a-deployment"])
    assert values(FAIL_RATE, FIRST, BAD, exempt) == {"1": 0, "2": 0}
    others = parsed({"exempt_labels": ["provider"]})
    assert values(FAIL_RATE, FIRST, BAD, exempt, services=others) == {"1": 0, "2": 1}


def test_an_incident_of_another_repository_of_the_service_counts() -> None:
    other = {"repo": "octo-org/incidents", "repository_id": 2}
    outage = incident(7, at(3, "10:30"), at(3, "13:00"), **other)
    services = parsed({"services": {"shop": {"repositories": ["octo-org/shop"], "incidents": ["*/incidents"]}}})
    assert values(FAIL_RATE, FIRST, BAD, outage, services=services) == {"1": 0, "2": 1}
    assert values(RECOVERY, FIRST, BAD, outage, services=services) == {"2": 3}


def test_a_central_incident_that_names_no_service_belongs_to_none() -> None:
    other = {"repo": "octo-org/incidents", "repository_id": 2}
    opened = at(3, "10:30")
    shop = {"repositories": ["octo-org/shop"], "incidents": ["octo-org/incidents"]}
    cart = {"repositories": ["octo-org/cart"], "incidents": ["octo-org/incidents"]}
    services = parsed({"services": {"shop": shop, "cart": cart}})
    unnamed = incident_state(7, "opened", opened, opened, **other)
    named = incident_state(8, "opened", opened, opened, all_labels=["incident", "service:Shop"], **other)
    assert values(FAIL_RATE, FIRST, BAD, unnamed, services=services) == {"1": 0, "2": 0}
    assert about(FIRST, BAD, unnamed, services=services) == {"7": (None, None, "unknown")}
    assert values(FAIL_RATE, FIRST, BAD, named, services=services) == {"1": 0, "2": 1}
