"""Check docs/DASHBOARD.md against the page."""

import json
import re
from pathlib import Path

from tests.unit.repository.test_vendored_files import VENDOR
from warehouse.report.empty_state import NEXT_STEPS

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "DASHBOARD.md").read_text()
SCRIPTS = ROOT / "warehouse" / "dashboard" / "scripts"


def test_every_part_of_the_address_is_explained_and_no_other() -> None:
    [fields] = re.findall(r"return \{ (team, service, .+) \};", (SCRIPTS / "state.js").read_text())
    parts = [part.partition(":")[0].strip() for part in fields.split(", ")]
    assert re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE) == sorted(parts, key=parts.index)
    assert len(parts) == 9


def test_every_folder_named_in_the_document_exists() -> None:
    named = re.findall(r"`((?:warehouse|tests)/[\w/.-]+)`", DOCUMENT)
    assert len(named) == 6
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert VENDOR.is_dir()


def test_the_commands_that_the_page_names_exist() -> None:
    commands = {path.stem.replace("_", "-") for path in (ROOT / "cli" / "commands").glob("*.py")}
    text = "".join(path.read_text() for path in SCRIPTS.glob("*.js")) + json.dumps(NEXT_STEPS)
    named = set(re.findall(r"\"telemetry ([a-z-]+)", text))
    assert named >= {"doctor", "backfill", "ledger", "report", "job"}
    assert named <= commands
    assert "demo:" in (ROOT / "Makefile").read_text()
