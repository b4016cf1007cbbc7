"""Listing and comparing trees: which paths are named, and how many trees are read for it."""

from typing import Any, cast

import pytest

from core.errors import Unavailable
from core.github.git_data import Entry, GitData
from core.github.trees import diff_trees, list_files

Folder = dict[str, Any]


class Trees:
    """Implements GitData.entries on nested dictionaries: text is a file, a dictionary a folder, None a submodule.

    Equal folders have equal names, as in git. A list of more than `most` entries is truncated, as GitHub does.
    """

    def __init__(self, most: int = 1000) -> None:
        self.most = most
        self.calls: list[tuple[str, bool]] = []
        self._folders: dict[str, Folder] = {}

    def add(self, folder: Folder) -> str:
        """Add a folder and return its name."""
        name = repr(folder)
        self._folders[name] = folder
        return name

    def entries(self, tree: str, *, recursive: bool = False) -> list[Entry] | None:
        """Return the entries of a tree, and with `recursive` of the trees below it."""
        self.calls.append((tree, recursive))
        entries = list(self._below(self._folders[tree], "") if recursive else self._inside(self._folders[tree], ""))
        return None if len(entries) > self.most else entries

    def _inside(self, folder: Folder, above: str) -> list[Entry]:
        kinds = {str: "blob", dict: "tree", type(None): "commit"}
        return [
            Entry(f"{above}{name}", kinds[type(item)], self.add(item) if isinstance(item, dict) else str(item))
            for name, item in folder.items()
        ]

    def _below(self, folder: Folder, above: str) -> list[Entry]:
        entries = self._inside(folder, above)
        for name, item in folder.items():
            if isinstance(item, dict):
                entries += self._below(item, f"{above}{name}/")
        return entries


def listed(trees: Trees, folder: Folder, prefix: str) -> list[str]:
    return sorted(list_files(cast("GitData", trees), trees.add(folder), prefix))


def changed(trees: Trees, before: Folder | None, after: Folder) -> list[str]:
    old = None if before is None else trees.add(before)
    return sorted(diff_trees(cast("GitData", trees), old, trees.add(after)))


STORE: Folder = {
    "README.md": "1",
    "o": {"r": {"review": {"1.json": "2", "2.json": "3"}, "review-old": {"3.json": "4"}, "vendored": None}},
    "other": {"x.json": "5"},
}


@pytest.mark.parametrize(
    ("prefix", "paths"),
    [
        ("", ["README.md", "o/r/review-old/3.json", "o/r/review/1.json", "o/r/review/2.json", "other/x.json"]),
        ("o/r/review/", ["o/r/review/1.json", "o/r/review/2.json"]),
        ("o/r/review", ["o/r/review-old/3.json", "o/r/review/1.json", "o/r/review/2.json"]),
        ("o/r/review/1", ["o/r/review/1.json"]),
        ("o", ["o/r/review-old/3.json", "o/r/review/1.json", "o/r/review/2.json", "other/x.json"]),
        ("o/", ["o/r/review-old/3.json", "o/r/review/1.json", "o/r/review/2.json"]),
        ("o/missing/", []),
        ("README.md/", []),
        ("o/r/vendored/", []),
    ],
)
def test_files_are_listed_by_prefix(prefix: str, paths: list[str]) -> None:
    assert listed(Trees(), STORE, prefix) == paths


def test_only_the_folders_of_the_prefix_are_read() -> None:
    trees = Trees()
    listed(trees, STORE, "o/r/review/")
    assert [recursive for _, recursive in trees.calls] == [False, False, False, True]
    assert trees.add(STORE["other"]) not in [tree for tree, _ in trees.calls]


def test_a_missing_folder_ends_the_listing_at_once() -> None:
    trees = Trees()
    assert listed(trees, STORE, "missing/r/review/") == []
    assert len(trees.calls) == 1


@pytest.mark.parametrize("prefix", ["", "o/"])
def test_a_truncated_list_is_read_folder_by_folder(prefix: str) -> None:
    assert listed(Trees(most=3), STORE, prefix) == listed(Trees(), STORE, prefix)


def test_a_folder_that_github_cannot_list_is_unavailable() -> None:
    trees = Trees(most=2)
    with pytest.raises(Unavailable, match="holds more than GitHub lists"):
        listed(trees, {"a": "1", "b": "2", "c": "3"}, "")
    with pytest.raises(Unavailable, match="holds more than GitHub lists"):
        changed(trees, {}, {"a": "1", "b": "2", "c": "3"})


def test_without_an_earlier_tree_every_file_is_a_change() -> None:
    assert changed(Trees(), None, STORE) == listed(Trees(), STORE, "")


AFTER: Folder = {
    "README.md": "changed",
    "o": {"r": {"review": {"1.json": "2", "9.json": "9"}, "review-old": {"3.json": "4"}, "vendored": None}},
    "other": {"x.json": "5"},
    "new": {"deep": {"y.json": "6"}},
}


def test_added_and_changed_files_are_named_and_removed_ones_are_not() -> None:
    assert changed(Trees(), STORE, AFTER) == ["README.md", "new/deep/y.json", "o/r/review/9.json"]


def test_folders_that_are_equal_in_both_trees_are_not_read() -> None:
    trees = Trees()
    changed(trees, STORE, AFTER)
    read = [tree for tree, _ in trees.calls]
    assert trees.add(STORE["other"]) not in read
    assert trees.add(STORE["o"]["r"]["review-old"]) not in read
    assert changed(trees, AFTER, AFTER) == []


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({"a": "1"}, {"a": {"b": "1"}}, ["a/b"]),
        ({"a": {"b": "1"}}, {"a": "1"}, ["a"]),
        ({"a": None}, {"a": {"b": "1"}}, ["a/b"]),
        ({"a": "1"}, {"a": None}, []),
        ({"a": {"b": "1"}}, {"a": {}}, []),
        ({"a": "1"}, {"b": "1"}, ["b"]),
    ],
)
def test_a_file_that_becomes_a_folder_or_a_submodule(before: Folder, after: Folder, paths: list[str]) -> None:
    assert changed(Trees(), before, after) == paths
