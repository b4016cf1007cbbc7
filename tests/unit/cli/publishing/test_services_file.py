from pathlib import Path

import pytest

from cli.publishing.services_file import ServicesFile, find


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b", "none"):
        Path(folder).mkdir()


def write(*paths: str) -> None:
    for path in paths:
        Path(path).write_text("")


def test_without_a_file_none_applies_and_nothing_is_said() -> None:
    assert find(["a"]) == ServicesFile(None, "", is_expected=True)


def test_the_file_of_the_working_folder_applies() -> None:
    write("services.toml")
    assert find(["a"]) == ServicesFile(Path("services.toml"), "services: services.toml", is_expected=True)
    assert find([]).path == Path("services.toml")


def test_the_file_beside_the_records_applies_and_is_named() -> None:
    write("a/services.toml")
    assert find(["a", "none"]) == ServicesFile(Path("a/services.toml"), "services: a/services.toml", is_expected=False)


def test_of_both_the_one_beside_the_records_applies_and_both_are_named() -> None:
    write("services.toml", "a/services.toml")
    found = find(["a"])
    assert (found.path, found.is_expected) == (Path("a/services.toml"), False)
    assert "./services.toml is not used" in found.remark


def test_the_working_folder_itself_has_one_file() -> None:
    write("services.toml")
    assert find(["."]) == find([])


def test_two_folders_with_a_file_each_leave_that_of_the_working_folder() -> None:
    write("a/services.toml", "b/services.toml")
    assert (find(["a", "b"]).path, "none is used" in find(["a", "b"]).remark) == (None, True)
    write("services.toml")
    assert (find(["a", "b"]).path, find(["a", "b"]).is_expected) == (Path("services.toml"), False)
