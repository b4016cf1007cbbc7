"""What docs/DASHBOARD.md says of the page, held against the page."""

import json
import re
from pathlib import Path

from tests.unit.warehouse.test_dashboard_vendor import VENDOR
from warehouse.report.empty_state import NEXT_STEPS

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "DASHBOARD.md").read_text()
SCRIPTS = ROOT / "warehouse" / "dashboard" / "scripts"


def test_every_part_of_the_address_is_explained_and_no_other() -> None:
    [returned] = re.findall(r"return \{ (team, service, .+) \};", (SCRIPTS / "4_view.js").read_text())
    parts = [part.partition(":")[0].strip() for part in returned.split(", ")]
    assert re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE) == sorted(parts, key=parts.index)
    assert len(parts) == 9


def test_the_folders_that_it_names_are_there() -> None:
    named = re.findall(r"`((?:warehouse|tests)/[\w/.-]+)`", DOCUMENT)
    assert len(named) == 4
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert VENDOR.is_dir()


def test_the_commands_that_the_page_names_exist() -> None:
    commands = {path.stem.replace("_", "-") for path in (ROOT / "cli" / "commands").glob("*.py")}
    told = "".join(path.read_text() for path in SCRIPTS.glob("*.js")) + json.dumps(NEXT_STEPS)
    named = set(re.findall(r"\"telemetry ([a-z-]+)", told))
    assert named >= {"doctor", "backfill", "ledger", "report", "job"}
    assert named <= commands
    assert "demo:" in (ROOT / "Makefile").read_text()
