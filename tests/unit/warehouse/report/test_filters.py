import pytest

from core.errors import PermanentError
from tests.unit.warehouse.sample_report import NOW, empty, ms, report
from warehouse.report.comparison import compare
from warehouse.report.filters import Filter, apply, at_last_complete_period, canonical_case, for_repository
from warehouse.report.model import Environment, Report


def part(**values: str) -> Report:
    return apply(report(), canonical_case(report(), Filter(**values)))


def test_an_empty_filter_returns_the_whole_report() -> None:
    assert part() == report()


def test_a_service_filter_ignores_case() -> None:
    checkout = part(service="Checkout")
    assert [repository.name for repository in checkout.repositories] == [
        "octo-org/checkout-api",
        "octo-org/checkout-web",
    ]
    assert {number.service for number in checkout.numbers} == {"checkout"}
    assert {number.repository for number in checkout.numbers} == {"", "octo-org/checkout-api", "octo-org/checkout-web"}
    assert checkout.measures == report().measures


def test_a_filter_keeps_only_the_environments_of_its_repositories() -> None:
    names = ("octo-org/checkout-api", "octo-org/checkout-web", "octo-org/search")
    every = tuple(Environment(name, "production", True, "name") for name in names)
    whole = report()._replace(environments=every)
    assert apply(whole, Filter(service="checkout")).environments == every[:2]
    one = apply(whole, Filter(repository=names[1]))
    assert one.environments == for_repository(whole, names[1]).environments == every[1:2]


def test_a_filter_by_environment_keeps_numbers_without_one() -> None:
    eu = part(environment="production-eu")
    assert {number.environment for number in eu.numbers} == {"", "production-eu"}


def test_a_filter_by_environment_leaves_out_the_number_of_all_of_them() -> None:
    rates = [number for number in report().numbers if number.measure == "change_fail_rate"]
    whole = report()._replace(numbers=(*report().numbers, rates[0]._replace(environment="")))
    eu = apply(whole, Filter(environment="production-eu"))
    assert {number.environment for number in eu.numbers if number.measure == "change_fail_rate"} == {"production-eu"}


def test_a_filter_by_period_keeps_only_that_kind() -> None:
    quarters = part(kind="quarter")
    assert [period.name for period in quarters.periods] == ["2026-Q2", "2026-Q3", "2026-Q4"]
    assert {number.period for number in quarters.numbers} == {"2026-Q2", "2026-Q3", "2026-Q4"}
    assert compare(quarters, is_dora=True).kind == "quarter"


def test_a_report_of_one_repository_has_its_own_numbers_and_no_team() -> None:
    one = part(repository="OCTO-ORG/checkout-web")
    assert {(number.service, number.repository) for number in one.numbers} == {("checkout", "octo-org/checkout-web")}
    alone = for_repository(one, "octo-org/checkout-web")
    assert [(repository.service, repository.name, repository.team) for repository in alone.repositories] == [
        ("octo-org/checkout-web", "octo-org/checkout-web", None)
    ]
    assert {(number.service, number.repository) for number in alone.numbers} == {("octo-org/checkout-web", "")}
    assert [number.value for number in alone.numbers] == [number.value for number in one.numbers]


@pytest.mark.parametrize(
    ("only", "says"),
    [
        (Filter(service="x"), "there is no service x; there is checkout, platform, search"),
        (
            Filter(repository="octo-org/x"),
            "there is no repository octo-org/x; there is octo-org/checkout-api, octo-org",
        ),
        (Filter(environment="staging"), "there is no environment staging; there is production, production-eu"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(only: Filter, says: str) -> None:
    with pytest.raises(PermanentError, match=says):
        canonical_case(report(), only)


def test_an_empty_report_has_no_choices() -> None:
    with pytest.raises(PermanentError, match="there is no service x; there is none"):
        canonical_case(empty(), Filter(service="x"))


def test_what_lasts_of_a_report_is_the_same_until_a_period_ends() -> None:
    an_hour, a_week = 3_600_000, 7 * 86_400_000
    friday = report()._replace(generated_at=ms(NOW) + an_hour)
    assert at_last_complete_period(friday) == at_last_complete_period(report())
    assert at_last_complete_period(report()._replace(generated_at=ms(NOW) + a_week)) != at_last_complete_period(
        report()
    )
    assert at_last_complete_period(report()._replace(records={"review": 1})) != at_last_complete_period(report())
