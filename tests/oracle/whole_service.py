"""Section 9: "A service that deploys to several production environments has one number"."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tests.oracle.history import FIRST, History
from tests.oracle.items import ORDER, Item, item, unknown, worst
from tests.oracle.model import Attempt, Change
from tests.oracle.service import Service

Group = list[Attempt]
ELSEWHERE = "whether it reached another environment is not known"


def groups(attempts: list[Attempt]) -> list[Group]:
    """Return the deployments of the service, each with its comings in the environments, the first one first.

    "The k-th coming of a commit in each environment is the k-th deployment of the service, at its first arrival". Releases
    of several lines, and attempts without a commit, are not grouped.
    """
    comings: dict[Any, int] = defaultdict(int)
    result: dict[Any, Group] = defaultdict(list)
    for attempt in sorted(attempts, key=lambda attempt: attempt.order):
        is_grouped = attempt.kind == "statuses" and attempt.sha is not None
        unit: tuple[Any, ...] = (attempt.repository, attempt.sha, attempt.is_success) if is_grouped else (attempt,)
        comings[attempt.environment, *unit] += 1
        result[*unit, comings[attempt.environment, *unit]].append(attempt)
    return list(result.values())


def worst_case(items: dict[Attempt, Item], group: Group) -> Item:
    """Return 1 if one is: "it failed if it failed in one"; else unknown if one is unknown."""
    found = [items[attempt] for attempt in group if attempt in items]
    ones = [one for one in found if one.value == 1]
    if ones:
        return min(ones, key=lambda one: ORDER.index(one.certainty))
    return next((one for one in found if one.value is None), found[0])


def one_number(items: dict[Attempt, Item]) -> dict[str, Item]:
    """Return the service's items of a share or a count."""
    return {group[0].item: worst_case(items, group) for group in groups(list(items))}


def recovered(
    failures: dict[Attempt, Item], recoveries: dict[Attempt, Item], opened: Callable[[Attempt], int]
) -> dict[str, Item]:
    """Return the service's recovery times: "it recovered, counted from the first arrival (or an earlier opening), when the
    last of those that failed did".
    """
    result = {}
    for group in groups(list(failures)):
        failed = [attempt for attempt in group if attempt in recoveries]
        if not failed:
            continue
        answers = [recoveries[attempt] for attempt in failed]
        is_open = any(failures[attempt].value is None for attempt in group)
        if is_open or any(answer.value is None for answer in answers):
            result[group[0].item] = unknown("its recovery in one of the environments is not known")
            continue
        start = min([group[0].end, *(opened(attempt) for attempt in failed)])
        ends = [opened(attempt) + (recoveries[attempt].value or 0) for attempt in failed]
        result[group[0].item] = item(max(ends) - start, worst(answer.certainty for answer in answers))
    return result


def lead_times(service: Service, by_history: list[tuple[History, dict[str, Item]]]) -> dict[str, dict[str, Item]]:
    """Return the service's lead times, "to the first and to the last of the environments reached so far".

    What is not known of a deployment is one item of the service's deployment.
    """
    names = {attempt: group[0].item for group in groups(service.attempts) for attempt in group}
    found: dict[str, list[Item]] = defaultdict(list)
    arrivals: dict[str, list[tuple[History, Change, int]]] = defaultdict(list)
    for history, items in by_history:
        of = {f"of {attempt.item}": f"of {names[attempt]}" for attempt in history.successes}
        for name, answer in items.items():
            found[of.get(name, name)].append(answer)
        for attempt in history.successes:
            for change in attempt.changes:
                arrivals[change.item].append((history, change, attempt.end))
    first, last = {}, {}
    for name, answers in found.items():
        values = [answer for answer in answers if answer.value is not None]
        open_one = next((answer for answer in answers if answer.value is None), None)
        ordered = sorted(values, key=lambda answer: answer.value or 0)
        may_be_earlier, may_be_later = _may_have_reached([history for history, _ in by_history], arrivals[name])
        first[name] = open_one or (unknown(ELSEWHERE) if may_be_earlier else ordered[0])
        last[name] = open_one or (unknown(ELSEWHERE) if may_be_later else ordered[-1])
    return {"change_lead_time": first, "change_lead_time_last": last}


def _may_have_reached(histories: list[History], arrivals: list[tuple[History, Change, int]]) -> tuple[bool, bool]:
    """Return whether a change may have reached another environment before its first arrival, and whether at all: with a
    deployment whose changes are not known.
    """
    if not arrivals:
        return False, False
    reached = [history for history, _, _ in arrivals]
    repository = reached[0].everything[0].repository
    written = min(change.commit.authored or 0 for _, change, _ in arrivals)
    ends = [
        attempt.end
        for history in histories
        if history not in reached and history.everything[0].repository == repository
        for attempt in history.successes
        if attempt.missing not in ("", FIRST) and attempt.end >= written
    ]
    return any(end < min(end for _, _, end in arrivals) for end in ends), bool(ends)
