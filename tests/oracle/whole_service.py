"""Section 9: "A service that deploys to several production environments has one number"."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tests.oracle.items import ORDER, Item, item, unknown, worst
from tests.oracle.model import Attempt
from tests.oracle.service import Service

Group = list[Attempt]


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


def lead_times(
    service: Service, by_environment: list[tuple[str, dict[str, Item], dict[str, Attempt]]]
) -> dict[str, dict[str, Item]]:
    """Return the service's lead times, "to the first and to the last of the environments reached so far".

    What is not known of a deployment is one item of the service's deployment.
    """
    names = {attempt: group[0].item for group in groups(service.attempts) for attempt in group}
    found: dict[str, list[Item]] = defaultdict(list)
    for _, items, deployments in by_environment:
        for name, answer in items.items():
            found[f"of {names[deployments[name]]}" if name in deployments else name].append(answer)
    first, last = {}, {}
    for name, answers in found.items():
        values = [answer for answer in answers if answer.value is not None]
        open_one = next((answer for answer in answers if answer.value is None), None)
        ordered = sorted(values, key=lambda answer: answer.value or 0)
        first[name] = open_one or ordered[0]
        last[name] = open_one or ordered[-1]
    return {"change_lead_time": first, "change_lead_time_last": last}
