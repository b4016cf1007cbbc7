from pathlib import Path

import pytest

from cli import atomic_write
from cli.atomic_write import NotWritten
from cli.publishing import publish
from cli.publishing.publish import Destination, FolderPages, parse_destination
from core.errors import PermanentError


@pytest.mark.parametrize(
    ("text", "where", "address"),
    [
        ("s3://telemetry-1/", Destination("s3", "telemetry-1", ""), "s3://telemetry-1/report.md"),
        ("s3://telemetry-1", Destination("s3", "telemetry-1", ""), "s3://telemetry-1/report.md"),
        ("S3://b.c/a//b/", Destination("s3", "b.c", "a/b/"), "s3://b.c/a/b/report.md"),
        (
            "gs://telemetry_1/q4 report",
            Destination("gs", "telemetry_1", "q4 report/"),
            "gs://telemetry_1/q4 report/report.md",
        ),
        ("site/report", Destination("", "site/report", ""), "site/report/report.md"),
    ],
)
def test_where_to_publish_is_a_bucket_or_a_folder(text: str, where: Destination, address: str) -> None:
    assert parse_destination(text) == where
    assert where.address("report.md") == address


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no destination"),
        ("https://example.org/x", "https:// is no place to publish to"),
        ("s3:///x", "'' is not the name of a bucket"),
        ("gs://UPPER/x", "'UPPER' is not the name of a bucket"),
        ("s3://bucket/../x", "not a prefix of keys"),
        ("s3://bucket/a\nb", "not a prefix of keys"),
    ],
)
def test_anything_else_is_refused_by_what_is_wrong_with_it(text: str, says: str) -> None:
    with pytest.raises(PermanentError, match=says):
        parse_destination(text)


def test_pages_are_uploaded_in_order_with_types_below_the_prefix() -> None:
    class Kept(list[tuple[str, bytes, str]]):
        def put(self, key: str, content: bytes, content_type: str) -> None:
            self.append((key, content, content_type))

    page_store = Kept()
    pages = {"report.md": "ü", "report.json": "{}", "report.csv": "a,b", "dashboard.html": "<p>"}
    files = [*pages.items(), ("dashboard/a-0123456789abcdef.html", "<p>")]
    assert publish.publish(files, Destination("s3", "bucket", "p/"), page_store) == [
        f"s3://bucket/p/{name}" for name in pages
    ], "the pages of services are not listed"
    assert page_store == [
        ("p/report.md", "ü".encode(), "text/markdown; charset=utf-8"),
        ("p/report.json", b"{}", "application/json"),
        ("p/report.csv", b"a,b", "text/csv; charset=utf-8"),
        ("p/dashboard.html", b"<p>", "text/html; charset=utf-8"),
        ("p/dashboard/a-0123456789abcdef.html", b"<p>", "text/html; charset=utf-8"),
    ]


def test_a_folder_is_created_and_existing_files_are_replaced(tmp_path: Path) -> None:
    pages = FolderPages(str(tmp_path / "a" / "b"))
    pages.put("report.md", b"1", "")
    pages.put("report.md", b"2", "")
    assert {path.name: path.read_bytes() for path in (tmp_path / "a" / "b").iterdir()} == {"report.md": b"2"}


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"1")
    (tmp_path / "real").chmod(0o600)
    (tmp_path / "link").symlink_to("real")
    atomic_write.write(tmp_path / "link", b"2")
    assert (tmp_path / "link").is_symlink()
    assert ((tmp_path / "real").read_bytes(), (tmp_path / "real").stat().st_mode & 0o777) == (b"2", 0o600)


def test_an_unwritable_file_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotWritten, match=r"file/x\.html cannot be written: "):
        atomic_write.write(tmp_path / "file" / "x.html", b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(NotWritten, match="folder cannot be written: Is a directory"):
        atomic_write.write(tmp_path / "folder", b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
