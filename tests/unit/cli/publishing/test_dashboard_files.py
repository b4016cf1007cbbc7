"""The files of a dashboard: the main page, and a folder of pages of services."""

from pathlib import Path

import pytest

from cli.atomic_write import NotWritten
from cli.publishing.dashboard_files import live_page, remove_old, write
from tests.unit.warehouse.sample_report import empty
from warehouse.dashboard import page

A, B = "dashboard/a-0123456789abcdef.html", "dashboard/b-0123456789abcdef-2.html"
PAGE = page(empty(), ())


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_pages_of_services_that_are_gone_are_removed(tmp_path: Path) -> None:
    write(tmp_path, [(A, PAGE), (B, PAGE), ("dashboard.html", PAGE)])
    assert files(tmp_path) == {A, B, "dashboard.html"}
    write(tmp_path, [(B, PAGE), ("dashboard.html", PAGE)])
    assert files(tmp_path) == {B, "dashboard.html"}
    write(tmp_path, [("dashboard.html", PAGE)])
    assert files(tmp_path) == {"dashboard.html"}


def test_files_of_somebody_else_stay(tmp_path: Path) -> None:
    write(tmp_path, [(A, PAGE), ("dashboard.html", PAGE)])
    own = {
        "dashboard/index.html": PAGE,
        "dashboard/c-0123456789abcdef.html": "<p>of somebody else",
        "dashboard/c-0123456789abcdef.txt": PAGE,
        "other/a-0123456789abcdef.html": PAGE,
    }
    for name, text in own.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "dashboard/d-0123456789abcdef.html").symlink_to(tmp_path / "dashboard.html")
    write(tmp_path, [("dashboard.html", PAGE)])
    assert files(tmp_path) == {"dashboard.html", "dashboard/d-0123456789abcdef.html", *own}


def test_a_folder_that_is_a_link_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "real", [(A, PAGE), ("dashboard.html", PAGE)])
    (tmp_path / "dashboard").symlink_to(tmp_path / "real" / "dashboard")
    remove_old(tmp_path / "dashboard.html", ())
    assert (tmp_path / "real" / A).exists()


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "dashboard").write_text("")
    with pytest.raises(NotWritten, match=r"dashboard/a-0123456789abcdef\.html cannot be written"):
        write(tmp_path, [(A, PAGE), ("dashboard.html", PAGE)])
    assert not (tmp_path / "dashboard.html").exists()


@pytest.mark.parametrize(
    ("name", "is_shown"),
    [
        ("a-0123456789abcdef.html", True),
        ("b-0123456789abcdef.html", False),
        ("../dashboard.html", False),
        ("index.html", False),
        ("", False),
    ],
)
def test_the_server_shows_pages_of_services_and_nothing_else(tmp_path: Path, name: str, *, is_shown: bool) -> None:
    write(tmp_path, [(A, PAGE), ("dashboard.html", PAGE)])
    (tmp_path / "dashboard/index.html").write_text(PAGE)
    (tmp_path / "dashboard/b-0123456789abcdef.html").write_text("of somebody else")
    assert live_page(name, tmp_path) == (PAGE.encode() if is_shown else None)


def test_a_main_page_without_a_name_of_its_own_is_written(tmp_path: Path) -> None:
    write(tmp_path, [(".html", PAGE)])
    assert files(tmp_path) == {".html"}
