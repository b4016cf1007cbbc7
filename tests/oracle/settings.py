"""Sections 0, 8 and 9: what services.toml says of a repository, and which services there are."""

import re
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from tests.oracle.items import HOUR

HOTFIX_WORDS = ("hotfix",)
EXEMPT_LABELS = ("not-a-deployment",)
SPLITS = ("environments", "workflows", "tags", "paths")


def matches(name: str | None, globs: list[str] | str) -> bool:
    """Return whether a glob matches a name, ignoring case; nothing matches a missing name."""
    listed = [globs] if isinstance(globs, str) else globs
    return name is not None and any(fnmatchcase(name.lower(), glob.lower()) for glob in listed)


class Rule(NamedTuple):
    """What services.toml says of one repository."""

    kind: str = "statuses"
    workflow: str | None = None
    job: str | None = None
    branches: tuple[str, ...] = ()
    """Globs; empty: any."""
    branch: str | None = None
    exclude: tuple[dict[str, str], ...] = ()
    production: str | None = None
    aliases: tuple[tuple[str, str], ...] = ()
    failure: int = 72 * HOUR
    hotfix: int = 24 * HOUR
    words: tuple[str, ...] = HOTFIX_WORDS
    exempt: tuple[str, ...] = EXEMPT_LABELS
    lead_time_from: str = "authored"
    counts_failed_attempts: bool = False
    code: dict[str, Any] | None = None

    def environment(self, name: str) -> str:
        """Return the environment's present name; GitHub ignores the case of a name."""
        return {former.lower(): present for former, present in self.aliases}.get(name.lower(), name)


class Service(NamedTuple):
    """A service of services.toml."""

    name: str
    keys: dict[str, Any]

    def lists(self, repository: str, *, incidents: bool = False) -> bool:
        """Return whether the service lists a repository; with `incidents` also whether its incidents are there."""
        globs = list(self.keys.get("repositories", []))
        if incidents:
            own = self.keys.get("incidents", [])
            globs += [own] if isinstance(own, str) else list(own)
        return matches(repository, globs)

    @property
    def is_part(self) -> bool:
        """Whether it takes only a part of its repositories' deployments or changes."""
        return any(key in self.keys for key in SPLITS)


class Settings:
    """The content of services.toml."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.services = [Service(name, keys) for name, keys in document.get("services", {}).items()]

    @property
    def names(self) -> list[str]:
        """The names of the services in the file."""
        return [service.name for service in self.services]

    def rule(self, repository: str) -> Rule:
        """Return the rule of a repository: that of the first table whose glob matches."""
        tables = self.document.get("repositories", {})
        own: dict[str, Any] = next((table for glob, table in tables.items() if matches(repository, glob)), {})
        table = {
            **{key: value for key, value in self.document.items() if key not in ("services", "repositories")},
            **own,
        }
        deployments = table.get("deployments", "statuses")
        shape: dict[str, Any] = {"kind": deployments} if isinstance(deployments, str) else deployments
        branch = table.get("branch")
        branches = shape.get("branches", [branch] if branch else [])
        return Rule(
            kind=shape.get("kind", "statuses"),
            workflow=shape.get("workflow", table.get("workflow")),
            job=shape.get("job"),
            branches=tuple([branches] if isinstance(branches, str) else branches),
            branch=branch,
            exclude=tuple(shape.get("exclude", [])),
            production=table.get("production"),
            aliases=tuple(table.get("environment_aliases", {}).items()),
            failure=table.get("failure_hours", 72) * HOUR,
            hotfix=table.get("hotfix_hours", 24) * HOUR,
            words=tuple(table.get("hotfix", HOTFIX_WORDS)),
            exempt=tuple(table.get("exempt_labels", EXEMPT_LABELS)),
            lead_time_from=table.get("lead_time_from", "authored"),
            code=table.get("code"),
            counts_failed_attempts=table.get("failed_attempts") == "count",
        )

    def service(self, name: str) -> Service:
        """Return a service by its name; one that is not in the file is a repository."""
        return next((service for service in self.services if service.name == name), Service(name, {}))

    def of_repository(self, repository: str) -> list[Service]:
        """Return the services that a repository's deployments can belong to.

        "Without `services.toml` each repository is a service." The first service that fits, and if that is only a part
        of the repository every other part.
        """
        listing = [service for service in self.services if service.lists(repository)]
        if not listing:
            return [Service(repository, {})]
        return [service for service in listing if service.is_part] if listing[0].is_part else listing[:1]

    def of_incidents(self, repository: str) -> list[str]:
        """Return the services whose `incidents` or `repositories` list a repository; else the repository itself."""
        listing = [service.name for service in self.services if service.lists(repository, incidents=True)]
        return listing or [repository]


def has_word(text: str | None, words: tuple[str, ...]) -> bool:
    """Return whether a text contains one of the words as a whole word, ignoring case."""
    pattern = "|".join(re.escape(word) for word in words)
    return text is not None and re.search(rf"(?i)(^|[^a-z0-9])({pattern})([^a-z0-9]|$)", text) is not None
