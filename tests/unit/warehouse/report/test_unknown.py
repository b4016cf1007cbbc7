from tests.unit.warehouse.hostile_report import HOSTILE
from tests.unit.warehouse.sample_report import empty, report
from warehouse.report import as_markdown, as_text
from warehouse.report.model import Report, UnknownItems
from warehouse.report.unknown import is_all_unknown, lines

DORA = {measure.name for measure in report().measures if measure.is_dora}


def unknown(*kept: str) -> Report:
    """Return the sample with no value of a DORA measure but those kept."""
    numbers = (
        number._replace(value=None, known=0) if number.measure in DORA - {*kept} else number
        for number in report().numbers
    )
    return report()._replace(numbers=tuple(numbers))


def test_a_report_without_unknown_items_and_old_records_has_no_lines() -> None:
    assert list(lines(report())) == []
    assert list(lines(empty())) == []
    assert "What is unknown" not in as_text.render(report(), 200) + as_markdown.render(report())


def test_a_report_without_a_known_value_says_what_is_there() -> None:
    first = next(lines(unknown("deployment_frequency")))
    assert first == (
        "No number of the DORA measures but the frequency is known, although there are records: 1,804 of check-suite, "
        "702 of deployment-status, 1,312 of review, 9,421 of workflow-job."
    )
    assert is_all_unknown(unknown())


def test_one_known_value_is_enough() -> None:
    assert not is_all_unknown(unknown("change_fail_rate"))


def test_an_inferred_value_is_a_value() -> None:
    [*others, last] = unknown().numbers
    numbers = (*others, last._replace(measure="change_fail_rate", value=1.0, items=1, inferred=1))
    assert not is_all_unknown(report()._replace(numbers=numbers))


def test_the_three_most_frequent_reasons_of_a_measure_are_named() -> None:
    found = (
        *(UnknownItems("change_fail_rate", service, "not compared", 4) for service in ("a", "b")),
        *(UnknownItems("change_fail_rate", "a", why, n) for n, why in enumerate(("first", None, "third", "last"), 1)),
        UnknownItems("review_latency", "a", "not of DORA", 9),
    )
    assert list(lines(report()._replace(unknown=found))) == [
        "Change fail rate: 18 items are unknown (8: not compared; 4: last; 3: third; 3: other reasons)."
    ]


def test_one_unknown_item_is_singular() -> None:
    found = (UnknownItems("change_fail_rate", "a", None, 1),)
    assert list(lines(report()._replace(unknown=found))) == [
        "Change fail rate: 1 item is unknown (1: no reason is recorded)."
    ]


def test_old_records_are_counted_with_what_to_do() -> None:
    old = report()._replace(old_records={"review": 1_000, "incident": 2})
    [line] = lines(old)
    assert line == (
        "1,002 records of an older version lack fields that the definitions need, so what they decide is unknown or "
        "inferred: `telemetry backfill` fetches the fields that GitHub still has."
    )
    assert "inferred: `telemetry backfill` fetches" in as_markdown.render(old)
    assert "inferred: `telemetry backfill` fetches" in as_text.render(old, 300)


def test_a_reason_is_no_markup() -> None:
    found = (UnknownItems("change_fail_rate", "a", HOSTILE, 1),)
    assert HOSTILE not in as_markdown.render(report()._replace(unknown=found))
