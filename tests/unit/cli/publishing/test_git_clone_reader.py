import subprocess
from pathlib import Path

import pytest

from cli.publishing.git_clone_reader import CloneReader


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """With two records, committed."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    write(folder, "o/r/review/1.json", "o/r/review/2.json")
    commit(folder)
    return folder


def git(folder: Path, *words: str) -> str:
    options = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.quotepath=true")
    return subprocess.run(
        ["git", *options, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def write(folder: Path, *paths: str, content: str = "{}") -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "one")
    return git(folder, "rev-parse", "HEAD")


def test_the_first_read_returns_everything_up_to_the_commit(clone: Path) -> None:
    reader = CloneReader(clone)
    assert reader.changes(None) == (("o/r/review/1.json", "o/r/review/2.json"), git(clone, "rev-parse", "HEAD"))
    assert reader.read("o/r/review/1.json") == b"{}"


def test_a_new_clone_returns_what_was_committed_since(clone: Path, tmp_path: Path) -> None:
    _, before = CloneReader(clone).changes(None)
    write(clone, "o/r/review/3.json", "o/ü r/review/4.json")
    write(clone, "o/r/review/1.json", content="[]")
    (clone / "o/r/review/2.json").unlink()
    after = commit(clone)
    git(tmp_path, "clone", "--quiet", str(clone), "anew")
    paths, cursor = CloneReader(tmp_path / "anew").changes(before)
    assert paths == ("o/r/review/1.json", "o/r/review/3.json", "o/ü r/review/4.json")
    assert cursor == after
    assert CloneReader(tmp_path / "anew").changes(after) == ((), after)


def test_uncommitted_files_are_returned(clone: Path) -> None:
    _, cursor = CloneReader(clone).changes(None)
    write(clone, ".gitignore", content="*.json\n")
    write(clone, "o/r/review/9.json")
    write(clone, "o/r/review/1.json", content="[]")
    assert CloneReader(clone).changes(cursor)[0] == (".gitignore", "o/r/review/1.json", "o/r/review/9.json")


@pytest.mark.parametrize("cursor", ["0" * 40, "[1795194000000000000,{}]", "--help"])
def test_an_unknown_cursor_returns_everything(clone: Path, cursor: str) -> None:
    assert CloneReader(clone).changes(cursor)[0] == ("o/r/review/1.json", "o/r/review/2.json")


def test_without_a_commit_it_is_followed_by_time_as_any_folder(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    write(tmp_path, "o/r/review/1.json")
    paths, cursor = CloneReader(tmp_path).changes(None)
    assert paths == ("o/r/review/1.json",)
    assert cursor.startswith("[")


@pytest.mark.parametrize(
    "origin",
    [
        "https://github.com/octo-org/data",
        "https://x-access-token:secret@github.com/octo-org/data.git",
        "git@github.com:octo-org/data.git",
        "ssh://git@github.com:22/octo-org/data.git/",
    ],
)
def test_a_clone_from_github_knows_the_address_of_its_branch(clone: Path, origin: str) -> None:
    git(clone, "remote", "add", "origin", origin)
    git(clone, "checkout", "--quiet", "-b", "a/b#c")
    assert CloneReader(clone).url("github.com") == "https://github.com/octo-org/data/blob/a/b%23c/"


def test_a_clone_without_a_branch_has_the_address_of_its_commit(clone: Path) -> None:
    git(clone, "remote", "add", "origin", "https://git.example.org/octo-org/data")
    git(clone, "checkout", "--quiet", "--detach")
    commit = git(clone, "rev-parse", "HEAD")
    assert CloneReader(clone).url("git.example.org") == f"https://git.example.org/octo-org/data/blob/{commit}/"


@pytest.mark.parametrize(
    "origin",
    [
        "https://gitlab.com/octo-org/data",
        "https://github.com.evil.example/octo-org/data",
        "https://evil.example/github.com/octo-org/data",
        "/srv/github.com/octo-org/data",
        "https://github.com/octo-org/data/more",
    ],
)
def test_a_clone_from_elsewhere_has_no_address(clone: Path, origin: str) -> None:
    assert CloneReader(clone).url("github.com") is None
    git(clone, "remote", "add", "origin", origin)
    assert CloneReader(clone).url("github.com") is None
