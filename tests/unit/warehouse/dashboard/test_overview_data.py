from tests.unit.warehouse.hostile_report import hostile
from tests.unit.warehouse.sample_report import MEASURES, empty, report
from warehouse.dashboard.overview_data import overview
from warehouse.report import formatting
from warehouse.report.column_units import column_unit, in_unit
from warehouse.report.model import Number
from warehouse.report.settings_model import Annotation, Target
from warehouse.report.totals import NO_MEDIAN, totals

FREQUENCY = 1


def latest(measure: str, service: str) -> Number:
    key = (measure, service, "", "production", "week", "2026-W47")
    return next(number for number in report().numbers if number[:6] == key)


def test_a_column_has_one_unit_for_all_services() -> None:
    fields = overview(report())["overview"]
    numbers = {name: latest("change_lead_time", name) for name in ("checkout", "platform", "search")}
    unit = column_unit(MEASURES[0], [number.value for number in numbers.values()])
    assert fields["units"]["week"][0] == unit.name == "h"
    assert {name: texts[0] for name, texts in fields["texts"]["week"].items()} == {
        name: in_unit(number, unit) for name, number in numbers.items()
    }


def test_totals_have_text_coverage_trend_and_history_or_a_reason() -> None:
    [total] = overview(report())["overview"]["totals"]
    wanted = [number for number in totals(report())[0].numbers if number[0] == "deployment_frequency"]
    text, coverage, _, values, is_partial = total["kinds"]["week"][FREQUENCY]
    [number] = [number for number in wanted if number.period == "2026-W47"]
    assert (text, coverage, is_partial) == ("2.4", formatting.coverage(number), False)
    weeks = [number.value for number in wanted if number.kind == "week"]
    assert values == [round(value or 0, 6) for value in weeks]
    assert (total["kinds"]["week"][0], total["why"][0]) == (None, NO_MEDIAN)


def test_targets_notes_and_services_without_numbers_are_listed() -> None:
    lone = report().repositories[0]._replace(name="octo-org/new", service="new")
    fields = overview(
        report()._replace(
            repositories=(*report().repositories, lone),
            targets=(Target("", "change_lead_time", 86_400_000, "1 d"),),
            annotations=(Annotation("new", "2026-11-16", 1_794_000_000_000, "new pipeline"),),
        )
    )
    assert fields["targets"] == [("", "change_lead_time", 86_400_000, "1 d")]
    assert fields["annotations"] == [("new", 1_794_000_000_000, "new pipeline", "2026-11-16")]
    assert fields["overview"]["without_numbers"] == ["new"]
    assert {about for names, about, *_ in fields["reasons"] if "new" in names} == {"deployments", "pull requests"}


def test_a_report_without_numbers_has_an_overview() -> None:
    fields = overview(empty())
    assert (fields["overview"]["totals"], fields["reasons"]) == ([], [])
    assert overview(hostile()[0])["overview"]["totals"] == []
