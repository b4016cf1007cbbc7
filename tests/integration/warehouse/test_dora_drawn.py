"""The drawn examples of docs/DORA.md: the SQL and the oracle give the answers that stand below each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.histories.build import HOUR, SHOP
from tests.histories.drawn import Drawing, drawings
from tests.histories.extend import Record
from tests.integration.oracle.answers import FREQUENCY, LEAD, RATE, RECOVERY, REWORK
from tests.integration.warehouse.answers import sql_answers
from tests.oracle import measures
from tests.oracle.items import INFERRED, Item
from tests.oracle.measures import Measures

TEXT = (Path(__file__).parents[3] / "docs" / "DORA.md").read_text()
EXAMPLES = list(drawings(TEXT))
MEASURES = {"deployments": FREQUENCY, "failed": RATE, "recovery": RECOVERY, "rework": REWORK, "lead time": LEAD}
DEFINITIONS = {
    "Deployment",
    "Change",
    "Rollback",
    "Revert",
    "Hotfix",
    "Failed attempt",
    "Incident",
    "Recovery",
    "Rework",
}


def answer(measure: str, found: Measures, names: dict[str, str]) -> str:
    """Return the items of the service's environment as the text writes them."""
    items = {
        names.get(item, item): value
        for (service, environment, item), value in sorted(found[MEASURES[measure]].items())
        if service == SHOP and environment == "production"
    }
    if measure in ("deployments", "failed", "rework"):
        return _listed(items)
    return ", ".join(
        f"{item} {'after ' if measure == 'recovery' else ''}{_duration(value)}"
        for item, value in items.items()
        if not item.startswith("of ")
    )


def _listed(items: dict[str, Item]) -> str:
    certain = ", ".join(
        f"{item} (inferred)" if value.certainty == INFERRED else item for item, value in items.items() if value.value
    )
    unknown = ", ".join(item for item, value in items.items() if value.value is None)
    return "; unknown: ".join(part for part in (certain or "none", unknown) if part)


def _duration(item: Item) -> str:
    if item.value is None:
        return "unknown"
    minutes = round(item.value / HOUR * 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


@pytest.mark.parametrize(("heading", "example"), EXAMPLES, ids=[heading for heading, _ in EXAMPLES])
@pytest.mark.parametrize("answers", [sql_answers, measures], ids=["SQL", "oracle"])
def test_a_drawn_example_has_the_answers_below_it(
    heading: str, example: Drawing, answers: Callable[[list[Record]], Measures]
) -> None:
    found = answers(example.records)
    assert {name: answer(name, found, example.names) for name in example.answers} == example.answers, heading


def test_each_definition_has_a_drawn_example_with_answers() -> None:
    assert {heading for heading, example in EXAMPLES if example.answers} >= DEFINITIONS


@pytest.mark.parametrize("line", ["Tue 10:00  the moon rises", "Tue 10:00 deployment 1 of a", "anything"])
def test_a_line_that_is_no_event_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="event"):
        Drawing(line)
