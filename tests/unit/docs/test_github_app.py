"""Check that the manifest requests what the jobs and metrics use, and that the page documents the same."""

import json
import re
from typing import Any

from core.metrics import events_of_github
from tests.unit.docs.test_docs import DOCUMENTS, ROOT

MANIFEST: dict[str, Any] = json.loads((ROOT / "docs/github-app-manifest.json").read_text())
PAGE = DOCUMENTS["docs/GITHUB_APP.md"]


def test_its_events_are_those_that_some_metric_uses() -> None:
    assert MANIFEST["default_events"] == list(events_of_github())


def test_the_page_says_what_each_permission_is_for() -> None:
    rows = re.findall(r"^\| ([A-Z][a-z ]+): (read|write) \|", PAGE, re.MULTILINE)
    assert {name.lower().replace(" ", "_"): access for name, access in rows} == MANIFEST["default_permissions"]


def test_it_only_reads() -> None:
    assert set(MANIFEST["default_permissions"].values()) == {"read"}
    assert MANIFEST["public"] is False
