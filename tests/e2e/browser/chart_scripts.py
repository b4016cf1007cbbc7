"""The functions of the dashboard's charts, run in a page: the page keeps its own in a private scope."""

import json
from pathlib import Path
from typing import Any

from tests.browser import Browser

SCRIPTS = Path(__file__).parents[3] / "warehouse" / "dashboard" / "scripts"
MODULES = (
    "dom", "formatting", "charts_svg", "charts", "charts_sparkline", "charts_distribution", "charts_scatter",
    "charts_groups", "charts_csv",
)  # fmt: skip
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
START, END = 1_790_640_000_000, 1_791_244_800_000
PERIOD = {"startsAt": START, "endsAt": END}
QUEUE_TIME = {
    "name": "queue_time",
    "title": "Queue time",
    "unit": "duration",
    "statistic": "median",
    "group": "runner labels",
}
FAIL_RATE = {"name": "change_fail_rate", "title": "Change fail rate", "unit": "share", "statistic": "mean"}
FREQUENCY = {"name": "deployment_frequency", "title": "Deployments", "unit": "per_day", "statistic": "per_day"}


def run(browser: Browser, body: str, **constants: Any) -> Any:
    """Run statements with the functions of the charts; the page keeps its own in a private scope."""
    code = "\n".join((SCRIPTS / f"{name}.js").read_text() for name in MODULES)
    given = "".join(f"const {name} = {json.dumps(value)};" for name, value in constants.items())
    return browser.run(
        f"(() => {{ const data = {{ time_zone: 'UTC' }}, view = {{ service: 'shop' }}, byName = (first, second) => first.localeCompare(second, 'en'); {code}; {given} {body} }})()"
    )


def items(values: list[float | None], **fields: Any) -> list[dict[str, Any]]:
    step = (END - START) / (len(values) + 1)
    return [
        {"item": f"job {index}", "at": START + step * (index + 1), "value": value, "isInferred": False, "text": "", **fields}
        for index, value in enumerate(values)
    ]  # fmt: skip
