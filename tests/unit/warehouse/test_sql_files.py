from pathlib import Path

import pytest

from warehouse.sql_files import FOLDERS, SqlFileError, files_for, named_files, ordered_files, sql_files, view_statements
from warehouse.table_names import tables_read


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


def written(root: Path, **texts: str) -> Path:
    """Write models by name, and empty folders of measures."""
    for folder in FOLDERS:
        (root / folder).mkdir()
    for name, text in texts.items():
        (root / "views" / f"{name}.sql").write_text(text)
    return root


def names(root: Path) -> list[str]:
    return [file.name for file in ordered_files(root)]


def test_every_file_follows_those_that_it_reads() -> None:
    order = [name for name, _ in view_statements()]
    assert sorted(order) == sorted(file.name for folder in FOLDERS for file in sql_files(folder))
    for position, file in enumerate(ordered_files()):
        assert {*order} & tables_read(file.text) <= {*order[:position]}, file.name


def test_a_new_model_is_placed_by_what_it_reads(tmp_path: Path) -> None:
    root = written(
        tmp_path, a="SELECT * FROM c", b="SELECT * FROM review", c="SELECT * FROM b JOIN catalog USING (host)"
    )
    assert names(root) == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"a": "SELECT * FROM b", "b": "SELECT * FROM a"}, "sql/views/a.sql: reads itself: a reads b reads a"),
        ({"a": "SELECT * FROM A"}, "sql/views/a.sql: reads itself: a reads a"),
        ({"a": "SELECT 1 FROM reviews"}, "sql/views/a.sql: reads an unknown table: reviews (did you mean review?)"),
        ({"a": "SELECT 1 FROM x.y, zz"}, "sql/views/a.sql: reads an unknown table: x.y, zz"),
        ({"review": "SELECT 1"}, "sql/views/review.sql: has the name of another table"),
        ({"a": "SELEC 1"}, 'sql/views/a.sql: syntax error at or near "SELEC"'),
        ({"a": "SELECT 1; SELECT 2"}, "sql/views/a.sql: holds 2 statements instead of one"),
        ({"a": "DROP TABLE review"}, "sql/views/a.sql: Only SELECT statements can be serialized to json!"),
    ],
)
def test_a_model_that_cannot_be_ordered_is_named(tmp_path: Path, texts: dict[str, str], message: str) -> None:
    with pytest.raises(SqlFileError) as caught:
        ordered_files(written(tmp_path, **texts))
    assert str(caught.value) == message


def test_the_files_of_a_measure_are_those_that_it_builds_on_in_order() -> None:
    needed = files_for(["change_lead_time"])
    wanted = {file.name for file in needed}
    every = {file.name for file in ordered_files()}
    assert [file for file in ordered_files() if file.name in wanted] == list(needed)
    assert needed[-1].name == "change_lead_time"
    assert {table for file in needed for table in tables_read(file.text)} & every == wanted - {"change_lead_time"}
    assert not wanted & {"incidents", "change_fail_rate"}


def test_files_are_named_in_any_order() -> None:
    names = ["rework", "change_lead_time", "deployments"]
    assert [file.name for file in named_files(names)] == names
    assert {*named_files(names)} <= {*ordered_files()}


def test_all_unknown_tables_are_named_at_once(tmp_path: Path) -> None:
    root = written(tmp_path, a="SELECT * FROM q", b="SELECT * FROM w")
    with pytest.raises(SqlFileError, match=r"a\.sql: reads an unknown table: q; sql/views/b\.sql: reads .*: w$"):
        ordered_files(root)


def test_a_model_and_a_measure_of_one_name_are_refused(tmp_path: Path) -> None:
    root = written(tmp_path, a="SELECT 1")
    (root / "dora" / "1_a.sql").write_text("SELECT 1")
    with pytest.raises(SqlFileError, match=r"^sql/dora/1_a\.sql: sql/views/a\.sql has the same name$"):
        ordered_files(root)
