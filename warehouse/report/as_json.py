"""Render the whole report as JSON: every field of warehouse/report/model.py by its name, and what follows from them.

`default_period` is the period that text, Markdown and dashboard show first, and `trends` compares the last complete period
of each series with those before. `totals` are of several services together, and `reasons` say why a service has no numbers.
Times are UNIX ms in UTC, durations ms, shares 0 to 1, frequencies per day; null is unknown, never zero.
"""

import json
import math
from collections.abc import Iterable
from typing import Any

from core.sanitize import escape_json
from warehouse.report import trends
from warehouse.report.default_period import default_periods
from warehouse.report.empty_reasons import reasons
from warehouse.report.links import links
from warehouse.report.model import Evidence, Report
from warehouse.report.totals import totals

SCHEMA = 1
"""Increased when a field is renamed or changes its meaning, but not for a new field."""


def render(report: Report) -> str:
    """Return one object, keys in the model's order, and a newline; the same report gives the same bytes."""
    derived = {
        "default_period": _plain(default_periods(report)),
        "trends": [*map(_plain, trends.listed(report))],
        "totals": _plain(totals(report)),
        "reasons": _plain(reasons(report)),
    }
    return _text({"schema": SCHEMA, **_plain(report), **derived})


def evidence(items: Iterable[Evidence], records_url: str = "") -> str:
    """Return the items behind numbers as a list of objects, each with its `links` (warehouse/report/links.py)."""
    rows = [{**_plain(item), "links": _plain(links(item, records_url))} for item in items]
    return _text({"schema": SCHEMA, "evidence": rows})


def _text(value: dict[str, Any]) -> str:
    return escape_json(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)) + "\n"


def _plain(value: Any) -> Any:
    """Convert NamedTuples to dicts, other tuples to lists, and NaN and infinity to None, as JSON has neither."""
    if hasattr(value, "_asdict"):
        return {name: _plain(field) for name, field in value._asdict().items()}
    if isinstance(value, dict):
        return {name: _plain(field) for name, field in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
