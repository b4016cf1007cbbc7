"""Walks through trees: the files below a folder, and what differs between two trees. Only folders that matter are read."""

from collections.abc import Iterator

from core.errors import Unavailable
from core.github.git_data import Entry, GitData


def list_files(git: GitData, tree: str, prefix: str) -> Iterator[str]:
    """The paths of all files below a root tree that begin with `prefix`."""
    folder = prefix.rpartition("/")[0]
    found: str | None = tree
    for part in folder.split("/") if folder else ():
        found = _subtree(git, found, part)
        if found is None:
            return
    above = f"{folder}/" if folder else ""
    for path in _files(git, found or tree):
        if (above + path).startswith(prefix):
            yield above + path


def diff_trees(git: GitData, before: str | None, after: str) -> Iterator[str]:
    """The paths of all files that `after` has anew or otherwise than `before`; with no `before`, all."""
    if before is None:
        yield from _files(git, after)
        return
    old = {each.path: each for each in _children(git, before)}
    for each in _children(git, after):
        was = old.get(each.path)
        if was is not None and was.sha == each.sha:
            continue
        if each.kind == "blob":
            yield each.path
        elif each.kind == "tree":
            inner = was.sha if was is not None and was.kind == "tree" else None
            yield from (f"{each.path}/{path}" for path in diff_trees(git, inner, each.sha))


def _subtree(git: GitData, tree: str | None, name: str) -> str | None:
    children = [] if tree is None else _children(git, tree)
    return next((each.sha for each in children if (each.path, each.kind) == (name, "tree")), None)


def _files(git: GitData, tree: str) -> Iterator[str]:
    """Every file below a tree: in one answer, or a folder at a time where that is too much for GitHub."""
    whole = git.entries(tree, recursive=True)
    if whole is not None:
        yield from (each.path for each in whole if each.kind == "blob")
        return
    for child in _children(git, tree):
        if child.kind == "blob":
            yield child.path
        elif child.kind == "tree":
            yield from (f"{child.path}/{path}" for path in _files(git, child.sha))


def _children(git: GitData, tree: str) -> list[Entry]:
    children = git.entries(tree)
    if children is None:
        raise Unavailable("a folder of the data repository holds more than GitHub lists")
    return children
