"""Compare the SQL's items of random histories with the oracle's, and group what differs.

`python -m tests.integration.oracle.sql_comparison 150` prints the table of 150 histories and the causes of what is harmful.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tests.histories.random_histories import History, combined, history
from tests.integration.oracle.outcomes import WITHOUT_ENVIRONMENT
from tests.integration.warehouse.answers import sql_answers
from tests.oracle.items import UNKNOWN, Item, Key
from tests.oracle.measures import Measures, measures

EQUAL, NOT_KNOWN, CERTAINTY = "equal", "unknown only in the SQL", "same value, other certainty"
GUESSED, OTHER_VALUE = "known although it is unknown", "another value"
EXTRA, EXTRA_UNKNOWN = "known item too many", "unknown item too many"
LACKING, LACKING_UNKNOWN = "known item lacks", "unknown item lacks"
OUTCOMES = (
    EQUAL,
    NOT_KNOWN,
    CERTAINTY,
    GUESSED,
    OTHER_VALUE,
    EXTRA,
    EXTRA_UNKNOWN,
    LACKING,
    LACKING_UNKNOWN,
)
HARMFUL = (GUESSED, OTHER_VALUE, EXTRA)
"""The SQL says something that looks certain and is not so."""
WHOLE = " of whole services"
BY_ENVIRONMENT = ("deployment_attempts_cancelled", "deployment_attempts_failed", "possible_failures")
"""Measures that the SQL has for each environment only: attempts are not grouped."""


class Difference(NamedTuple):
    """An item of which both say something else, or that only one of them has."""

    measure: str
    key: Key
    outcome: str
    expected: Item | None
    found: Item | None


def comparable(count: int) -> list[History]:
    """Return the histories of the first seeds: the SQL applies all their settings."""
    return [history(seed) for seed in range(count)]


def compared(histories: list[History]) -> list[Difference]:
    """Return each item of the measures that both have, with its outcome."""
    together = combined(histories)
    return list(differences(oracle_answers(histories), sql_answers(together.records, together.services)))


def oracle_answers(histories: list[History]) -> Measures:
    """Return the oracle's items by the SQL's keys, one history after another."""
    expected: Measures = defaultdict(dict)
    for one in histories:
        for measure, items in measures(one.records, one.services).items():
            expected[measure] |= _by_sql_key(items)
    return expected


def differences(expected: Measures, found: Measures) -> Iterator[Difference]:
    """Yield each item of the measures that both have, with its outcome."""
    for measure in sorted(expected.keys() & found.keys()):
        for difference in _of_measure(measure, expected[measure], found[measure]):
            if difference.key[1] or measure not in BY_ENVIRONMENT:
                yield difference._replace(measure=_name(difference))


def _name(difference: Difference) -> str:
    """Return the measure, of a whole service's item with `WHOLE`: a difference of one environment is often one of both."""
    is_whole = difference.key[1] == "" and difference.measure not in WITHOUT_ENVIRONMENT
    return difference.measure + (WHOLE if is_whole else "")


def _of_measure(measure: str, expected: dict[Key, Item], found: dict[Key, Item]) -> Iterator[Difference]:
    for key in sorted(expected.keys() | found.keys()):
        right, answer = expected.get(key), found.get(key)
        yield Difference(measure, key, _outcome(right, answer), right, answer)


def _outcome(expected: Item | None, found: Item | None) -> str:
    if found is None:
        return LACKING_UNKNOWN if expected is None or expected.value is None else LACKING
    if expected is None:
        return EXTRA_UNKNOWN if found.value is None else EXTRA
    if found.value is None:
        return EQUAL if expected.value is None else NOT_KNOWN
    if expected.certainty == UNKNOWN:
        return GUESSED
    if found.value != expected.value:
        return OTHER_VALUE
    return EQUAL if found.certainty == expected.certainty else CERTAINTY


def _by_sql_key(items: dict[Key, Item]) -> dict[Key, Item]:
    """Return the oracle's items by the SQL's keys: the only line of releases is `production` in the SQL."""
    return {
        (service, environment.removesuffix(" ()"), item): value for (service, environment, item), value in items.items()
    }


def counts(compared_items: Iterable[Difference]) -> dict[str, Counter[str]]:
    """Return how many items of each measure have each outcome."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for difference in compared_items:
        table[difference.measure][difference.outcome] += 1
    return dict(table)


def main() -> None:
    """Print the table and, by measure, the most frequent reasons of what is harmful."""
    items = compared(comparable(int(sys.argv[1])))
    for measure, outcomes in counts(items).items():
        _write(measure, {name: outcomes[name] for name in OUTCOMES if outcomes[name]})
    causes = Counter(
        (d.measure, d.outcome, d.expected and d.expected.reason, d.found and d.found.reason)
        for d in items
        if d.outcome in HARMFUL
    )
    for cause, number in causes.most_common(60):
        _write(number, *cause)


def _write(*cells: object) -> None:
    sys.stdout.write(" | ".join(map(str, cells)) + "\n")


if __name__ == "__main__":
    main()
