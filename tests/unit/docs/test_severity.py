"""Compare the severities in docs/METRICS.md with what is read from labels."""

import re

import pytest

from core.severity import severity
from docs import generate

SECTION = (generate.ROOT / "docs" / "METRICS.md").read_text().split("| label | severity |")[1].split("\n\n")[0]
ROWS = [row.strip("| ").split(" | ") for row in SECTION.strip().splitlines()[1:]]
LABELS = [(label, value) for labels, value in ROWS for label in re.findall("`([^`]+)`", labels)]


@pytest.mark.parametrize(("label", "value"), LABELS)
def test_a_label_of_the_table_has_its_severity(label: str, value: str) -> None:
    assert severity(label) == (None if value == "null" else int(value))


def test_the_table_has_every_severity() -> None:
    assert [value for _, value in ROWS] == ["0", "1", "2", "3", "4", "5", "null"]
