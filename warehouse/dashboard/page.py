"""The page: markup, style, scripts and data in one file, each script and style allowed by its hash and nothing else."""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from warehouse.dashboard.data import payload
from warehouse.report.model import Evidence, Report

LIMIT = 2_000_000
"""Bytes that the file stays below, whatever is in the report."""
_HERE = files(__package__)
_MARK = re.compile(r"<!-- (policy|style|vendor|data|script) -->")
_VENDOR = ("d3.min.js", "plot.umd.min.js")
"""Observable Plot draws the charts, and stands on D3; the bytes of npm's packages (tests/npm/package-lock.json)."""


def page(report: Report, evidence: Iterable[Evidence]) -> str:
    """The whole HTML, of fewer than LIMIT bytes in UTF-8; what had no room is counted, and the page says so.

    Numbers come before evidence, new before old. Raises nothing of its own.
    """
    parts = _parts()
    room = LIMIT - 1 - sum(len(part.encode()) for part in parts.values()) - len(_text("page.html").encode())
    parts = {
        **parts,
        "data": f'<script type="application/json" id="data">{payload(report, evidence, room - 60)}</script>',
    }
    return _MARK.sub(lambda mark: parts[mark[1]], _text("page.html"))


@cache
def _parts() -> dict[str, str]:
    """All but the data; the same for every report."""
    vendor = [_text("vendor", name) for name in _VENDOR]
    script = _script()
    style = _text("style.css")
    return {
        "policy": _policy([*vendor, script], style),
        "style": f"<style>{style}</style>",
        "vendor": "\n".join(f"<script>{each}</script>" for each in vendor),
        "script": f"<script>{script}</script>",
    }


def _script() -> str:
    """Our own modules in the order of their names, in one scope that nothing else sees."""
    modules = sorted((each for each in (_HERE / "scripts").iterdir() if each.name.endswith(".js")), key=_name)
    return '"use strict";\n(() => {\n' + "\n".join(each.read_text("utf-8") for each in modules) + "})();\n"


def _name(file: Traversable) -> str:
    return file.name


def _policy(scripts: list[str], style: str) -> str:
    """No request to anywhere, no eval, and no script or style but these. https://www.w3.org/TR/CSP3/"""  # noqa: D415
    allowed = (
        "default-src 'none'",
        f"script-src {' '.join(_hash(each) for each in scripts)}",
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
