"""Lists the files below a folder, and the differences between two trees. Only the folders that are needed are read."""

from collections.abc import Iterable, Iterator

from core.errors import Unavailable
from core.github.git_data import Entry, GitData


def list_files(git: GitData, tree: str, prefix: str) -> Iterator[str]:
    """Yield the paths of all files below a root tree that begin with `prefix`."""
    folder = prefix.rpartition("/")[0]
    subtree: str | None = tree
    for part in folder.split("/") if folder else ():
        subtree = _subtree(git, subtree, part)
        if subtree is None:
            return
    above = f"{folder}/" if folder else ""
    for path in _files(git, subtree or tree):
        if (above + path).startswith(prefix):
            yield above + path


def existing_files(git: GitData, tree: str, paths: Iterable[str]) -> list[str]:
    """Return those of the paths below a root tree that are files, with a request for each of their folders.

    Of a folder that holds more than GitHub lists, all paths are returned: they may be files.
    """
    names: dict[str, list[str]] = {}
    paths, children = list(paths), git.entries(tree)
    if children is None:
        return paths
    for path in paths:
        first, _, rest = path.partition("/")
        names.setdefault(first, []).append(rest)
    found: list[str] = []
    for child in children:
        if child.path in names and child.kind == "blob":
            found += [child.path] if "" in names[child.path] else []
        elif child.path in names and child.kind == "tree":
            inner = filter(None, names[child.path])
            found += [f"{child.path}/{path}" for path in existing_files(git, child.sha, inner)]
    return found


def diff_trees(git: GitData, before: str | None, after: str) -> Iterator[str]:
    """Yield the paths of all files added or changed from `before` to `after`; all files if `before` is None."""
    if before is None:
        yield from _files(git, after)
        return
    old = {entry.path: entry for entry in _children(git, before)}
    for entry in _children(git, after):
        previous = old.get(entry.path)
        if previous is not None and previous.sha == entry.sha:
            continue
        if entry.kind == "blob":
            yield entry.path
        elif entry.kind == "tree":
            inner = previous.sha if previous is not None and previous.kind == "tree" else None
            yield from (f"{entry.path}/{path}" for path in diff_trees(git, inner, entry.sha))


def _subtree(git: GitData, tree: str | None, name: str) -> str | None:
    children = [] if tree is None else _children(git, tree)
    return next((child.sha for child in children if (child.path, child.kind) == (name, "tree")), None)


def _files(git: GitData, tree: str) -> Iterator[str]:
    """Yield every file below a tree: with one request, or one for each folder if GitHub truncates the list."""
    entries = git.entries(tree, recursive=True)
    if entries is not None:
        yield from (entry.path for entry in entries if entry.kind == "blob")
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
