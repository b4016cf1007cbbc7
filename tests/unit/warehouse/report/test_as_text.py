import pytest

from tests.unit.warehouse.hostile_report import HOSTILE, hostile
from tests.unit.warehouse.sample_report import MEASURES, empty, report
from warehouse.report import as_text, formatting
from warehouse.report.comparison import compare
from warehouse.report.model import Number


def test_each_number_has_its_previous_value_trend_coverage_and_series() -> None:
    line = compare(report(), is_dora=True).groups[0].lines[0]
    assert line.latest is not None
    assert line.previous is not None
    row = next(item for item in as_text.render(report(), 120).splitlines() if item.startswith("Change lead time"))
    assert row.split("  ")[0] == "Change lead time"
    assert [cell.strip() for cell in row.split("  ") if cell.strip()] == [
        "Change lead time",
        formatting.value(line.measure, line.latest.value),
        formatting.value(line.measure, line.previous.value),
        line.trend,
        formatting.coverage(line.latest),
        as_text.bars(line.history),
    ]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_lost(width: int) -> None:
    output = as_text.render(report(), width)
    assert max(map(len, output.splitlines())) <= width
    assert "\x1b" not in output
    for group in compare(report(), is_dora=True).groups:
        for line in group.lines:
            words = formatting.format_number(line.measure, line.latest).split()
            assert all(word in output for word in words)


def test_bars_share_a_scale_from_zero_and_what_is_unknown_is_a_dot() -> None:
    assert as_text.bars((0.0, 4.0, None, 8.0)) == "▁▄·█"
    assert as_text.bars((0.0, None)) == "▁·"
    assert as_text.bars(()) == ""


def test_what_is_missing_and_what_is_no_record_is_listed() -> None:
    output = as_text.render(report(), 200)
    assert "Ledger: 2026-11-13 to 2026-11-26 (days in UTC), 6,562 deliveries sent, 2 missing" in output
    assert "5b0a1a80-c8a1-11f0-9d5c-b2f7a1f0c001" in output
    assert "Rejects: 2 files that cannot be read as a record\n" in output
    assert "output.submitted_at: expected a time" in output


def test_of_many_rejects_it_says_how_many_are_shown() -> None:
    assert "Rejects: 1,000 files that cannot be read as a record; the first 2" in as_text.render(
        report()._replace(rejected=1000), 100
    )


def test_the_absence_of_gaps_and_rejects_is_stated() -> None:
    full_report = report()._replace(
        ledger=tuple(day._replace(missing=()) for day in report().ledger), rejects=(), rejected=0
    )
    output = as_text.render(full_report, 100)
    assert "sent, 0 missing" in output
    assert "Rejects: none. Every file that was merged is a record." in output


def test_an_empty_report_says_what_to_do_next() -> None:
    output = as_text.render(empty(), 100)
    assert output.startswith("There are no records yet in octo-org/telemetry-data.\n")
    assert all(
        item in output for item in ("`telemetry doctor`", "`telemetry backfill`", "`make demo`", "Ledger: none.")
    )


def test_records_without_a_deployment_say_how_to_name_them() -> None:
    nothing = tuple(
        Number(*number[:6], None, 0, 0) if number.measure in {m.name for m in MEASURES if m.is_dora} else number
        for number in report().numbers
    )
    output = as_text.render(report()._replace(numbers=nothing), 100)
    assert "No deployment to production is known" in output


def test_no_text_of_a_record_is_markup_or_steers_the_terminal() -> None:
    output = as_text.render(hostile()[0], 2000)
    assert HOSTILE in output
    assert not set(output) & set("\x1b\r\u202e\ud800")


def test_settings_without_an_effect_are_listed() -> None:
    assert "without an effect" not in as_text.render(report(), 100)
    lines = as_text.render(report()._replace(notes=("a: has no effect yet", "b" * 120)), 100).splitlines()
    at = lines.index("services.toml: settings without an effect")
    assert lines[at + 1] == "- a: has no effect yet"
    assert "".join(lines[at + 2 :]).replace(" ", "") == f"-{'b' * 120}"
