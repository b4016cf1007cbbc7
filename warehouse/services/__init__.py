"""Read services.toml: the repositories and team of each service, and what counts as a deployment to production.

`model` has the keys, `validation` and `contradictions` find all mistakes of a file, and `assignment` gives each repository
its service and settings. `unmatched` lists the settings without an effect. docs/DORA.md describes the keys.
"""

from warehouse.services.assignment import ServiceAssignment, assign
from warehouse.services.model import (
    DEFAULT_SERVICES,
    MINIMUM_TEAM_SIZE,
    Code,
    Deployments,
    Exclusion,
    Rule,
    Service,
    Services,
    Team,
)
from warehouse.services.validation import ServicesError, load, parsed

__all__ = [
    "DEFAULT_SERVICES",
    "MINIMUM_TEAM_SIZE",
    "Code",
    "Deployments",
    "Exclusion",
    "Rule",
    "Service",
    "ServiceAssignment",
    "Services",
    "ServicesError",
    "Team",
    "assign",
    "load",
    "parsed",
]
