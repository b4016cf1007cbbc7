from collections.abc import Iterable

import pytest

from tests.unit.warehouse.sample_report import MEASURES, report
from warehouse.dashboard.overview_data import overview
from warehouse.report.comparison import compare_totals
from warehouse.report.model import Number, Report
from warehouse.report.totals import ALL, NO_MEDIAN, environments, totals, why_not

BY_NAME = {measure.name: measure for measure in MEASURES}


def number(  # noqa: PLR0913 (one parameter for each field)
    measure: str,
    service: str,
    value: float | None,
    items: int,
    *,
    known: int | None = None,
    environment: str = "production",
    repository: str = "",
    inferred: int = 0,
) -> Number:
    valued = items if known is None else known
    return Number(measure, service, repository, environment, "week", "2026-W47", value, valued, items, inferred)


def of(*numbers: Number, shared: Iterable[tuple[str, str]] = ()) -> Report:
    return report()._replace(numbers=numbers, shared_deployments=tuple(shared))


def combined(of_report: Report, team: str = ALL) -> dict[str, tuple[float | None, int, int]]:
    [found] = [total for total in totals(of_report) if total.team == team]
    return {entry.measure: (entry.value, entry.known, entry.items) for entry in found.numbers}


def test_frequencies_are_added() -> None:
    parts = number("deployment_frequency", "checkout", 1.5, 10), number("deployment_frequency", "search", 0.5, 4)
    assert combined(of(*parts)) == {"deployment_frequency": (2.0, 14, 14)}


def test_a_share_is_that_of_all_items_not_the_mean_of_shares() -> None:
    parts = number("change_fail_rate", "checkout", 0.5, 2), number("change_fail_rate", "search", 0.1, 30, known=20)
    [(value, known, items)] = combined(of(*parts)).values()
    assert value == pytest.approx((1 + 2) / 22)
    assert (known, items) == (22, 32)


def test_inferred_items_weigh_as_much_as_known_ones() -> None:
    parts = (
        number("change_fail_rate", "checkout", 1.0, 1),
        number("change_fail_rate", "search", 0.0, 3, known=1, inferred=2),
    )
    assert combined(of(*parts))["change_fail_rate"] == (0.25, 2, 4)


def test_medians_have_no_total() -> None:
    parts = number("change_lead_time", "checkout", 5, 2), number("change_lead_time", "search", 9, 2)
    assert combined(of(*parts)) == {}
    assert why_not(BY_NAME["change_lead_time"], totals(of(*parts))[0]) == NO_MEDIAN


def test_what_is_unknown_everywhere_stays_unknown() -> None:
    parts = (number("change_fail_rate", name, None, 3, known=0) for name in ("checkout", "search"))
    assert combined(of(*parts)) == {"change_fail_rate": (None, 0, 6)}


def test_repositories_and_single_environments_are_not_added_again() -> None:
    parts = (
        number("deployment_frequency", "checkout", 1.0, 7, environment=""),
        number("deployment_frequency", "checkout", 0.6, 4),
        number("deployment_frequency", "checkout", 0.9, 6, environment="production-eu"),
        number("deployment_frequency", "checkout", 1.0, 7, repository="octo-org/checkout-api"),
        number("deployment_frequency", "search", 2.0, 14),
    )
    assert combined(of(*parts)) == {"deployment_frequency": (3.0, 21, 21)}


def test_counts_of_each_environment_are_added() -> None:
    parts = (
        number("releases", "checkout", 2, 2),
        number("releases", "checkout", 3, 3, environment="production-eu"),
        number("releases", "search", 4, 4, environment=""),
    )
    assert combined(of(*parts))["releases"] == (9, 9, 9)


def test_services_that_share_deployments_have_no_sum_of_them() -> None:
    parts = (
        number("deployment_frequency", "checkout", 1, 7),
        number("deployment_frequency", "search", 1, 7),
        number("pull_request_size", "search", 1, 7, environment=""),
        number("ci_failure_rate", "search", 0.5, 4, environment=""),
    )
    shared = of(*parts, shared=[("checkout", "search")])
    assert combined(shared) == {"ci_failure_rate": (0.5, 4, 4)}
    total = totals(shared)[0]
    assert why_not(BY_NAME["deployment_frequency"], total) == (
        "checkout and search share deployments, which a sum would count twice"
    )
    elsewhere = of(*parts, shared=[("platform", "search")])
    assert combined(elsewhere)["deployment_frequency"] == (2, 14, 14)


def test_a_team_of_several_services_has_its_own_total() -> None:
    first, *others = report().repositories
    payments = report()._replace(
        repositories=(first, *others[:1], others[1]._replace(team="Payments"), *others[2:]),
        numbers=tuple(number("deployment_frequency", name, 1.0, 7) for name in ("checkout", "search", "platform")),
    )
    assert [(total.team, total.services) for total in totals(payments)] == [
        (ALL, ("checkout", "platform", "search")),
        ("Payments", ("checkout", "search")),
    ]
    assert combined(payments, "Payments") == {"deployment_frequency": (2.0, 14, 14)}


def growing() -> Report:
    """Return one deployment a day of one service, and ten a day of another since the newest complete week."""
    frequency = BY_NAME["deployment_frequency"]
    weeks = [of.name for of in report().periods if of.kind == "week" and of.ends_at <= report().generated_at]
    parts = [number(frequency.name, "checkout", 1.0, 7)._replace(period=week) for week in weeks]
    return of(*parts, number(frequency.name, "search", 10.0, 70)._replace(period=weeks[-1]))


def test_a_frequency_is_not_compared_with_that_of_fewer_services() -> None:
    [group] = compare_totals(growing()).groups
    [line] = group.lines
    assert (line.latest and line.latest.value, line.trend) == (11.0, "too few to compare")
    [cells] = overview(growing())["overview"]["totals"]
    [cell] = [cell for cell in cells["kinds"]["week"] if cell]
    assert cell[2] == "too few to compare"


def test_a_frequency_of_some_services_says_of_how_many() -> None:
    late = growing()._replace(
        numbers=(*growing().numbers, number("change_fail_rate", "platform", 0.5, 2, environment="production"))
    )
    frequency, rate = compare_totals(late).groups[0].lines
    assert frequency.coverage == "2 of 3 services: 77 of 77 known"
    assert rate.coverage == "2 of 2 known"
    [cells] = overview(late)["overview"]["totals"]
    cell = next(cell for cell in cells["kinds"]["week"] if cell)
    assert cell[1::3] == ["2 of 3 services: 77 of 77 known", True]


def test_a_service_without_numbers_is_not_among_all() -> None:
    assert compare_totals(growing()).groups[0].service == "2 of 3 services"
    assert compare_totals(report()).groups[0].service == "All 3 services"


def test_one_service_alone_has_no_total() -> None:
    assert totals(of(number("deployment_frequency", "checkout", 1.0, 7))) == ()


def test_the_environment_with_most_items_stands_for_a_service() -> None:
    parts = (
        number("deployment_frequency", "checkout", 1, 2, environment="b"),
        number("deployment_frequency", "checkout", 1, 9, environment="c"),
        number("deployment_frequency", "search", 1, 1, environment=""),
        number("deployment_frequency", "search", 1, 9, environment="c"),
        number("ci_duration", "platform", 1, 9, environment=""),
    )
    assert environments(of(*parts)) == {"checkout": "c", "search": "", "platform": ""}
