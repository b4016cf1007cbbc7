"""Evidence as text: whole ids and paths in every width, grouped on a terminal, and links that nothing can steer."""

import re

import pytest
from rich.cells import cell_len

from tests.unit.warehouse.hostile_report import hostile
from tests.unit.warehouse.sample_report import MEASURES, evidence
from warehouse.report import formatting
from warehouse.report.evidence_text import NONE, ONE_LINE, Style, render
from warehouse.report.links import links
from warehouse.report.model import Evidence

SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
LEAD, RATE = MEASURES[0], MEASURES[3]
NARROW = Style(80)
LINKED = Style(80, has_links=True, records_url="https://github.com/o/data/blob/main/")
_LINK = re.compile("\x1b]8;;(.*?)\x1b\\\\(.*?)\x1b]8;;\x1b\\\\")
ITEM = Evidence(
    LEAD.name, "s", "octo-org/shop", "production", 1_795_000_000_000, SHA, 90_000_000.0, None, "r", "octo-org/shop/d/1.json",
    "known", "github.com", sha=SHA, number=7, deployment="5", run="8", deployments="statuses",
)  # fmt: skip


def of_sample(*names: str, count: int = 40) -> list[Evidence]:
    return [item for item in evidence() if item.measure in names][-count:]


def test_one_line_an_item_has_everything_whole() -> None:
    items = of_sample(LEAD.name, RATE.name)
    lines = [line for line in render(items, MEASURES, ONE_LINE).splitlines() if "telemetry/octo-org" in line]
    assert len(lines) == len(items)
    lead = sorted((item for item in items if item.measure == LEAD.name), key=lambda item: -(item.at or 0))
    for line, item in zip(lines, lead, strict=False):
        value = formatting.format_item(LEAD, item.value)
        cells = (formatting.format_timestamp(item.at)[:-4], value, item.item, item.environment, item.why, item.path)
        assert re.split(" {2,}", line) == [cell for cell in cells if cell]


def test_a_measure_begins_with_how_much_of_it_is_known() -> None:
    items = of_sample(LEAD.name)
    known = sum(item.value is not None for item in items)
    first = render(items, MEASURES, ONE_LINE).splitlines()[0]
    assert first == f"Change lead time: {known} of {len(items)} known. {LEAD.definition} Times are in UTC."
    assert render(items, MEASURES, ONE_LINE._replace(cohort="written by bot")).startswith(
        "Change lead time, written by bot: "
    )


@pytest.mark.parametrize("width", [30, 80, 120, 200])
def test_no_width_breaks_an_id_or_a_path(width: int) -> None:
    items = of_sample(LEAD.name, RATE.name, "ci_duration")
    words = set(render(items, MEASURES, Style(width)).split())
    assert {item.path for item in items} <= words
    assert {item.item for item in items} <= set(
        re.findall(r"(?:change|deployment|job) \w+", render(items, MEASURES, Style(width)))
    )


@pytest.mark.parametrize("width", [80, 120])
def test_an_item_needs_at_most_two_lines_of_a_terminal(width: int) -> None:
    rows = [
        ITEM,
        ITEM._replace(why="of a pull request"),
        ITEM._replace(value=None, why="first deployment: there is no other"),
    ]
    text = render(rows, MEASURES, Style(width))
    assert text.count(SHA) == len(rows)
    assert max(map(cell_len, text.splitlines())) <= width
    for block in re.split(r"\n(?=\d{4}-)", text)[1:]:
        assert len(re.sub(r"\nproduction.*", "", block, flags=re.DOTALL).strip().splitlines()) <= 2


def test_a_terminal_groups_by_environment_and_reason() -> None:
    first = "first deployment: there is nothing to compare with"
    rows = [
        ITEM._replace(value=None, why=first),
        ITEM._replace(why="of a pull request"),
        ITEM,
        ITEM._replace(value=None, why=first, item="b"),
        ITEM._replace(environment=""),
    ]
    lines = render(rows, MEASURES, Style(200)).splitlines()
    headings = [line for line in lines[1:] if not re.match(r"\d{4}-| ", line)]
    assert headings == [
        "all environments (1)", "production (1)", "production · of a pull request (1)", f"production · unknown: {first} (2)",
    ]  # fmt: skip


def test_a_terminal_leads_to_pages_and_a_pipe_to_none() -> None:
    item = ITEM._replace(
        measure=RATE.name, item="5", value=1.0, why="incident", issue=35, issue_repository="o/incidents"
    )
    found = links(item, LINKED.records_url)
    text = render([item], MEASURES, LINKED)
    assert dict(_LINK.findall(text)) == {
        found.run: "5",
        found.pull_request: "#7",
        found.issue: "incident #35",
        found.record: item.path,
    }
    assert _LINK.sub(r"\2", text) == render([item], MEASURES, NARROW)
    assert "\x1b" not in render([item], MEASURES, NARROW)


@pytest.mark.parametrize(
    ("change", "page"),
    [
        ({}, "commit"),
        ({"item": "9", "job": "9"}, "run"),
        ({"item": "5"}, "run"),
        ({"item": "1", "run": None}, "pull_request"),
        ({"item": "v1", "tag": "v1"}, "release"),
    ],
)
def test_an_item_leads_to_its_own_page(change: dict[str, str], page: str) -> None:
    item = ITEM._replace(**change)
    first = _LINK.search(render([item], MEASURES, LINKED))
    assert first is not None
    assert first.groups() == (getattr(links(item), page), item.item)


def test_an_inferred_value_is_counted_beside_the_known_ones_and_says_so() -> None:
    rows = [ITEM, ITEM._replace(certainty="inferred"), ITEM._replace(value=None)]
    text = render(rows, MEASURES, NARROW)
    assert "Change lead time: 1 + 1 of 3 known + inferred. " in text
    assert text.count(", inferred") == 1


def test_no_text_of_a_record_steers_the_terminal() -> None:
    report, items = hostile()
    for width in (None, 40):
        text = render(items, report.measures, Style(width, has_links=True))
        assert not set(text) & set("\x1b\r\u202e\ud800")


def test_missing_evidence_is_stated() -> None:
    assert render([], MEASURES, NARROW) == NONE
