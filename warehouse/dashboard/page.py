"""Assemble a page: markup, style, scripts and data in one file; the CSP allows each script and style by its hash."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from warehouse.dashboard.layout import Layout
from warehouse.report.model import Evidence, Report

LIMIT = 2_000_000
"""Size limit of the file in bytes, exclusive, for any report."""
SCRIPTS = (
    "dom", "formatting", "read", "data", "evidence_row", "data_evidence", "evidence_filters", "state",
    "charts_svg", "charts", "charts_sparkline", "charts_distribution", "charts_scatter", "charts_csv", "charts_groups",
    "cards", "overview", "attention", "filters", "evidence_list", "omitted", "evidence", "sections", "main",
)  # fmt: skip
"""The dashboard's own modules in `scripts/`, in the order in which they run: each uses only constants of those before."""
STYLES = ("base", "header", "cards", "charts", "tables", "overview", "evidence", "widths", "print")
"""The style sheets in `styles/`, in their order: a later rule wins over an earlier one."""
_DATA = '<script type="text/plain" id="data">{}</script>'
_HERE = files(__package__)
_MARK = re.compile(r"<!-- (policy|style|vendor|data|script) -->")
_VENDOR = ("d3.min.js",)
"""The functions of D3 that the charts use, bundled from the npm packages of tests/npm/package-lock.json."""


def page(report: Report, evidence: Iterable[Evidence], limit: int = LIMIT) -> str:
    """Return the main page alone, less than `limit` bytes in UTF-8; omitted data is counted, and the page shows the counts.

    Numbers take precedence over evidence, and new over old.
    """
    return _html(Layout(report, evidence, _room(limit)).main())


def pages(report: Report, evidence: Iterable[Evidence], name: str, limit: int = LIMIT) -> Iterator[tuple[str, str]]:
    """Yield path and HTML of each page, each less than `limit` bytes: the main page, and those of services if it is too small.

    `name` is the main page's file; the others are in a folder beside it, whose name is that of the file without `.html`.
    The main page comes last, so that its links lead to something at any time.
    """
    folder = folder_of(name)
    layout = Layout(report, evidence, _room(limit), folder=f"{folder}/")
    for service_page, data in layout.service_pages(name):
        yield f"{folder}/{service_page}", _html(data)
    yield name, _html(layout.main())


def folder_of(name: str) -> str:
    """Return the folder of the pages of services, which is beside the main page."""
    stem = name.removesuffix(".html")
    return stem if stem and stem != name else f"{name}-services"


def _room(limit: int) -> int:
    """Return the bytes of compressed data that fit into a page; base64 makes four characters of three bytes."""
    fixed = sum(len(part.encode()) for part in _parts().values()) + len(_text("page.html").encode())
    return (limit - 1 - fixed - len(_DATA)) // 4 * 3


def _html(data: bytes) -> str:
    parts = {**_parts(), "data": _DATA.format(base64.b64encode(data).decode())}
    return _MARK.sub(lambda mark: parts[mark[1]], _text("page.html"))


@cache
def _parts() -> dict[str, str]:
    """Return all parts except the data; they are the same for every report."""
    vendor = [_text("vendor", name) for name in _VENDOR]
    script = _script()
    style = "".join(_text("styles", f"{name}.css") for name in STYLES)
    return {
        "policy": _policy([*vendor, script], style),
        "style": f"<style>{style}</style>",
        "vendor": "\n".join(f"<script>{source}</script>" for source in vendor),
        "script": f"<script>{script}</script>",
    }


def _script() -> str:
    """Return the dashboard's own modules, in one private scope that may wait for data."""
    return '"use strict";\n(async () => {\n' + "\n".join(_text("scripts", f"{name}.js") for name in SCRIPTS) + "})();\n"


def _policy(scripts: list[str], style: str) -> str:
    """Return the policy: no requests, no eval, no other script or style. https://www.w3.org/TR/CSP3/"""  # noqa: D415
    allowed = (
        "default-src 'none'",
        f"script-src {' '.join(_hash(script) for script in scripts)}",
        f"style-src {_hash(style)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(allowed)}">'


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _text(*path: str) -> str:
    return _HERE.joinpath(*path).read_text("utf-8")
