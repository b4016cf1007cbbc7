"""Give each repository its service, team and rule."""

from typing import NamedTuple

from warehouse.globs import matches_any_case, matches_one
from warehouse.services.model import Rule, Service, Services

_INHERITED = ("failure_hours", "hotfix_hours", "lead_time_from", "failed_attempts")
"""Keys at the top of the file that are the defaults of all rules."""


class ServiceAssignment(NamedTuple):
    """The service, team and rule of one repository, or of a part of it."""

    service: str
    team: str | None
    """None if the service has no team, or a team too small to be shown."""
    rule: Rule


def assign(services: Services, owner: str, repo: str) -> ServiceAssignment:
    """Return the service, team and rule of a repository."""
    name = f"{owner}/{repo}"
    rule = rule_of(services, name)
    for service_name, service in services.services.items():
        if matches_one(name, service.repositories):
            return ServiceAssignment(service_name, _visible_team(services, service.team), rule)
    return ServiceAssignment(name, None, rule)


def assigned_parts(services: Services, owner: str, repo: str) -> tuple[ServiceAssignment, ...]:
    """Return the services among which a repository is split; the last one is its rest. Empty if it is delivered as a whole."""
    name = f"{owner}/{repo}"
    rule, parts = rule_of(services, name), parts_of(services, name)
    found = (ServiceAssignment(key, _visible_team(services, part.team), rule) for key, part in parts.items())
    return (*found, ServiceAssignment(name, None, rule)) if parts else ()


def parts_of(services: Services, name: str) -> dict[str, Service]:
    """Return the services that are parts of a repository `owner/name`; none if it is delivered as a whole.

    The first service that matches a repository has it; if that is a part, so is each other part that matches.
    """
    listing = {key: service for key, service in services.services.items() if matches_one(name, service.repositories)}
    parts = {key: service for key, service in listing.items() if service.is_part}
    return parts if next(iter(listing), None) in parts else {}


def rule_of(services: Services, name: str) -> Rule:
    """Return the first rule that matches `owner/name`; what it does not set is as at the top of the file."""
    rule = next((rule for glob, rule in services.repositories.items() if matches_any_case(name, glob)), Rule())
    inherited = {key: getattr(services, key) for key in _INHERITED if key not in rule.model_fields_set}
    return rule.model_copy(update=inherited)


def _visible_team(services: Services, team: str | None) -> str | None:
    if team is None or services.teams[team].size < services.minimum_team_size:
        return None
    return team
