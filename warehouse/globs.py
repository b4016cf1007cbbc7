"""Match the globs of services.toml against names and paths. A glob that equals a name always matches it.

| what | case | `*` | other characters |
| --- | --- | --- | --- |
| repositories `owner/name`, environments, creators | ignored | anything | `?` one character, `[ab]`, `[!ab]` |
| workflows, jobs, tasks, events | counts | anything | the same |
| branches, tags, refs and paths | counts | all but `/`; `**` anything | `?`, `+`, `[a-z]` as in a workflow's filters |

Names of repositories, of environments and of accounts are not case-sensitive at GitHub:
https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments (2026-11).
Filters of workflows are those of
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet (2026-11).
"""

import re
from collections.abc import Callable, Iterable
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

_REF_WILDCARDS = re.compile(r"[*?+\[]")
_NAME_WILDCARDS = re.compile(r"[*?\[]")
_REFS = ("refs/heads/", "refs/tags/")
_RANGE = re.compile(r"([a-zA-Z0-9])-([a-zA-Z0-9])")
_ANY_NAME = "\0\0"
"""A name that no file has: only wildcards match it."""
_PARTS = re.compile(r"\*\*/|\*\*|\*|\[[^\]]+\]|\\.|.", re.DOTALL)


class _Step(NamedTuple):
    """A part of a filter, and how often it may occur."""

    part: str
    """`*`, `**`, `**/`, a class such as `[0-9]`, or one character, which may be escaped by a backslash."""
    repeat: str
    """`?`, `+`, or empty for once."""


class GlobKind(NamedTuple):
    """How one kind of names is matched."""

    noun: str
    """The plural for messages, such as `workflows`."""
    matches: Callable[[str, str], bool]
    """Return whether a name (first argument) matches a glob (second argument)."""


def matches_name(name: str, glob: str) -> bool:
    """Return whether the glob matches the whole name, with its case."""
    return name == glob or ((pattern := _pattern(glob)) is not None and pattern.match(name) is not None)


def matches_any_case(name: str, glob: str) -> bool:
    """Return whether the glob matches the whole name, ignoring case."""
    return matches_name(name.lower(), glob.lower())


@lru_cache(maxsize=16_384)
def _pattern(glob: str) -> re.Pattern[str] | None:
    """Return the pattern of a glob; None without a wildcard: nearly all globs of large files are names."""
    return re.compile(translate(glob)) if _NAME_WILDCARDS.search(glob) else None


def matches_one(name: str, globs: Iterable[str]) -> bool:
    """Return whether one of the globs matches the whole name, ignoring case."""
    names, patterns = _any_case(tuple(globs))
    lowered = name.lower()
    return lowered in names or any(pattern.match(lowered) for pattern in patterns)


@lru_cache(maxsize=16_384)
def _any_case(globs: tuple[str, ...]) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Return the globs in lower case, and the patterns of those with wildcards."""
    names = frozenset(glob.lower() for glob in globs)
    return names, tuple(pattern for name in sorted(names) if (pattern := _pattern(name)))


def matches_path(path: str, glob: str) -> bool:
    """Return whether the glob matches the whole path, branch or tag, as a filter of a workflow does."""
    if path == glob:
        return True
    reached = {0}
    for step in _steps(glob):
        reached = _after(step, reached, path)
    return len(path) in reached


def matches_ref(ref: str, glob: str) -> bool:
    """Return whether the glob matches a branch or tag, also one that is named in full: `refs/heads/main`."""
    short = next((ref.removeprefix(prefix) for prefix in _REFS if ref.startswith(prefix)), ref)
    return matches_path(short, glob)


def may_match_below(folder: str, glob: str) -> bool:
    """Return whether the glob may match a file somewhere below the folder (`services/api/`), or the file without a `/`."""
    if not folder.endswith("/"):
        return matches_path(folder, glob)
    folders, segments = folder.rstrip("/").split("/"), glob.split("/")
    for index, name in enumerate(folders):
        if index == len(segments):
            return False
        if "**" in segments[index]:
            return True
        if not matches_path(name, segments[index]):
            return False
    return len(segments) > len(folders)


def matches_in_folder(folder: str, glob: str) -> bool | None:
    """Return whether the glob matches the files of a folder as records name it; None: it may match some of them.

    `api/` has the files that are directly in it, `services/api/` also those that are deeper, and a name without a `/` at
    its end is a file.
    """
    if not folder.endswith("/"):
        return matches_path(folder, glob)
    depths = (1,) if folder.count("/") == 1 else (1, 2, 4)
    if all(matches_path(folder + "/".join([_ANY_NAME] * depth), glob) for depth in depths):
        return True
    is_too_deep = depths == (1,) and glob.replace("**/", "").count("/") > 1
    return None if may_match_below(folder, glob) and not is_too_deep else False


def is_literal_ref(glob: str) -> bool:
    """Return whether the glob of a branch, tag or path has no wildcard."""
    return _REF_WILDCARDS.search(glob) is None


def overlap(globs: Iterable[str], others: Iterable[str], kind: GlobKind) -> tuple[str, str] | None:
    """Return a glob and one of the others that match the same name for certain: equal, or one matches the other's text."""
    pairs = ((one, other) for one in globs for other in others)
    return next((pair for pair in pairs if kind.matches(*pair) or kind.matches(*reversed(pair))), None)


REPOSITORIES = GlobKind("repositories", matches_any_case)
ENVIRONMENTS = GlobKind("environments", matches_any_case)
CREATORS = GlobKind("creators", matches_any_case)
WORKFLOWS = GlobKind("workflows", matches_name)
JOBS = GlobKind("jobs", matches_name)
TASKS = GlobKind("tasks", matches_name)
EVENTS = GlobKind("events", matches_name)
BRANCHES = GlobKind("branches or tags", matches_ref)
"""Also tags: a run names one or the other in the same field."""
PATHS = GlobKind("paths", matches_path)


@lru_cache(maxsize=1024)
def _steps(glob: str) -> tuple[_Step, ...]:
    """Return the steps of a filter; a quantifier that follows nothing stands for itself."""
    steps: list[_Step] = []
    for part in _PARTS.findall(glob):
        if part in ("?", "+") and steps and not steps[-1].repeat and steps[-1].part[0] != "*":
            steps[-1] = _Step(steps[-1].part, part)
        else:
            steps.append(_Step(part, ""))
    return tuple(steps)


def _after(step: _Step, reached: set[int], path: str) -> set[int]:
    """Return the positions in the path at which the step can end, from those at which it can begin.

    A regular expression would take time that grows with a power of the length: names come from records.
    """
    if not reached or step.part == "**":
        return set(range(min(reached, default=len(path) + 1), len(path) + 1))
    if step.part == "**/":
        return reached | {index + 1 for index in range(min(reached), len(path)) if path[index] == "/"}
    if step.repeat == "?":
        return reached | _once(step.part, reached, path)
    if step.part != "*" and not step.repeat:
        return _once(step.part, reached, path)
    ends = set(reached) if step.part == "*" else set()
    for position in range(min(reached), len(path)):
        if (position in reached or position in ends) and _accepts(step.part, path[position]):
            ends.add(position + 1)
    return ends


def _once(part: str, reached: set[int], path: str) -> set[int]:
    return {position + 1 for position in reached if position < len(path) and _accepts(part, path[position])}


def _accepts(part: str, character: str) -> bool:
    if part == "*":
        return character != "/"
    if len(part) > 2 and part[0] == "[":
        return character in part[1:-1] or any(first <= character <= last for first, last in _RANGE.findall(part[1:-1]))
    return character == part[-1]
