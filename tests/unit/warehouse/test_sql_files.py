from pathlib import Path

import pytest

from warehouse.sql_files import FOLDERS, SqlFileError, sql_files, view_statements


def write(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"SELECT '{name}'")
    return root


def test_files_are_in_the_order_of_their_numbers_then_of_their_names(tmp_path: Path) -> None:
    root = write(tmp_path, "dora/10_c.sql", "dora/9_d.sql", "dora/b.sql", "dora/a.sql", "dora/notes.md", "dora/1_e.txt")
    assert [file.name for file in sql_files("dora", root)] == ["d", "c", "a", "b"]


def test_a_file_has_its_path_and_text_and_the_name_of_its_view(tmp_path: Path) -> None:
    [file] = sql_files("dora", write(tmp_path, "dora/1_lead_time.sql"))
    assert file == ("sql/dora/1_lead_time.sql", "lead_time", "SELECT 'dora/1_lead_time.sql'")


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    write(tmp_path, "dora/1_lead_time.sql").joinpath("dora/1_lead_time.sql").write_bytes(b"SELECT '\xff'")
    with pytest.raises(SqlFileError, match=r"^sql/dora/1_lead_time\.sql: not UTF-8$"):
        list(sql_files("dora", tmp_path))


def test_views_precede_the_measures_that_read_them() -> None:
    assert [name for name, _ in view_statements()] == [file.name for folder in FOLDERS for file in sql_files(folder)]
    assert FOLDERS == ("views", "dora", "delivery")
