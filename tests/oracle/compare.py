"""Compare the items of two implementations."""

from collections.abc import Iterator

from tests.oracle.items import Item, Key
from tests.oracle.measures import Measures


def differences(expected: Measures, found: Measures) -> Iterator[tuple[str, Key, Item | None, Item | None]]:
    """Yield each measure and key whose value or certainty differs, or that only one of the two has; reasons may differ."""
    for measure, items in expected.items():
        other = found.get(measure, {})
        for key in sorted(items.keys() | other.keys()):
            right, answer = items.get(key), other.get(key)
            if right is None or answer is None or right[:2] != answer[:2]:
                yield measure, key, right, answer
