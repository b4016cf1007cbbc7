"""Find the globs of services.toml that match nothing in the records: they are probably misspelt."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from warehouse import globs
from warehouse.globs import GlobKind, matches_one
from warehouse.services.model import Code, Deployments, Exclusion, Services

Seen = Mapping[str, frozenset[tuple[str, str]]]
"""By `GlobKind.noun`, each repository (`owner/name`) with a name in its records. A kind without a key is not recorded."""
FOLDERS = GlobKind(globs.PATHS.noun, globs.may_match_below)
"""Paths as records hold them: folders of at most two levels."""
_OF_SERVICE = {
    "environments": globs.ENVIRONMENTS,
    "workflows": globs.WORKFLOWS,
    "tags": globs.BRANCHES,
    "paths": FOLDERS,
}
_OF_EXCLUSION = {
    "task": globs.TASKS,
    "ref": globs.BRANCHES,
    "workflow": globs.WORKFLOWS,
    "event": globs.EVENTS,
    "creator": globs.CREATORS,
    "job": globs.JOBS,
}


class Use(NamedTuple):
    """A glob and where it is used."""

    path: str
    """The key: `services.shop.workflows`."""
    glob: str
    kind: GlobKind
    repositories: tuple[str, ...]
    """Globs of the repositories that it is about; empty for all."""


def unmatched(services: Services, seen: Seen) -> tuple[str, ...]:
    """Return one line for each glob that matches nothing, and for each table that an earlier one leaves nothing to."""
    repositories = sorted({name for _, name in seen.get(globs.REPOSITORIES.noun, ())})
    if not repositories:
        return ()
    names = {noun: frozenset(name for _, name in pairs) for noun, pairs in seen.items()}
    lines = [line for use in uses(services) if not _is_a_name(use, names) and (line := _line(use, seen))]
    parts = [name for name, service in services.services.items() if service.is_part]
    whole = {name: service.repositories for name, service in services.services.items() if name not in parts}
    lines += _shadowed("services", whole, repositories)
    lines += _shadowed("repositories", {glob: [glob] for glob in services.repositories}, repositories)
    return tuple(dict.fromkeys(lines))


def kinds(services: Services) -> frozenset[str]:
    """Return the kinds of names that `unmatched` needs; empty if the file has no globs."""
    nouns = {use.kind.noun for use in uses(services)}
    return frozenset(nouns | {globs.REPOSITORIES.noun}) if nouns else frozenset()


def uses(services: Services) -> Iterator[Use]:
    """Yield all globs of the file."""
    for name, service in services.services.items():
        path, own = f"services.{name}", tuple(service.repositories)
        yield from _uses(f"{path}.repositories", own, globs.REPOSITORIES)
        yield from _uses(f"{path}.incidents", service.incidents, globs.REPOSITORIES)
        for key, kind in _OF_SERVICE.items():
            yield from _uses(f"{path}.{key}", getattr(service, key), kind, own)
        yield from _code(f"{path}.code", service.code)
    for glob, rule in services.repositories.items():
        path, own = f"repositories.{glob}", (glob,)
        yield Use(path, glob, globs.REPOSITORIES, ())
        yield from _deployments(f"{path}.deployments", rule.deployments, own)
        if isinstance(rule.deployments, str) and rule.deployments == "workflow":
            yield from _uses(f"{path}.workflow", [rule.workflow or ""], _exact(globs.WORKFLOWS), own)
        yield from _uses(f"{path}.branch", [rule.branch] if rule.branch else None, _exact(globs.BRANCHES), own)
        yield from _code(f"{path}.code", rule.code)
    for former, present in services.environment_aliases.items():
        yield Use(f"environment_aliases.{former}", former, _exact(globs.ENVIRONMENTS), ())
        yield Use(f"environment_aliases.{former}", present, _exact(globs.ENVIRONMENTS), ())
    for index, note in enumerate(services.annotations):
        if note.service and note.service not in services.services:
            yield Use(f"annotations.{index}.service", note.service, _exact(globs.REPOSITORIES), ())


def _uses(path: str, values: Iterable[str] | None, kind: GlobKind, repositories: tuple[str, ...] = ()) -> Iterator[Use]:
    return (Use(path, glob, kind, repositories) for glob in values or ())


def _code(path: str, code: Code | None) -> Iterator[Use]:
    if code is not None:
        yield from _uses(f"{path}.repositories", code.repositories, globs.REPOSITORIES)
        branch = [code.branch] if code.branch else None
        yield from _uses(f"{path}.branch", branch, _exact(globs.BRANCHES), tuple(code.repositories))


def _deployments(path: str, deployments: object, own: tuple[str, ...]) -> Iterator[Use]:
    if not isinstance(deployments, Deployments):
        return
    for key, kind in (("workflow", globs.WORKFLOWS), ("job", globs.JOBS)):
        value = getattr(deployments, key)
        yield from _uses(f"{path}.{key}", [value] if value else None, kind, own)
    yield from _uses(f"{path}.branches", deployments.branches, globs.BRANCHES, own)
    for entry in deployments.exclude:
        yield from _exclusion(f"{path}.exclude", entry, own)


def _exclusion(path: str, entry: Exclusion, own: tuple[str, ...]) -> Iterator[Use]:
    for key, kind in _OF_EXCLUSION.items():
        value = getattr(entry, key)
        yield from _uses(f"{path}.{key}", [value] if value else None, kind, own)


def _exact(kind: GlobKind) -> GlobKind:
    """Return the kind for a name that is compared, not matched as a glob; only the name of an environment has no case."""
    ignores_case = kind is globs.ENVIRONMENTS
    return GlobKind(kind.noun, lambda name, other: name == other or (ignores_case and name.lower() == other.lower()))


def _is_a_name(use: Use, names: Mapping[str, frozenset[str]]) -> bool:
    """Return whether a glob about all repositories is one of the names: nearly all of a large file are."""
    return not use.repositories and use.glob in names.get(use.kind.noun, ())


def _line(use: Use, seen: Seen) -> str | None:
    """Return the line for a glob that matches nothing; None if it matches, or if the records cannot show it."""
    if use.kind.noun not in seen:
        return None
    names = {
        name
        for repository, name in seen[use.kind.noun]
        if not use.repositories or matches_one(repository, use.repositories)
    }
    if any(use.kind.matches(name, use.glob) for name in names):
        return None
    if not names:
        return f'{use.path}: "{use.glob}" matches nothing; the records name no {use.kind.noun} there'
    nearest = difflib.get_close_matches(use.glob, sorted(names), n=1, cutoff=0.6)
    hint = f'; the nearest is "{nearest[0]}"' if nearest else ""
    return f'{use.path}: "{use.glob}" matches none of the {len(names):,} {use.kind.noun} in the records{hint}'


def _shadowed(path: str, tables: Mapping[str, list[str]], repositories: list[str]) -> Iterator[str]:
    """Yield each table whose repositories all belong to earlier tables."""
    taken: set[str] = set()
    for name, own in tables.items():
        matching = {repository for repository in repositories if matches_one(repository, own)}
        if matching and matching <= taken:
            yield f"{path}.{name}: has no effect, because tables before it match the same repositories; move it up"
        taken |= matching
