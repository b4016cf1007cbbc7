"""Tests that the SHAs of the fake GitHub's objects equal those of git."""

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.github.git_database import GitDatabase, Signature

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Return a function that runs git in a temporary repository without the user's configuration."""
    program = shutil.which("git")
    if program is None:
        pytest.skip("not installed: git")
    settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "HOME": str(tmp_path)}

    def run(*arguments: str, content: bytes = b"", **more: str) -> str:
        options = {"cwd": tmp_path, "env": settings | more, "input": content, "capture_output": True}
        return subprocess.run([program, *arguments], check=True, **options).stdout.decode().strip()

    run("init", "--quiet")
    return run


@pytest.mark.parametrize("content", [b"", b"1\n", bytes(range(256)), "ü".encode() * 1000])
def test_blobs_have_the_same_names_as_in_git(git: Git, content: bytes) -> None:
    assert GitDatabase().blob(content) == git("hash-object", "-w", "--stdin", content=content)


def git_tree(git: Git, files: dict[str, bytes]) -> str:
    """Write a tree of files with git, folder by folder, and return its SHA."""
    lines, folders = [], {}
    for path, content in files.items():
        name, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(name, {})[rest] = content
        else:
            lines.append(f"100644 blob {git('hash-object', '-w', '--stdin', content=content)}\t{name}\0")
    lines += [f"040000 tree {git_tree(git, inner)}\t{name}\0" for name, inner in folders.items()]
    return git("mktree", "-z", content="".join(lines).encode())


SORTING = ["a", "a-b/x", "a.b", "a0", "ab/y", "b/c/d", "b.c", "b0", "ü/z", "Z", "~"]
"""A folder `b` comes after a file `b.c` and before `b0`: it is sorted as if it were `b/`."""


@pytest.mark.parametrize("seed", range(4))
def test_trees_have_the_same_names_as_in_git(git: Git, seed: int) -> None:
    randomly = random.Random(seed)
    paths = randomly.sample(SORTING, len(SORTING))
    files = {path: b"%d" % randomly.randrange(3) for path in paths}
    database = GitDatabase()
    half = database.changed(None, {path: database.blob(files[path]) for path in paths[:5]})
    tree = database.changed(half, {path: database.blob(files[path]) for path in paths[5:]})
    assert tree == git_tree(git, files)
    assert GitDatabase().tree({}) == git_tree(git, {})


@pytest.mark.parametrize("message", ["One", "One\n", "Ü\n\nmore\n", ""])
def test_commits_have_the_same_names_as_in_git(git: Git, message: str) -> None:
    database, tree = GitDatabase(), git_tree(git, {})
    assert database.tree({}) == tree
    ada, grace = Signature("Ada Ü", "ada@example.com", 1_700_000_000), Signature("Grace", "g@h.i", 1_800_000_000)
    parents: list[str] = []
    for _ in range(3):
        variables = {
            f"GIT_{role}_{field}": str(value)
            for role, person in (("AUTHOR", ada), ("COMMITTER", grace))
            for field, value in zip(("NAME", "EMAIL", "DATE"), (*person[:2], f"{person.date} +0000"), strict=True)
        }
        named = [part for parent in parents for part in ("-p", parent)]
        sha = git("commit-tree", tree, *named, content=message.encode(), **variables)
        assert database.commit(tree, tuple(parents), message, ada, grace).sha == sha
        parents.insert(0, sha)
