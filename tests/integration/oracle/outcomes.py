"""Compare measures with the expected items of a case: right, unknown or wrong."""

from collections.abc import Iterator
from typing import Any

from tests.oracle.items import HOUR, INFERRED, Item
from tests.oracle.measures import Measures

RIGHT, NOT_KNOWN, WRONG = "right", "unknown", "wrong"
WITHOUT_ENVIRONMENT = ("ci_duration", "queue_time")
DURATIONS = ("time", "duration", "last")


def differences(
    expected: dict[str, dict[str, Any]], found: Measures, *, whole: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield each item that differs, as `measure item`, and whether it is unknown or wrong.

    An inferred value is never shown as known, so a wrong one is not wrong here; nor is an item that is missing.
    """
    for measure, items in expected.items():
        keep_empty = whole or measure in WITHOUT_ENVIRONMENT
        values = {
            item: value for (_, environment, item), value in found[measure].items() if (environment == "") == keep_empty
        }
        for item in sorted(items.keys() | values.keys()):
            outcome = _outcome(measure, items.get(item, ...), values.get(item))
            if outcome != RIGHT:
                yield f"{measure} {item}", outcome


def _outcome(measure: str, right: Any, answer: Item | None) -> str:
    if answer is None:
        return RIGHT if right is ... else NOT_KNOWN
    if answer.value is None:
        return RIGHT if right is None else NOT_KNOWN
    value = answer.value / HOUR if measure.rsplit("_", 1)[-1] in DURATIONS else answer.value
    if right not in (..., None) and abs(value - right) < 0.01:
        return RIGHT
    return NOT_KNOWN if answer.certainty == INFERRED else WRONG


def outcome(found: dict[str, str]) -> str:
    """Return the outcome of a whole case."""
    if not found:
        return RIGHT
    return WRONG if WRONG in found.values() else NOT_KNOWN
