"""Sections 8 and 9: which attempts count, and for which service."""

from dataclasses import replace

from tests.oracle.model import Attempt
from tests.oracle.settings import Service, Settings, matches


def is_excluded(attempt: Attempt) -> bool | None:
    """Return whether one of the `exclude` tables leaves it out: all its keys match; None: not known."""
    answers = [_matches_all(attempt, table) for table in attempt.rule.exclude]
    if True in answers:
        return True
    return None if None in answers else False


def _matches_all(attempt: Attempt, table: dict[str, str]) -> bool | None:
    traits = attempt.traits or {}
    answers = [matches(traits[key], glob) if key in traits else None for key, glob in table.items()]
    if False in answers:
        return False
    return None if None in answers else True


def is_of_part(attempt: Attempt, service: Service) -> bool | None:
    """Return whether an attempt is of a service: "split by environment, workflow or tag prefix"; None: not known."""
    keys = service.keys
    answers: list[bool | None] = []
    if "environments" in keys and attempt.kind == "statuses":
        answers.append(matches(attempt.environment, keys["environments"]))
    if "workflows" in keys and attempt.kind in ("statuses", "workflow"):
        is_known = "workflow" in (attempt.traits or {})
        answers.append(matches(attempt.workflow, keys["workflows"]) if is_known else None)
    if "tags" in keys and attempt.kind != "merges":
        answers.append(matches(attempt.tag or (attempt.traits or {}).get("ref"), keys["tags"]))
    if False in answers:
        return False
    return None if None in answers else True


def by_service(attempts: list[Attempt], settings: Settings) -> dict[tuple[str, str, str], list[Attempt]]:
    """Return, for each service, repository and environment, all attempts there in order, each marked as its own or not.

    "What belongs to no part is the repository's rest"; so does an attempt whose part is not known, which is unknown.
    "For a part of a repository, another part's deployments are as excluded ones."
    """
    streams: dict[tuple[str, str, str], list[Attempt]] = {}
    places: dict[tuple[str, str, str], list[Attempt]] = {}
    for item in attempts:
        places.setdefault((item.name, item.repository, item.environment), []).append(item)
    for (name, repository, environment), here in sorted(places.items(), key=lambda place: place[0]):
        services = settings.of_repository(name)
        for service in [*services, Service(name, {})]:
            owned = [_owned(item, service, services) for item in here]
            if any(item.own is not False for item in owned):
                streams[service.name, repository, environment] = sorted(owned, key=lambda item: item.order)
    return streams


def _owned(attempt: Attempt, service: Service, services: list[Service]) -> Attempt:
    """Return a copy of the attempt for one service."""
    of_parts = [is_of_part(attempt, part) for part in services]
    if service.name in [part.name for part in services]:
        own: bool | None = is_of_part(attempt, service) is True
    elif True in of_parts:
        own = False
    else:
        own = None if None in of_parts else True
    if own is not False:
        excluded = is_excluded(attempt)
        own = False if excluded else (None if excluded is None else own)
    copy = replace(
        attempt, own=own, service=service.name, went_back_after=[], commits=[], pulls=[], changes=[], remediations=[]
    )
    copy.counts = own
    return copy
