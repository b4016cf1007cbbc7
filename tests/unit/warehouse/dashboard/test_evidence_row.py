"""The cells of an item of evidence: its marks and its links."""

from typing import Any

import pytest

from warehouse.dashboard.evidence_row import AUTHOR_KINDS, FIELDS, encode
from warehouse.report.model import Evidence

SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
ITEM = Evidence("m", "s", "o/r", "production", 5, "i", 0.0, None, "o/r/m/1", "t/o/r/m/1.json", host="github.com")
BASE = ("o/r", "production", "i", None)
NO_LINKS = (None,) * 10


def test_an_item_without_marks_keeps_its_host_alone() -> None:
    assert encode(ITEM) == (*BASE, 0, "https://github.com/", *NO_LINKS[1:])
    assert encode(ITEM._replace(host="")) == (*BASE, 0, *NO_LINKS)


def test_there_is_a_cell_for_each_column() -> None:
    assert dict(zip(FIELDS, encode(ITEM._replace(why="w")), strict=True))["why"] == "w"


@pytest.mark.parametrize("kind", AUTHOR_KINDS[1:])
@pytest.mark.parametrize("assisted", [None, False, True])
def test_the_marks_are_one_number(kind: str, assisted: Any) -> None:
    item = ITEM._replace(author_kind=kind, assisted=assisted, certainty="inferred", deployment="1")
    for deployments, listed in (("statuses", 1), ("merges", 0)):
        marks = encode(item._replace(deployments=deployments))[4]
        assert isinstance(marks, int)
        assert (marks % 2, marks // 2 % 2) == (1, listed)
        assert ((None, False, True)[marks // 4 % 3], AUTHOR_KINDS[marks // 12]) == (assisted, kind)


def test_the_parts_of_the_links_follow() -> None:
    item = ITEM._replace(sha=SHA, number=7, run="8", job="9", tag="api%2Fv1", issue=2, group="large")
    row = encode(item._replace(code_repository="o/code", issue_repository="o/issues"))
    assert row[5:] == ("https://github.com/", SHA, "7", "8", "9", "api%2Fv1", "2", "o/code", "o/issues", "large")


@pytest.mark.parametrize(
    "change",
    [
        {"host": "x/y"},
        {"repository": "o/r/x"},
        {"repository": "", "host": "x@y"},
        {"code_repository": "a?b/c"},
        {"issue_repository": "../.."},
    ],
)
def test_a_part_that_is_none_leaves_no_link(change: dict[str, Any]) -> None:
    row = encode(ITEM._replace(sha=SHA, number=7, group="large")._replace(**change))
    assert row[4:] == (0, *[None] * 9, "large")
