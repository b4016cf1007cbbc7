import pytest

from core.errors import PermanentError
from tests.unit.warehouse.sample_report import NOW, empty, ms, report
from warehouse.report.comparison import compare
from warehouse.report.filters import Filter, apply, at_last_complete_period, canonical_case, for_repository
from warehouse.report.model import Report


def part(**asked: str) -> Report:
    return apply(report(), canonical_case(report(), Filter(**asked)))


def test_asked_for_nothing_it_is_the_whole_report() -> None:
    assert part() == report()


def test_of_a_service_its_repositories_and_numbers_are_left_however_it_is_spelled() -> None:
    checkout = part(service="Checkout")
    assert [each.name for each in checkout.repositories] == ["octo-org/checkout-api", "octo-org/checkout-web"]
    assert {each.service for each in checkout.numbers} == {"checkout"}
    assert {each.repository for each in checkout.numbers} == {"", "octo-org/checkout-api", "octo-org/checkout-web"}
    assert checkout.measures == report().measures


def test_of_an_environment_also_the_numbers_that_have_none_are_left() -> None:
    eu = part(environment="production-eu")
    assert {each.environment for each in eu.numbers} == {"", "production-eu"}


def test_of_one_kind_of_period_only_those_are_left() -> None:
    quarters = part(kind="quarter")
    assert [each.name for each in quarters.periods] == ["2026-Q2", "2026-Q3", "2026-Q4"]
    assert {each.period for each in quarters.numbers} == {"2026-Q2", "2026-Q3", "2026-Q4"}
    assert compare(quarters, is_dora=True).kind == "quarter"


def test_a_repository_by_itself_takes_its_services_place_with_its_own_numbers_and_no_team() -> None:
    one = part(repository="OCTO-ORG/checkout-web")
    assert {(each.service, each.repository) for each in one.numbers} == {("checkout", "octo-org/checkout-web")}
    alone = for_repository(one, "octo-org/checkout-web")
    assert [(each.service, each.name, each.team) for each in alone.repositories] == [
        ("octo-org/checkout-web", "octo-org/checkout-web", None)
    ]
    assert {(each.service, each.repository) for each in alone.numbers} == {("octo-org/checkout-web", "")}
    assert [each.value for each in alone.numbers] == [each.value for each in one.numbers]


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


def test_where_nothing_is_nothing_can_be_asked_for() -> None:
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
