"""Renders a report or the evidence for a number in each output format."""

from collections.abc import Iterable
from enum import StrEnum
from heapq import nlargest
from itertools import groupby

from core.sanitize import markdown_code_block
from warehouse.report import as_csv, as_json, as_markdown, as_text, evidence_text
from warehouse.report.evidence_text import ONE_LINE, Style
from warehouse.report.filters import for_repository
from warehouse.report.left_out import REPORT_COMMAND
from warehouse.report.model import Evidence, Report

MAX_ITEMS = 100
"""Maximum number of items of a measure in text output."""


class Format(StrEnum):
    """Output formats."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"


def report(
    report: Report,
    format: Format,
    width: int,
    repository: str = "",
    *,
    is_styled: bool = False,
    command: str = REPORT_COMMAND,
) -> str:
    """Render a report; if one repository was requested, text and Markdown show it instead of its service.

    In the text format, `is_styled` adds colours and bold text, and hints name `command`, which makes this report.
    """
    if format is Format.JSON:
        return as_json.render(report)
    if format is Format.CSV:
        return as_csv.render(report)
    page = for_repository(report, repository) if repository else report
    if format is Format.MARKDOWN:
        return as_markdown.render(page)
    return as_text.render(page, width, is_styled=is_styled, command=command)


def evidence(items: Iterable[Evidence], report: Report, format: Format, style: Style = ONE_LINE) -> str:
    """Render the items behind a report's numbers; on a terminal and in Markdown only the newest items of each measure."""
    if format is Format.JSON:
        return as_json.evidence(items, report.records_url)
    if format is Format.CSV:
        return as_csv.evidence(items, report.records_url)
    style = style._replace(zone=report.time_zone, records_url=report.records_url)
    if format is Format.TEXT and style.width is None:
        return evidence_text.render(items, report.measures, style)
    text = _newest(items, report, style)
    return markdown_code_block(text) if format is Format.MARKDOWN else text


def _newest(items: Iterable[Evidence], report: Report, style: Style) -> str:
    shown: list[Evidence] = []
    omitted = 0
    for _, measure_items in groupby(items, lambda item: item.measure):
        every = list(measure_items)
        shown += nlargest(MAX_ITEMS, every, key=lambda item: item.at or 0)
        omitted += max(len(every) - MAX_ITEMS, 0)
    more = (
        f"\n{omitted:,} older ones are left out: a pipe, --output and --format csv get all, --period those of one period.\n"
        if omitted
        else ""
    )
    return evidence_text.render(shown, report.measures, style) + more
