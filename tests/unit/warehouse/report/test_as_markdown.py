import re

import pytest

from core.sanitize import escape_markdown
from tests.unit.warehouse.hostile_report import HOSTILE, hostile
from tests.unit.warehouse.sample_report import MEASURES, empty, report
from warehouse.report import as_markdown, formatting
from warehouse.report.comparison import compare
from warehouse.report.model import LedgerDay, Missing

UNESCAPED_BAR = re.compile(r"(?<!\\)\|")


def test_dora_measures_are_a_table_with_trend_and_coverage() -> None:
    output = as_markdown.render(report())
    line = compare(report(), is_dora=True).groups[0].lines[0]
    assert line.latest is not None
    assert line.previous is not None
    assert (
        "### checkout · production · team Payments\n\n| measure | latest | previous | trend | coverage |\n"
        "| --- | --- | --- | --- | --- |\n"
        f"| Change lead time | **{formatting.format_number(line.measure, line.latest)}** | {formatting.format_number(line.measure, line.previous)} | "
        f"{line.trend} | {formatting.coverage(line.latest)} |\n"
    ) in output


def test_every_section_is_present() -> None:
    output = as_markdown.render(report())
    assert re.findall(r"^#{1,2} .*", output, re.MULTILINE) == [
        "# How we deliver",
        "## All services",
        "## DORA",
        "## Beyond DORA",
        "## Services",
        "## What is missing",
        "## What is no record",
        "## Definitions and sources",
    ]
    assert "Generated at 2026-11-26 15:00 UTC of 13,239 records in octo-org/telemetry-data" in output
    assert "| platform |  | octo-org/infrastructure | merges |" in output
    assert all(f"- **{measure.title}**: {measure.definition}" in output for measure in MEASURES)
    assert "Source: https://dora.dev/guides/dora-metrics/ (2026-01-05)" in output


def test_gaps_and_rejects_are_listed() -> None:
    output = as_markdown.render(report())
    assert "Of 6,562 deliveries that GitHub sent from 2026-11-13 to 2026-11-26 (days in UTC), 2 are missing." in output
    assert (
        "| 2026-11-23 | octo-org \\(411\\) | 5b0a1a80-c8a1-11f0-9d5c-b2f7a1f0c002 | workflow\\_job | answered 503"
        in output
    )
    assert "| telemetry/octo-org/search/deployment-status/2026-11-20/311.json | not JSON |" in output


def test_the_latest_missing_deliveries_are_listed_and_the_rest_counted() -> None:
    lost = tuple(Missing(f"guid-{index}", "push", "late") for index in range(150))
    output = as_markdown.render(
        report()._replace(ledger=(LedgerDay("2026-11-25", "octo-org (1)", 200, 50, 50, 0, lost),))
    )
    assert "The latest 100 of 150 are shown: `telemetry ledger --missing` lists them all." in output
    assert "| guid-149 |" in output
    assert "| guid-49 |" not in output


def test_an_empty_report_says_what_to_do_next() -> None:
    output = as_markdown.render(empty())
    assert output.startswith("# How we deliver\n\nThere are no records yet in octo-org/telemetry-data.")
    assert "- Does GitHub send events? `telemetry doctor` checks secrets" in output


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", "a\\|b"),
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("&lt; \\| `x`", "&amp;lt; \\\\\\| \\`x\\`"),
        ("[a](javascript:1)", "\\[a\\]\\(javascript:1\\)"),
        ("two\nlines", "two�lines"),
        ("déjà vu 日本", "déjà vu 日本"),
    ],
)
def test_text_of_records_means_itself(text: str, expected: str) -> None:
    assert escape_markdown(text) == expected


def test_no_text_of_a_record_breaks_a_table_or_becomes_html() -> None:
    output = as_markdown.render(hostile()[0])
    assert escape_markdown(HOSTILE) in output
    assert not re.search(r"<(?!/?$)", output.replace("&lt;", ""))
    tables = [block.splitlines() for block in output.split("\n\n") if block.startswith("| ")]
    assert len(tables) > 3
    for lines in tables:
        assert len({len(UNESCAPED_BAR.findall(line)) for line in lines}) == 1


def test_settings_without_an_effect_are_listed() -> None:
    assert "without an effect" not in as_markdown.render(report())
    output = as_markdown.render(report()._replace(notes=("a: has no effect yet", "<b>")))
    assert "## Settings without an effect\n\n- a: has no effect yet\n- &lt;b&gt;\n" in output
