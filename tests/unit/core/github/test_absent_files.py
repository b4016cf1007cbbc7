import pytest

from core.github.absent_files import is_absent, names_in

FOLDERS = {"": ["README.md", "docs"], "docs": ["a.md"], "README.md": []}


@pytest.mark.parametrize("path", ["LICENSE", "docs/b.md", "none/a.md", "none/such/a.md", "README.md/a"])
def test_a_file_that_its_folder_does_not_list_is_absent(path: str) -> None:
    assert is_absent(path, FOLDERS.get)


@pytest.mark.parametrize("path", ["README.md", "docs/a.md", "docs"])
def test_a_file_that_is_listed_is_not_absent(path: str) -> None:
    assert is_absent(path, FOLDERS.get) is False


def test_without_a_listing_of_the_root_nothing_is_shown() -> None:
    assert is_absent("docs/README.md", lambda _: None) is None
    assert is_absent("docs/README.md", {"": ["docs"]}.get) is None


def test_an_empty_root_has_no_file() -> None:
    assert is_absent("README.md", lambda _: [])


def test_the_names_of_a_listing_are_read_and_all_else_is_left_out() -> None:
    assert names_in([{"name": "a"}, {"name": 1}, "b", None]) == ["a"]
    assert names_in({"type": "file"}) == []
