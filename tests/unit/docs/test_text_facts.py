"""Compare what docs/METRICS.md says of texts with what is read from them."""

import re

import pytest

from core.assistants import ASSISTANTS
from core.text_facts import TitleFacts, title_facts
from docs import generate

SECTION = (generate.ROOT / "docs" / "METRICS.md").read_text().split("## Facts of texts")[1].split("\n## ")[0]
ROWS = re.findall(r"^\| (`.+?) \| `(\w+)` \| ([0-9]) \|$", SECTION, re.MULTILINE)
TITLES = [(title, kind, int(depth)) for titles, kind, depth in ROWS for title in re.findall("`([^`]+)`", titles)]


@pytest.mark.parametrize(("title", "kind", "depth"), TITLES)
def test_a_title_of_the_table_has_its_kind(title: str, kind: str, depth: int) -> None:
    assert title_facts(title) == TitleFacts(kind, depth)


def test_the_table_has_every_kind() -> None:
    assert {kind for _, kind, _ in TITLES} == {"revert", "reapply", "hotfix", "other"}


def test_the_list_of_assistants_is_complete() -> None:
    listed = SECTION.split("Values: ")[1].split(" is\na declared")[0]
    assert tuple(re.findall("`([a-z-]+)`", listed)[:-1]) == ASSISTANTS
