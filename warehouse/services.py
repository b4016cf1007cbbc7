"""services.toml: which repositories make a service, whose it is, and what counts there as a deployment to production.

Repositories are named by globs, `owner/name`, case aside; the first table in the file that fits is the one that counts.
A repository of no service is one by itself. Written down with examples in docs/DORA.md.
"""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import duckdb
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from core.errors import TelemetryError

PRODUCTION = "(?i)^(prod|production|live)([^a-z]|$)"
"""What production is called by default: `prod`, `production`, `Live`, `prod-eu`, `production/web`; not `product-test`."""
MINIMUM_TEAM_SIZE = 5
"""Fewer people than that are not shown apart, as their numbers would be somebody's."""


class ServicesError(TelemetryError):
    """services.toml cannot be used; the message has a line for each problem, with its key."""


def _expression(text: str) -> str:
    """Tried where it will run: RE2 knows less than Python's `re`, such as no look-ahead."""
    try:
        duckdb.execute("SELECT regexp_matches('', ?)", [text])
    except duckdb.Error as error:
        raise ValueError(f"is no regular expression of RE2: {str(error).splitlines()[0]}") from None
    return text


Glob = Annotated[str, StringConstraints(pattern=r"^[^/\s]+/[^/\s]+$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True)


class Service(BaseModel):
    """What is measured as one: the repositories that are delivered together."""

    model_config = _CONFIG
    repositories: list[Glob] = Field(min_length=1)
    team: str | None = None


class Team(BaseModel):
    """How many people; nobody's name."""

    model_config = _CONFIG
    size: int = Field(ge=1)


class Rule(BaseModel):
    """What a deployment to production is in some repositories, and how soon after one its failure shows and is mended."""

    model_config = _CONFIG
    production: Annotated[str, AfterValidator(_expression)] = PRODUCTION
    deployments: Literal["statuses", "releases", "merges", "workflow"] = "statuses"
    branch: Name | None = None
    workflow: Name | None = None
    hotfix_hours: int = Field(default=24, ge=1, le=24 * 365)
    failure_hours: int = Field(default=72, ge=1, le=24 * 365)

    @model_validator(mode="after")
    def _complete(self) -> "Rule":
        wanted = {"merges": ("branch",), "workflow": ("workflow", "branch")}.get(self.deployments, ())
        missing = [name for name in wanted if getattr(self, name) is None]
        if missing:
            raise ValueError(f'deployments = "{self.deployments}" needs {" and ".join(missing)}')
        return self


class Services(BaseModel):
    """The file."""

    model_config = _CONFIG
    minimum_team_size: int = Field(default=MINIMUM_TEAM_SIZE, ge=2)
    services: dict[Name, Service] = {}
    teams: dict[Name, Team] = {}
    repositories: dict[Glob, Rule] = {}


class ServiceAssignment(NamedTuple):
    """What the file tells of one repository."""

    service: str
    team: str | None
    """Null where it has none, or one too small, or of unknown size, to be shown."""
    rule: Rule


NOTHING_TOLD = Services()


def load(path: Path) -> Services:
    """Raises ServicesError with every problem at once."""
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ServicesError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ServicesError(f"{path} is no TOML: {error}") from None
    return parsed(given, str(path))


def parsed(given: dict[str, Any], name: str = "services.toml") -> Services:
    """The values of the file; raises ServicesError with every problem at once."""
    problems = _unknown_teams(given)
    try:
        found = Services.model_validate(given)
    except ValidationError as error:
        problems += [_problem(each) for each in error.errors()]
        raise ServicesError(_lines(name, problems)) from None
    if problems:
        raise ServicesError(_lines(name, problems))
    return found


def _lines(name: str, problems: list[str]) -> str:
    return "\n".join([f"{name} is wrong:", *sorted(problems)])


def _problem(error: Any) -> str:
    message = error["msg"].removeprefix("Value error, ").replace("Input should", "must")
    if error["type"] == "extra_forbidden":
        message = "there is no such key"
    if "pattern" in error.get("ctx", {}):
        message = "must be owner/name, where * stands for anything"
    keys = [str(each) for each in error["loc"] if each != "[key]"]
    return f"{'.'.join(keys)}: {message}"


def _unknown_teams(given: dict[str, Any]) -> list[str]:
    """A team that is only named has no size, so it would never be shown: more likely it was misspelt."""
    services, teams = given.get("services"), given.get("teams", {})
    if not isinstance(services, dict) or not isinstance(teams, dict):
        return []
    named = {name: each.get("team") for name, each in services.items() if isinstance(each, dict)}
    return [
        f"services.{name}.team: there is no [teams.{team}] with its size"
        for name, team in named.items()
        if isinstance(team, str) and team not in teams
    ]


def assign(services: Services, owner: str, repo: str) -> ServiceAssignment:
    """What the file tells of a repository."""
    name = f"{owner}/{repo}"
    rule = next((rule for glob, rule in services.repositories.items() if _fits(name, glob)), Rule())
    for service, each in services.services.items():
        if any(_fits(name, glob) for glob in each.repositories):
            return ServiceAssignment(service, _shown(services, each.team), rule)
    return ServiceAssignment(name, None, rule)


def _fits(name: str, glob: str) -> bool:
    return fnmatchcase(name.lower(), glob.lower())


def _shown(services: Services, team: str | None) -> str | None:
    if team is None or services.teams[team].size < services.minimum_team_size:
        return None
    return team
