"""What counts as a deployment: small scenarios of edge cases with manually computed results."""

import pytest

from core.metrics._actions_run import CheckRun, WorkflowRun
from tests.unit.warehouse.scenarios import RecordSpec, at, commit, failure, items, number, report, success, values
from warehouse.services import DEFAULT_SERVICES, Services, parsed

FREQUENCY, FAIL_RATE, REWORK = "deployment_frequency", "change_fail_rate", "deployment_rework_rate"
FIRST = success(1, at(2, "09:00"), "a", first=True)


def deployments(*records: RecordSpec, services: Services = DEFAULT_SERVICES) -> list[str]:
    return [item.item for item in items(FREQUENCY, *records, services=services) if item.value == 1]


def test_a_redeployed_commit_with_nothing_in_between_counts_once() -> None:
    # b twice: by deployment 2, and again a day later by 3.
    assert deployments(
        FIRST,
        success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00"))),
        success(3, at(4, "10:00"), "b", before="b"),
    ) == ["1", "2"]


def test_several_jobs_of_a_workflow_that_each_make_a_deployment_are_one() -> None:
    # Two jobs that name the environment: GitHub makes a deployment of the same commit for each. The second one's record may
    # still list all changes, where the first had not succeeded when it was asked for.
    records = (
        FIRST,
        success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00"))),
        success(3, at(3, "10:01"), "b", commit("b", at(3, "08:00"))),
    )
    assert deployments(*records) == ["1", "2"]
    assert values("change_lead_time", *records) == {"of 1": None, "b": 2}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": None}  # their runs are not known


def of_run(record: RecordSpec, run: int, event: str = "push", job: str = "deploy") -> RecordSpec:
    facts = {"workflow_run": WorkflowRun(run, "CI", None, event, "main", 1), "check_run": CheckRun(run, job)}
    return record._replace(output=record.output._replace(**facts))


def test_a_commit_counts_again_if_another_run_deploys_it_not_by_schedule() -> None:
    # 3 is another job of the same run, 4 a nightly run; 5 is a new image of the same commit.
    first = of_run(success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00"))), 20)
    again = [success(n, at(n, "12:00"), "b", before="b") for n in (3, 4, 5)]
    runs = (of_run(again[0], 20, job="migrate"), of_run(again[1], 30, "schedule"), of_run(again[2], 40))
    assert values(FREQUENCY, FIRST, first, *runs) == {"1": 1, "2": 1, "5": 1}
    assert values(REWORK, FIRST, first, *runs) == {"1": 0, "2": 0, "5": 0}


def test_the_commit_of_before_again_after_a_failed_attempt_is_a_rollback() -> None:
    bad = of_run(failure(2, at(3, "10:00"), "b"), 20)
    back = of_run(success(3, at(3, "10:30"), "a", before="a"), 30)
    assert values(FREQUENCY, FIRST, bad, back) == {"1": 1, "3": 1}
    assert values(FAIL_RATE, FIRST, bad, back) == {"1": 0, "2": 1, "3": 0}
    assert values("failed_deployment_recovery_time", FIRST, bad, back) == {"2": 0.5}
    assert values(REWORK, FIRST, bad, back) == {"1": 0, "3": 1}


@pytest.mark.parametrize(("event", "day", "counted"), [("schedule", 3, {}), ("push", 5, {"3": 0})])
def test_the_same_by_schedule_or_too_late_is_no_rollback(event: str, day: int, counted: dict[str, float]) -> None:
    first, bad = of_run(FIRST, 10), of_run(failure(2, at(3, "10:00"), "b"), 20)
    back = of_run(success(3, at(day, "11:00"), "a", before="a"), 30, event)
    assert values(REWORK, first, bad, back) == {"1": 0, **counted}
    assert values(FAIL_RATE, first, bad, back) == {"1": 0, **counted}


def test_interleaved_jobs_of_two_runs_are_two_deployments_no_rollback() -> None:
    # The second job of b's run ends after the first of c's. GitHub says that b was there before.
    records = (
        FIRST,
        success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00"))),
        success(4, at(3, "10:02"), "c", commit("c", at(3, "09:00")), before="b"),
        success(3, at(3, "10:03"), "b", before="b"),
        success(5, at(3, "10:04"), "c", before="c"),
    )
    assert deployments(*records) == ["1", "2", "4"]
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 0, "4": 0}


def test_a_run_that_goes_back_during_another_is_a_rollback() -> None:
    # Run 30 deploys a again. It began before b had succeeded, so GitHub says that a was there before.
    bad = of_run(success(2, at(3, "10:02"), "b", commit("b", at(3, "08:00"))), 20)
    back = success(3, at(3, "10:10"), "a", before="a")
    assert values(FREQUENCY, FIRST, bad, of_run(back, 30)) == {"1": 1, "2": 1, "3": 1}
    assert values(FAIL_RATE, FIRST, bad, of_run(back, 30)) == {"1": 0, "2": 1, "3": 0}
    assert values(REWORK, FIRST, bad, of_run(back, 30)) == {"1": 0, "2": 0, "3": 1}
    # a late job of the run of a is none
    assert values(FREQUENCY, of_run(FIRST, 10), bad, of_run(back, 10, job="migrate")) == {"1": 1, "2": 1}


def test_a_failed_attempt_retried_with_the_same_commit_is_no_failure() -> None:
    records = (
        FIRST,
        failure(2, at(3, "10:00"), "b"),
        success(3, at(3, "10:20"), "b", commit("b", at(3, "08:00"))),
    )
    assert deployments(*records) == ["1", "3"]
    assert values(FAIL_RATE, *records) == {"1": 0, "3": 0}
    assert values(REWORK, *records) == {"1": 0, "3": 0}


def test_a_deployment_that_fails_and_then_succeeds_is_no_failure() -> None:
    records = (FIRST, failure(2, at(3, "10:00"), "b"), success(2, at(3, "10:20"), "b", commit("b", at(3, "08:00"))))
    assert deployments(*records) == ["1", "2"]
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 0}


def test_a_deployment_that_fails_and_succeeds_again_is_no_failure() -> None:
    # Success at 10:00, failure at 10:30, success at 10:40: it was mended by itself, and not by what was written at 10:35.
    again = success(2, at(3, "10:40"), "b", commit("b", at(3, "08:00")))
    records = (
        FIRST,
        success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00"))),
        failure(2, at(3, "10:30"), "b"),
        again,
        success(3, at(3, "11:00"), "c", commit("c", at(3, "10:35"))),
    )
    assert [(item.item, item.at) for item in items(FREQUENCY, *records)][1] == ("2", at(3, "10:00"))
    assert values(FAIL_RATE, *records) == {"1": 0, "2": 0, "3": 0}
    assert values(REWORK, *records) == {"1": 0, "2": 0, "3": 0}


def test_an_attempt_that_never_succeeds_is_no_deployment() -> None:
    assert deployments(FIRST, failure(2, at(3, "10:00"), "b"), failure(3, at(3, "11:00"), "b", state="error")) == ["1"]


def test_production_environments_are_counted_separately() -> None:
    result = report(
        success(1, at(2, "09:00"), "a", first=True, env="production-eu"),
        success(2, at(2, "09:05"), "a", first=True, env="Production us"),
        success(3, at(3, "09:05"), "b", commit("b", at(3, "08:00")), env="Production us"),
        success(4, at(2, "08:00"), "a", first=True, env="staging"),
        success(5, at(2, "08:00"), "a", first=True, env="product-test"),
        now=at(9),
    )
    # eu: one in seven days; us: two; the service: two, as a is one deployment of both.
    assert {
        number.environment: (number.value, number.items)
        for number in result.numbers
        if (number.measure, number.period, number.repository) == (FREQUENCY, "2026-W45", "octo-org/shop")
    } == {"": (2 / 7, 2), "production-eu": (1 / 7, 1), "Production us": (2 / 7, 2)}


PRODUCTION_NAMES = ["prod", "production", "Production", "PRODUCTION", "live", "prod-eu", "production/web", "Live 2"]
OTHER_NAMES = ["staging", "product-test", "preprod", "non-production", "alive", "lively", "pr-17"]
NAMED = [*PRODUCTION_NAMES, *OTHER_NAMES]


def of_environments_so_named() -> list[str]:
    """Return the deployments that count, of one for each name of `NAMED`, each in a repository of its own."""
    return deployments(
        *(
            success(id, at(2), "a", first=True, env=name, repo=f"octo-org/shop-{id}", repository_id=id)
            for id, name in enumerate(NAMED, 1)
        )
    )


@pytest.mark.parametrize("name", PRODUCTION_NAMES)
def test_what_is_called_production_by_default(name: str) -> None:
    assert of_environments_so_named().count(str(NAMED.index(name) + 1)) == 1


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_what_is_not_called_production_by_default(name: str) -> None:
    assert str(NAMED.index(name) + 1) not in of_environments_so_named()


def test_a_team_says_what_its_production_is_called() -> None:
    services = parsed({"repositories": {"octo-org/*": {"production": "^blue|^green"}}})
    records = (success(1, at(2), "a", first=True, env="green-1"), success(2, at(2), "a", first=True))
    assert deployments(*records, services=services) == ["1"]


def test_a_renamed_repository_is_one_by_its_newest_name() -> None:
    # GitHub's id is the same: b was compared with a under another name, and 2 deployments are of one repository.
    old = {"repo": "octo-org/webshop", "received_at": at(2, "09:00")}
    result = report(
        success(1, at(2, "09:00"), "a", first=True, **old),
        success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00")), received_at=at(3, "10:00")),
        now=at(9),
    )
    assert [(repository.key, repository.name) for repository in result.repositories] == [("1", "octo-org/shop")]
    actual = number(result, FREQUENCY, "2026-W45")
    assert actual is not None
    assert actual.items == 2


def test_a_week_begins_on_monday_at_midnight_utc() -> None:
    # The last moment of Sunday the 8th, and the first of Monday the 9th.
    result = report(
        success(1, at(9) - 1000, "a", first=True),
        success(2, at(9), "b", commit("b", at(8))),
        now=at(17),
    )
    assert [
        (number.period, number.items)
        for number in result.numbers
        if (number.measure, number.kind, number.repository) == (FREQUENCY, "week", "octo-org/shop")
    ] == [("2026-W45", 1), ("2026-W46", 1), ("2026-W47", 0)]


def test_a_month_and_a_quarter_begin_on_their_first_day_in_utc() -> None:
    # The last second of September and the first of October, which begins a quarter, too.
    september = at(-30) - 1000
    full_report = report(
        success(1, september, "a", first=True), success(2, september + 1000, "b", commit("b", september))
    )
    result = {
        number.period: number.items
        for number in full_report.numbers
        if number.measure == FREQUENCY and number.repository and number.kind != "week"
    }
    assert result == {"2026-09": 1, "2026-10": 1, "2026-11": 0, "2026-Q3": 1, "2026-Q4": 1}


def test_frequency_divides_by_the_days_of_the_period_that_have_begun() -> None:
    # 3 deployments: in the whole of a week 3 / 7; at noon on Thursday of that week, the fourth day, 3 / 4.
    three = (
        FIRST,
        success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00"))),
        success(3, at(4, "10:00"), "c", commit("c", at(4, "08:00"))),
    )
    full_week, running = (number(report(*three, now=now), FREQUENCY, "2026-W45") for now in (at(9), at(5, "12:00")))
    assert full_week is not None
    assert running is not None
    assert (full_week.value, running.value) == (3 / 7, 3 / 4)


def test_a_period_without_deployments_is_zero_after_the_first_deployment() -> None:
    full_report = report(FIRST, now=at(24))
    result = {
        number.period: (number.value, number.known, number.items)
        for number in full_report.numbers
        if (number.measure, number.kind, number.repository) == (FREQUENCY, "week", "octo-org/shop")
    }
    assert result == {
        "2026-W45": (1 / 7, 1, 1),
        "2026-W46": (0, 0, 0),
        "2026-W47": (0, 0, 0),
        "2026-W48": (0, 0, 0),
    }


def test_a_status_without_a_time_is_no_deployment_at_an_invented_one() -> None:
    untimed = success(2, at(3), "b", commit("b", at(3)))
    nothing = untimed.output._replace(created_at=None, updated_at=None, deployment_created_at=None)
    assert deployments(FIRST, untimed._replace(output=nothing)) == ["1"]


def test_a_status_that_was_not_timed_itself_is_where_its_deployment_was() -> None:
    untimed = success(2, at(3), "b", commit("b", at(2)))
    [_, item] = items(
        FREQUENCY, FIRST, untimed._replace(output=untimed.output._replace(created_at=None, updated_at=None))
    )
    assert (item.item, item.at) == ("2", at(3))
