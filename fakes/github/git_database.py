"""An in-memory git object database: blobs, trees, commits and branches, with the same SHAs as in git.

https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_FILE, _FOLDER = "100644", "40000"


class UnknownObject(LookupError):
    """No object of this type has this SHA."""


class Node(NamedTuple):
    """An entry of a tree."""

    mode: str
    sha: str

    @property
    def is_tree(self) -> bool:
        """Whether the entry is a folder."""
        return self.mode == _FOLDER


Tree = dict[str, Node]


class Signature(NamedTuple):
    """Author or committer of a commit; the date is in UNIX seconds."""

    name: str
    email: str
    date: int


class GitCommit(NamedTuple):
    """A commit."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: Signature
    committer: Signature


class GitDatabase:
    """One repository's objects, and the heads of each branch, the newest last."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.trees: dict[str, Tree] = {}
        self.commits: dict[str, GitCommit] = {}
        self.branches: dict[str, list[str]] = {}

    def head(self, branch: str) -> str | None:
        """Return the head of a branch; None if it does not exist."""
        heads = self.branches.get(branch)
        return heads[-1] if heads else None

    def show(self, branch: str, commit: str) -> None:
        """Move a branch to a commit; create the branch if it does not exist."""
        self.branches.setdefault(branch, []).append(commit)

    def blob(self, content: bytes) -> str:
        """Store a blob and return its SHA."""
        sha = _name("blob", content)
        self.blobs[sha] = content
        return sha

    def tree(self, nodes: Tree) -> str:
        """Store a tree and return its SHA; git sorts folders as if their names ended in a slash."""
        lines = sorted(nodes.items(), key=lambda item: (item[0] + "/" if item[1].is_tree else item[0]).encode())
        body = b"".join(f"{node.mode} {name}\0".encode() + bytes.fromhex(node.sha) for name, node in lines)
        sha = _name("tree", body)
        self.trees[sha] = dict(lines)
        return sha

    def changed(self, base: str | None, changes: Mapping[str, str | Node | None]) -> str:
        """Store a copy of a tree with changes by path: a blob's SHA or a node to add, None to remove."""
        nodes = dict(self._tree(base)) if base is not None else {}
        inner: dict[str, dict[str, str | Node | None]] = {}
        for path, sha in changes.items():
            name, slash, rest = path.partition("/")
            if slash:
                inner.setdefault(name, {})[rest] = sha
            elif sha is None:
                nodes.pop(name, None)
            else:
                nodes[name] = sha if isinstance(sha, Node) else Node(_FILE, sha)
        for name, inner_changes in inner.items():
            previous = nodes.get(name)
            base_sha = previous.sha if previous is not None and previous.is_tree else None
            folder = self.changed(base_sha, inner_changes)
            nodes[name] = Node(_FOLDER, folder)
            if not self.trees[folder]:
                del nodes[name]
        return self.tree(nodes)

    def commit(
        self, tree: str, parents: tuple[str, ...], message: str, author: Signature, committer: Signature | None = None
    ) -> GitCommit:
        """Store a commit. Raises UnknownObject if its tree or a parent does not exist."""
        self._tree(tree)
        for parent in parents:
            self.get_commit(parent)
        committer = committer or author
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {_line(author)}", f"committer {_line(committer)}", "", message]
        new_commit = GitCommit(_name("commit", "\n".join(lines).encode()), tree, parents, message, author, committer)
        self.commits[new_commit.sha] = new_commit
        return new_commit

    def get_commit(self, sha: str) -> GitCommit:
        """Return a commit; raises UnknownObject."""
        if sha not in self.commits:
            raise UnknownObject(sha)
        return self.commits[sha]

    def history(self, sha: str) -> list[GitCommit]:
        """Return a commit and all its ancestors, the newest first, without duplicates."""
        return list(self._walk(sha))

    def descends(self, sha: str, ancestor: str) -> bool:
        """Return whether a commit equals or descends from another."""
        return any(commit.sha == ancestor for commit in self._walk(sha))

    def paths(self, tree: str) -> Iterator[tuple[str, Node]]:
        """Yield all entries below a tree, folders before their content."""
        for name, node in self._tree(tree).items():
            yield name, node
            if node.is_tree:
                yield from ((f"{name}/{path}", inner) for path, inner in self.paths(node.sha))

    def at(self, tree: str, path: str) -> Node | None:
        """Return the file or folder at a path; None if there is none."""
        node: Node | None = Node(_FOLDER, tree)
        for name in path.split("/") if path else ():
            node = self._tree(node.sha).get(name) if node is not None and node.is_tree else None
        return node

    def files(self, branch: str) -> dict[str, bytes]:
        """Return the files of a branch by path."""
        head = self.head(branch)
        if head is None:
            return {}
        return {path: self.blobs[node.sha] for path, node in self.paths(self.get_commit(head).tree) if not node.is_tree}

    def log(self, branch: str) -> list[GitCommit]:
        """Return the commits of a branch, the newest first."""
        head = self.head(branch)
        return [] if head is None else self.history(head)

    def is_linear(self, branch: str) -> bool:
        """Return whether no commit of a branch has more than one parent."""
        return all(len(commit.parents) <= 1 for commit in self.log(branch))

    def diff(self, old: str | None, new: str) -> dict[str, str]:
        """Return the files that differ between two trees, by path: `added`, `modified` or `removed`."""
        before, after = (
            {} if tree is None else {path: node for path, node in self.paths(tree) if not node.is_tree}
            for tree in (old, new)
        )
        changes = {path: "modified" if path in before else "added" for path in after if before.get(path) != after[path]}
        return changes | dict.fromkeys(before.keys() - after.keys(), "removed")

    def _walk(self, sha: str) -> Iterator[GitCommit]:
        visited: set[str] = set()
        waiting = deque([sha])
        while waiting:
            commit = self.get_commit(waiting.popleft())
            if commit.sha not in visited:
                visited.add(commit.sha)
                waiting.extend(commit.parents)
                yield commit

    def _tree(self, sha: str) -> Tree:
        if sha not in self.trees:
            raise UnknownObject(sha)
        return self.trees[sha]


def _name(kind: str, body: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(body)}\0".encode() + body, usedforsecurity=False).hexdigest()


def _line(signature: Signature) -> str:
    return f"{signature.name} <{signature.email}> {signature.date} +0000"
