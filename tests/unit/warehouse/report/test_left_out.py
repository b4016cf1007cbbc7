from tests.unit.warehouse.sample_report import report
from warehouse.report import as_markdown, as_text
from warehouse.report.left_out import lines, no_end
from warehouse.report.left_out_model import LeftOut, Suggestion, WholeRuns, WithoutEnd

SHOWN = ("quarter", "2026-Q3")
"""The period that the sample report shows first."""


def said(**fields: object) -> list[str]:
    return list(lines(report()._replace(**fields)))  # type: ignore[arg-type]


def test_a_report_that_leaves_nothing_out_has_no_lines() -> None:
    assert said() == []


def test_counts_are_of_a_service_in_the_period_shown_first() -> None:
    assert said(
        left_out=(
            LeftOut("shop", "o/a", *SHOWN, 1, 0),
            LeftOut("shop", "o/b", *SHOWN, 0, 1_200),
            LeftOut("cart", "o/c", *SHOWN, 2, 0),
            LeftOut("cart", "o/c", "quarter", "2026-Q2", 70, 0),
            LeftOut("cart", "o/c", "month", "2026-09", 2, 0),
        )
    ) == [
        (
            "shop, 2026-Q3: left out 1 deployment by `exclude` of services.toml and 1,200 deployments to environments that "
            "are not production."
        ),
        "cart, 2026-Q3: left out 2 deployments by `exclude` of services.toml.",
    ]


def test_many_lines_of_a_kind_are_counted() -> None:
    found = said(whole_runs=tuple(WholeRuns("o/r", f"Deploy {n}") for n in range(7)))
    assert (len(found), found[-1]) == (6, "and 2 more like these: `telemetry report --format json` has all.")


def test_the_command_for_all_lines_has_the_source_that_was_given() -> None:
    many = report()._replace(whole_runs=tuple(WholeRuns("o/r", f"Deploy {n}") for n in range(7)))
    text = as_text.render(many, 300, command="telemetry report my-data")
    assert "- and 2 more like these: `telemetry report my-data --format json` has all.\n" in text


def test_deployments_without_an_end_say_how_many_and_what_to_do() -> None:
    [all_of_them] = said(without_end=(WithoutEnd("o/r", "production", 5, 5),))
    assert all_of_them.startswith("o/r, production: 5 deployments were requested, none ended. ")
    assert "`telemetry backfill`" in all_of_them
    [some] = said(without_end=(WithoutEnd("o/r", "production", 2, 5),))
    assert some.startswith("o/r, production: 2 of 5 deployments never ended. ")


def test_a_report_without_numbers_says_that_no_deployment_ended() -> None:
    ended = report()._replace(without_end=(WithoutEnd("o/r", "production", 2, 5),))
    assert (no_end(report()), no_end(ended)) == ("", "")
    none_ended = report()._replace(numbers=(), without_end=(WithoutEnd("o/r", "production", 5, 5),))
    for output in (as_text.render(none_ended, 200), as_markdown.render(none_ended)):
        assert "5 deployments to production were requested, none ended, so the five DORA measures" in output
        assert "No deployment to production is known" not in output


def test_a_suggestion_names_the_table_and_its_line() -> None:
    setting = 'deployments = { kind = "statuses", exclude = [{ event = "schedule" }] }'
    [line] = said(suggestions=(Suggestion("o/*", 3, 2, 6, setting),))
    assert line == (
        "o/*: of 6 deployments, 3 by a schedule and 2 by a job or workflow that only plans or checks, as its name says. "
        'If they change nothing in production, services.toml can leave them out: in [repositories."o/*"], in place of '
        f"`deployments` and `workflow`, {setting}"
    )


def test_text_and_markdown_have_the_lines() -> None:
    result = report()._replace(whole_runs=(WholeRuns("o/r", "<b>Deploy"),))
    assert "workflow <b>Deploy, so all jobs" in as_text.render(result, 250)
    output = as_markdown.render(result)
    assert "## Deployments in no number" in output
    assert "<b>" not in output
