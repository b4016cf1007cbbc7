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
    state = (SCRIPTS / "state.js").read_text()
    objects = re.findall(r"const shown = \{ (team, service, .+) \};|return \{ \.\.\.shown, (.+) \};", state)
    [filters] = re.findall(r"NO_EVIDENCE_FILTERS = \{ (.+) \};", (SCRIPTS / "evidence_filters.js").read_text())
    fields = ", ".join([*map("".join, objects), filters]).split(", ")
    parts = {match[0] for field in fields if (match := re.match(r"[a-z]\w*(?=:|$)", field))}
    assert len(objects) == 3
    assert sorted(re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE)) == sorted(parts)
    assert len(parts) == 17


def test_every_folder_named_in_the_document_exists() -> None:
    named = re.findall(r"`((?:warehouse|tests)/[\w/.-]+)`", DOCUMENT)
    assert len(named) == 6
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert VENDOR.is_dir()


def test_the_commands_that_the_page_names_exist() -> None:
    commands = {path.stem.removesuffix("_").replace("_", "-") for path in (ROOT / "cli" / "commands").glob("*.py")}
    text = "".join(path.read_text() for path in SCRIPTS.glob("*.js")) + json.dumps(NEXT_STEPS)
    named = set(re.findall(r"\"telemetry ([a-z-]+)", text))
    assert named >= {"doctor", "backfill", "ledger", "report", "job"}
    assert named <= commands
    assert "demo:" in (ROOT / "Makefile").read_text()
