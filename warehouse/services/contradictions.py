"""Find settings of services.toml that contradict each other; each message says what to write instead.

The checks read the raw document, so that they also run if other values are invalid. A value of a wrong type is skipped:
the model reports it.
"""

import difflib
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from warehouse.globs import BRANCHES, ENVIRONMENTS, WORKFLOWS, GlobKind, is_literal_ref, matches_any_case, overlap
from warehouse.services.targets import target_value
from warehouse.services.toml_lines import Path

Found = tuple[Path, str]
_SPLITS: dict[str, GlobKind] = {"environments": ENVIRONMENTS, "workflows": WORKFLOWS, "tags": BRANCHES}
"""Keys of a service that split the deployments of a repository; `paths` split only its changes."""
_WITHOUT = {
    "environments": {"workflow", "releases", "merges"},
    "workflows": {"releases", "merges"},
    "tags": {"merges"},
}
"""By key of a service, the kinds of deployments that do not have what it names."""
_REQUIRED = {"merges": ("branch",), "workflow": ("workflow", "branch")}
_EXAMPLES = {"branch": 'branch = "main"', "branches": 'branches = ["main"]', "workflow": 'workflow = "NAME"'}
_UNKNOWN_IN_EXCLUDE = {
    "workflow": {"task"},
    "releases": {"task", "workflow", "event", "creator", "job"},
}
"""Keys of `exclude` that deployments of a kind do not have."""


def contradictions(document: dict[str, Any]) -> Iterator[Found]:
    """Yield the path and the message of each contradiction."""
    services, rules = _table(document.get("services")), _table(document.get("repositories"))
    aliases = _texts_by_key(document.get("environment_aliases"))
    yield from _teams_without_size(services, document.get("teams", {}))
    yield from _shared_repositories(services)
    yield from _keys_without_effect(services, rules)
    yield from _repeated_environments(services, aliases)
    yield from _wrong_aliases(aliases)
    yield from _wrong_targets(document.get("targets"), ("targets",))
    for name, service in services.items():
        yield from _wrong_targets(_table(service).get("targets"), ("services", name, "targets"))
    yield from _unknown_services(document.get("annotations"), services)
    yield from _repeated_rules(list(rules))
    for glob, rule in rules.items():
        yield from _rule(("repositories", glob), _table(rule))


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    """Return a list of texts; an item of another type is empty, so that each index stays."""
    return [item if isinstance(item, str) else "" for item in value] if isinstance(value, list) else []


def _texts_by_key(value: Any) -> dict[str, str]:
    return {key: text for key, text in _table(value).items() if isinstance(text, str)}


def _teams_without_size(services: dict[str, Any], teams: Any) -> Iterator[Found]:
    """Yield a problem for each team without a size: such a team would never be shown, so it is probably misspelt."""
    for name, service in services.items() if isinstance(teams, dict) else ():
        team = _table(service).get("team")
        if isinstance(team, str) and team not in teams:
            yield ("services", name, "team"), f"there is no [teams.{team}] with its size"


def _shared_repositories(services: dict[str, Any]) -> Iterator[Found]:
    """Yield each repository of two services that nothing splits; a glob that also matches is no contradiction: the first counts."""
    for (one_name, one), (other_name, other) in combinations(services.items(), 2):
        first, second = _table(one), _table(other)
        mine = {glob.lower() for glob in _texts(first.get("repositories"))}
        for index, glob in enumerate(_texts(second.get("repositories"))):
            if glob and glob.lower() in mine and (problem := _unsplit(one_name, first, second, glob)):
                key, text = problem
                yield ("services", other_name, *(key or ("repositories", index))), text


def _unsplit(one_name: str, one: dict[str, Any], other: dict[str, Any], glob: str) -> tuple[Path, str] | None:
    """Return which key of the other service does not split the repository, and why; None if one does."""
    if any(not any(service.get(key) for key in (*_SPLITS, "paths")) for service in (one, other)):
        return (), (
            f'"{glob}" is in services.{one_name}, too: write `workflows`, `environments`, `tags` or `paths` '
            "in both services to split the repository, or remove it from one"
        )
    if set(_texts(one.get("paths"))) != set(_texts(other.get("paths"))):
        return None
    shared = [(key, kind) for key, kind in _SPLITS.items() if one.get(key) and other.get(key)]
    pairs = [(key, overlap(_texts(one[key]), _texts(other[key]), kind)) for key, kind in shared]
    if any(pair is None for _, pair in pairs):
        return None
    for key, pair in pairs:
        theirs = pair[1] if pair else ""
        return (key, _texts(other[key]).index(theirs)), (
            f'"{theirs}" is in services.{one_name}, too, which has the same repository: '
            f"write different {key} for each, so that a deployment belongs to one service"
        )
    if any(service.get(key) for service in (one, other) for key in _SPLITS):
        return None
    return ("paths",), f"are those of services.{one_name}, too: write different paths for each part of the repository"


def _keys_without_effect(services: dict[str, Any], rules: dict[str, Any]) -> Iterator[Found]:
    """Yield each key that splits no deployment of the service's repositories; they are all named without wildcards."""
    for name, service in services.items():
        kinds = {_kind(repository, rules) for repository in _texts(_table(service).get("repositories"))}
        for key, without in _WITHOUT.items():
            if _table(service).get(key) and len(kinds) == 1 and kinds <= without:
                [kind] = kinds
                others = [f"`{other}`" for other in (*_WITHOUT, "paths") if kind not in _WITHOUT.get(other, ())]
                yield (
                    ("services", name, key),
                    f'has no effect: deployments of kind = "{kind}" have no {key}; write {" or ".join(others)}',
                )


def _kind(repository: str, rules: dict[str, Any]) -> str:
    """Return what the deployments of a repository are; empty if its name has wildcards."""
    if not is_literal_ref(repository):
        return ""
    table = next((_table(rule) for glob, rule in rules.items() if matches_any_case(repository, glob)), {})
    deployments = table.get("deployments", "statuses")
    return str(deployments.get("kind", "statuses") if isinstance(deployments, dict) else deployments)


def _repeated_environments(services: dict[str, Any], aliases: dict[str, str]) -> Iterator[Found]:
    renamed = {former.lower(): present for former, present in aliases.items()}
    for name, service in services.items():
        seen: set[str] = set()
        for index, environment in enumerate(_texts(_table(service).get("environments"))):
            path = ("services", name, "environments", index)
            if environment and environment.lower() in seen:
                yield path, f'"{environment}" is listed twice (case does not count): remove one'
            elif environment.lower() in renamed:
                present = renamed[environment.lower()]
                yield path, f'"{environment}" is an alias of "{present}" in environment_aliases: write "{present}"'
            seen.add(environment.lower())


def _wrong_aliases(aliases: dict[str, str]) -> Iterator[Found]:
    formers: dict[str, str] = {}
    for former, present in aliases.items():
        path = ("environment_aliases", former)
        if former.lower() in formers:
            yield path, f'is "{formers[former.lower()]}" again (case does not count): remove one'
        elif former.lower() == present.lower():
            yield path, "is an alias of itself: write the present name, or remove it"
        formers.setdefault(former.lower(), former)
    by_name = {former.lower(): present for former, present in aliases.items()}
    for former, present in aliases.items():
        last, names = present, {former.lower()}
        while last.lower() in by_name and last.lower() not in names:
            names.add(last.lower())
            last = by_name[last.lower()]
        if former.lower() == present.lower() or present.lower() not in by_name:
            continue
        if last.lower() in names:
            yield (
                ("environment_aliases", former),
                "the aliases form a circle: write the present name of the environment",
            )
        else:
            yield ("environment_aliases", former), f'"{present}" is an alias itself: write "{last}"'


def _wrong_targets(targets: Any, path: Path) -> Iterator[Found]:
    for measure, text in _texts_by_key(targets).items():
        try:
            target_value(measure, text)
        except ValueError as error:
            yield (*path, measure), str(error)


def _unknown_services(annotations: Any, services: dict[str, Any]) -> Iterator[Found]:
    """Yield each service of a note that has no table; a repository is a service without one."""
    for index, annotation in enumerate(annotations) if isinstance(annotations, list) else ():
        name = _table(annotation).get("service")
        if isinstance(name, str) and "/" not in name and name not in services:
            close = difflib.get_close_matches(name, services, n=1)
            hint = f'; write "{close[0]}"' if close else ""
            yield ("annotations", index, "service"), f"there is no [services.{name}]{hint}"


def _repeated_rules(globs: list[str]) -> Iterator[Found]:
    first: dict[str, str] = {}
    for glob in globs:
        if glob.lower() in first:
            yield (
                ("repositories", glob),
                f"never applies: it repeats repositories.{first[glob.lower()]}; write one table",
            )
        first.setdefault(glob.lower(), glob)


def _rule(path: Path, rule: dict[str, Any]) -> Iterator[Found]:
    deployments = rule.get("deployments")
    if isinstance(deployments, dict):
        yield from _details(path, rule, deployments)
    else:
        missing = [key for key in _REQUIRED.get(str(deployments), ()) if key not in rule]
        if missing:
            example = " and ".join(_EXAMPLES[key] for key in missing)
            yield path, f'deployments = "{deployments}" needs {" and ".join(missing)}; write {example}'


def _details(path: Path, rule: dict[str, Any], deployments: dict[str, Any]) -> Iterator[Found]:
    kind, inside = deployments.get("kind", "statuses"), (*path, "deployments")
    if "workflow" in rule:
        yield (
            (*path, "workflow"),
            f"has no effect beside the table `deployments`: write it there, {_EXAMPLES['workflow']}",
        )
    if kind == "workflow" and "workflow" not in deployments:
        yield inside, f'kind = "workflow" needs workflow; write {_EXAMPLES["workflow"]}'
    if kind in _REQUIRED and "branches" not in deployments and "branch" not in rule:
        yield inside, f'kind = "{kind}" needs branches; write {_EXAMPLES["branches"]}'
    for key in ("workflow", "job") if kind != "workflow" else ():
        if key in deployments:
            yield (
                (*inside, key),
                f'belongs to kind = "workflow": write that, or leave other deployments out with exclude = [{{ {key} = "NAME" }}]',
            )
    excluded = deployments.get("exclude")
    if kind == "merges" and excluded:
        yield (*inside, "exclude"), "merges have nothing to exclude by: remove it, or list what deploys in `branches`"
        return
    for index, entry in enumerate(excluded) if isinstance(excluded, list) else ():
        yield from _exclusion((*inside, "exclude", index), entry, kind)


def _exclusion(path: Path, entry: Any, kind: Any) -> Iterator[Found]:
    if entry == {}:
        yield path, 'is empty and would leave out every deployment: write for example { event = "schedule" }'
    for key in _table(entry):
        if key in _UNKNOWN_IN_EXCLUDE.get(str(kind), ()):
            instead = '{ ref = "NAME" }' if kind == "releases" else '{ event = "schedule" }'
            yield (*path, key), f'deployments of kind = "{kind}" have no {key}: write for example {instead}'
