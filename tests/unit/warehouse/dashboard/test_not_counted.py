"""What the page says about deployments in no number and about environments, by service."""

from itertools import chain

from tests.dashboard_data import page_data
from tests.unit.warehouse.sample_report import empty, report
from warehouse.dashboard import page
from warehouse.dashboard.not_counted import not_counted
from warehouse.report import environment_sides, left_out
from warehouse.report.left_out_model import LeftOut, Suggestion, WholeRuns, WithoutEnd
from warehouse.report.model import Environment, Report

API, SEARCH = "octo-org/checkout-api", "octo-org/search"


def with_left_out() -> Report:
    return report()._replace(
        left_out=(
            LeftOut("checkout", API, "quarter", "2026-Q3", 7, 0),
            LeftOut("checkout", API, "week", "2026-W47", 1, 0),
            LeftOut("search", SEARCH, "quarter", "2026-Q3", 0, 2),
        ),
        environments=(
            Environment(API, "production", True, "name"),
            Environment(SEARCH, "staging", False, "name"),
        ),
        without_end=(WithoutEnd(API, "production", 2, 5),),
        whole_runs=(WholeRuns(SEARCH, "Deploy"),),
        suggestions=(Suggestion("octo-org/checkout-*", 3, 0, 9, "deployments = {}"),),
    )


def test_all_services_have_the_lines_of_the_report() -> None:
    of = with_left_out()
    assert not_counted(of)[""] == (list(left_out.lines(of)), list(environment_sides.lines(of)))


def test_each_service_has_the_lines_about_itself() -> None:
    lines = not_counted(with_left_out())
    assert list(lines) == ["", "checkout", "platform", "search"]
    checkout, search = lines["checkout"], lines["search"]
    assert [line[:20] for line in checkout[0]] == ["checkout, 2026-Q3: l", f"{API[:20]}", "octo-org/checkout-*:"]
    assert [line[:20] for line in search[0]] == ["search, 2026-Q3: lef", "octo-org/search: no "]
    assert (checkout[1], search[1]) == (["Production, by name: production"], ["Not production, by name: staging"])
    assert lines["platform"] == ([], [])


def test_a_line_names_twenty_environments_whole() -> None:
    many = tuple(Environment(API, f"environment-{index:02}-of-the-service", True, "name") for index in range(20))
    [line] = not_counted(report()._replace(environments=many))["checkout"][1]
    assert line.endswith("environment-19-of-the-service")


def test_a_name_cannot_reorder_its_line() -> None:
    odd = (Environment(API, "prod\u202e\x1b[2J", True, "name"),)
    lines = not_counted(report()._replace(environments=odd))
    assert not {"\u202e", "\x1b"} & set("".join(chain(*lines["checkout"])))


def test_the_page_has_the_lines_of_all_and_of_each_service() -> None:
    wanted = {name: [*map(list, lines)] for name, lines in not_counted(with_left_out()).items()}
    assert page_data(page(with_left_out(), ())).head["not_counted"] == wanted


def test_an_empty_report_has_no_lines() -> None:
    assert not_counted(empty()) == {"": ([], [])}
