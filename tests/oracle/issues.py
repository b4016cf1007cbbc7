"""Incidents, from the records of their issues: when each was open, and whether it still is one."""

from collections import defaultdict

from tests.oracle.facts import Fact, knows
from tests.oracle.model import Incident
from tests.oracle.pulls import Facts
from tests.oracle.settings import Settings


def incidents(facts: Facts, settings: Settings) -> list[Incident]:
    """Return the incidents that were not withdrawn, in the order of their openings; exempt ones are marked."""
    groups: dict[tuple[str, int], list[Fact]] = defaultdict(list)
    newer = _transfers(facts["incident"])
    for fact in facts["incident"]:
        groups[fact.host, _last(newer, fact.host, fact.output["id"])].append(fact)
    found = (_incident(id, _in_order(group), settings) for (_, id), group in groups.items())
    return sorted(
        (incident for incident in found if incident), key=lambda incident: (incident.opened, int(incident.item))
    )


def _in_order(records: list[Fact]) -> list[Fact]:
    def order(fact: Fact) -> tuple[object, ...]:
        output = fact.output
        return (output["at"] or 0, output["action"] == "unlabeled", output["id"], output["action"])

    return sorted(records, key=order)


def _transfers(records: list[Fact]) -> dict[tuple[str, int], int]:
    """Return the new id of each transferred issue."""
    newer = {}
    for fact in records:
        if fact.output.get("transferred_to") is not None:
            newer[fact.host, fact.output["id"]] = fact.output["transferred_to"]
        if fact.output.get("transferred_from") is not None:
            newer[fact.host, fact.output["transferred_from"]] = fact.output["id"]
    return newer


def _last(newer: dict[tuple[str, int], int], host: str, id: int) -> int:
    for _ in range(8):
        id = newer.get((host, id), id)
    return id


def _incident(id: int, records: list[Fact], settings: Settings) -> Incident | None:
    """Return an incident; of a transferred issue without a record in its new repository nothing is known."""
    own = [fact for fact in records if fact.output["id"] == id and fact.output["action"] != "transferred"]
    known = own or [fact for fact in records if fact.output["action"] != "transferred"]
    newest = known[-1] if known else None
    opened = next((fact.output["opened_at"] for fact in records if fact.output["opened_at"] is not None), None)
    if newest is None or opened is None or _is_withdrawn(records, newest):
        return None
    labels = newest.output.get("all_labels")
    texts = [fact for fact in records if knows(fact, "all_labels", "cause_sha", "cause_number")]
    names = [("sha", fact.output.get("cause_sha")) for fact in reversed(texts)]
    numbers = [fact.output.get("cause_number") for fact in reversed(texts)]
    names += [("pull", (newest.repository, number)) for number in numbers if number is not None]
    exempt = {label.lower() for label in settings.rule(newest.name).exempt}
    return Incident(
        item=str(newest.output["id"]),
        number=newest.output["number"],
        repository=newest.repository,
        name=newest.name,
        opened=opened,
        spans=_spans(records, opened),
        labels=[label.lower() for label in labels or newest.output["labels"]],
        names=[(kind, value) for kind, value in names if value is not None],
        is_known=bool(own) and newest in texts,
        is_exempt=bool(newest.output.get("is_exempt")) or any(label.lower() in exempt for label in labels or []),
    )


def _is_withdrawn(records: list[Fact], newest: Fact) -> bool:
    """Return whether the issue was deleted, lost its last label while open, or was closed as no incident."""
    if any(fact.output["action"] == "deleted" for fact in records):
        return True
    output = newest.output
    if output["closed_at"] is not None:
        return output.get("state_reason") in ("not_planned", "duplicate")
    return output["action"] == "unlabeled" and not output["labels"]


def _spans(records: list[Fact], opened: int) -> list[tuple[int, int | None]]:
    """Section 2: "Open means between an opening and the next closing"."""
    closings = {fact.output["closed_at"] for fact in records if fact.output["closed_at"] is not None}
    openings = {fact.output["at"] for fact in records if fact.output["action"] == "reopened" and fact.output["at"]}
    events = sorted([(opened, 0), *((time, 1) for time in closings), *((time, 2) for time in openings)])
    spans: list[tuple[int, int | None]] = []
    for time, order in events:
        is_opening = order != 1
        if is_opening and (not spans or spans[-1][1] is not None):
            spans.append((time, None))
        elif not is_opening and spans and spans[-1][1] is None:
            spans[-1] = (spans[-1][0], time)
    return spans or [(opened, None)]
