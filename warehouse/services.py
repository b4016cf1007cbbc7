"""Parse services.toml: the repositories and team of each service, and what counts as a deployment to production.

Globs of the form `owner/name` match repositories, ignoring case; the first matching table in the file applies. A
repository without a service is a service of its own. docs/DORA.md has examples.
"""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import duckdb
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from core.errors import TelemetryError

PRODUCTION = "(?i)^(prod|production|live)([^a-z]|$)"
"""Default pattern of production environments: `prod`, `production`, `Live`, `prod-eu`, `production/web`, not `product-test`."""
MINIMUM_TEAM_SIZE = 5
"""A smaller team is not shown separately, because its numbers would describe single people."""


class ServicesError(TelemetryError):
    """services.toml is invalid; the message has one line for each problem, with its key."""


def _validated_pattern(text: str) -> str:
    """Compile the pattern in DuckDB: RE2 supports less than Python's `re`, for example no look-ahead."""
    try:
        duckdb.execute("SELECT regexp_matches('', ?)", [text])
    except duckdb.Error as error:
        raise ValueError(f"is no regular expression of RE2: {str(error).splitlines()[0]}") from None
    return text


Glob = Annotated[str, StringConstraints(pattern=r"^[^/\s]+/[^/\s]+$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True)


class Service(BaseModel):
    """A service: repositories that are delivered together and measured as one."""

    model_config = _CONFIG
    repositories: list[Glob] = Field(min_length=1)
    team: str | None = None


class Team(BaseModel):
    """A team: its number of people, without names."""

    model_config = _CONFIG
    size: int = Field(ge=1)


class Rule(BaseModel):
    """A rule for repositories: what a production deployment is, and the time windows for its failure and its hotfix."""

    model_config = _CONFIG
    production: Annotated[str, AfterValidator(_validated_pattern)] = PRODUCTION
    deployments: Literal["statuses", "releases", "merges", "workflow"] = "statuses"
    branch: Name | None = None
    workflow: Name | None = None
    hotfix_hours: int = Field(default=24, ge=1, le=24 * 365)
    failure_hours: int = Field(default=72, ge=1, le=24 * 365)

    @model_validator(mode="after")
    def _complete(self) -> "Rule":
        required = {"merges": ("branch",), "workflow": ("workflow", "branch")}.get(self.deployments, ())
        missing = [name for name in required if getattr(self, name) is None]
        if missing:
            raise ValueError(f'deployments = "{self.deployments}" needs {" and ".join(missing)}')
        return self


class Services(BaseModel):
    """The content of services.toml."""

    model_config = _CONFIG
    minimum_team_size: int = Field(default=MINIMUM_TEAM_SIZE, ge=2)
    services: dict[Name, Service] = {}
    teams: dict[Name, Team] = {}
    repositories: dict[Glob, Rule] = {}


class ServiceAssignment(NamedTuple):
    """The service, team and rule of one repository."""

    service: str
    team: str | None
    """None if the service has no team, or a team too small to be shown."""
    rule: Rule


DEFAULT_SERVICES = Services()


def load(path: Path) -> Services:
    """Load and validate the file; raises ServicesError with all problems at once."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ServicesError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ServicesError(f"{path} is no TOML: {error}") from None
    return parsed(document, str(path))


def parsed(document: dict[str, Any], name: str = "services.toml") -> Services:
    """Validate the parsed TOML; raises ServicesError with all problems at once."""
    problems = _unknown_teams(document)
    try:
        services = Services.model_validate(document)
    except ValidationError as error:
        problems += [_problem(detail) for detail in error.errors()]
        raise ServicesError(_lines(name, problems)) from None
    if problems:
        raise ServicesError(_lines(name, problems))
    return services


def _lines(name: str, problems: list[str]) -> str:
    return "\n".join([f"{name} is wrong:", *sorted(problems)])


def _problem(error: Any) -> str:
    message = error["msg"].removeprefix("Value error, ").replace("Input should", "must")
    if error["type"] == "extra_forbidden":
        message = "there is no such key"
    if "pattern" in error.get("ctx", {}):
        message = "must be owner/name, where * stands for anything"
    keys = [str(key) for key in error["loc"] if key != "[key]"]
    return f"{'.'.join(keys)}: {message}"


def _unknown_teams(document: dict[str, Any]) -> list[str]:
    """Return a problem for each team without a size: such a team would never be shown, so it is probably misspelt."""
    services, teams = document.get("services"), document.get("teams", {})
    if not isinstance(services, dict) or not isinstance(teams, dict):
        return []
    named = {name: service.get("team") for name, service in services.items() if isinstance(service, dict)}
    return [
        f"services.{name}.team: there is no [teams.{team}] with its size"
        for name, team in named.items()
        if isinstance(team, str) and team not in teams
    ]


def assign(services: Services, owner: str, repo: str) -> ServiceAssignment:
    """Return the service, team and rule of a repository."""
    name = f"{owner}/{repo}"
    rule = next((rule for glob, rule in services.repositories.items() if _matches(name, glob)), Rule())
    for service_name, service in services.services.items():
        if any(_matches(name, glob) for glob in service.repositories):
            return ServiceAssignment(service_name, _visible_team(services, service.team), rule)
    return ServiceAssignment(name, None, rule)


def _matches(name: str, glob: str) -> bool:
    return fnmatchcase(name.lower(), glob.lower())


def _visible_team(services: Services, team: str | None) -> str | None:
    if team is None or services.teams[team].size < services.minimum_team_size:
        return None
    return team
