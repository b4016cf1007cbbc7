"""Renders a report or the evidence for a number in each output format."""

from collections.abc import Iterable
from enum import StrEnum
from heapq import nlargest
from itertools import groupby

from core.sanitize import markdown_code_block
from warehouse.report import as_csv, as_json, as_markdown, as_text
from warehouse.report.filters import for_repository
from warehouse.report.model import Evidence, Report

DASHBOARD_FILE = "dashboard.html"
"""Default name of the dashboard's file."""
MAX_ITEMS = 100
"""Maximum number of items of a measure in text output."""


class Format(StrEnum):
    """Output formats."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"


def report(report: Report, format: Format, width: int, repository: str = "", *, is_styled: bool = False) -> str:
    """Render a report; if one repository was requested, text and Markdown show it instead of its service.

    `is_styled` adds colours and bold text to the text format.
    """
    if format is Format.JSON:
        return as_json.render(report)
    if format is Format.CSV:
        return as_csv.render(report)
    page = for_repository(report, repository) if repository else report
    if format is Format.MARKDOWN:
        return as_markdown.render(page)
    return as_text.render(page, width, is_styled=is_styled)


def evidence(items: Iterable[Evidence], report: Report, format: Format, width: int) -> str:
    """Render the items behind a report's numbers; text and Markdown contain the newest items of each measure."""
    if format is Format.JSON:
        return as_json.evidence(items, report.records_url)
    if format is Format.CSV:
        return as_csv.evidence(items, report.records_url)
    text = _table(items, report, width)
    return markdown_code_block(text) if format is Format.MARKDOWN else text


def _table(items: Iterable[Evidence], report: Report, width: int) -> str:
    shown: list[Evidence] = []
    omitted = 0
    for _, measure_items in groupby(items, lambda item: item.measure):
        every = list(measure_items)
        shown += nlargest(MAX_ITEMS, every, key=lambda item: item.at or 0)
        omitted += max(len(every) - MAX_ITEMS, 0)
    more = (
        f"\n{omitted:,} older ones are left out: --format csv lists all, --period those of one period.\n"
        if omitted
        else ""
    )
    return as_text.evidence(shown, report.measures, width, report.time_zone) + more
