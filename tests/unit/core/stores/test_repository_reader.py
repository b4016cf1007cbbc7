import gzip
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from core.errors import Unavailable
from core.github.api import GitHubApi, pooled_session
from core.github.git_data import DataRepository, GitData
from core.github.write_budget import WriteBudget
from core.secrets_cache import DATA_TOKEN, SecretsCache
from core.stores.folder_reader import LONGEST
from core.stores.repository_reader import RepositoryReader
from core.stores.tar_archive import TarArchive
from fakes.github.response import Response
from fakes.github.transport import FakeGitHubAdapter
from tests.git_branch import NAME, OWNER, DataBranch

Open = Callable[[DataBranch], RepositoryReader]


@pytest.fixture
def reader() -> Iterator[Open]:
    """Opens readers, and closes them at the end."""
    with ExitStack() as stack:
        yield lambda data_branch: stack.enter_context(closing(opened(data_branch)))


def opened(data_branch: DataBranch) -> RepositoryReader:
    session = pooled_session()
    session.mount("https://", FakeGitHubAdapter(data_branch.fake))
    api = GitHubApi(session, SecretsCache(data_branch.secrets), DATA_TOKEN, data_branch.fake.api_url)
    repository = DataRepository(OWNER, NAME, data_branch.branch)
    return RepositoryReader(api, repository, GitData(api, repository, WriteBudget()))


def written(data_branch: DataBranch, *paths: str, content: bytes = b"{}") -> None:
    data_branch.store().write(dict.fromkeys(paths, content), "some")


def asked(data_branch: DataBranch) -> int:
    """How many requests there were since the last look."""
    before, data_branch.fake.requests = data_branch.fake.requests, 0
    return before


def test_the_first_read_gets_all_files_in_one_archive(reader: Open) -> None:
    data_branch = DataBranch()
    written(data_branch, *(f"o/r/review/2026-11-{day:02}/{n}.json" for day in range(1, 20) for n in range(20)))
    asked(data_branch)
    source = reader(data_branch)
    paths, _ = source.changes(None)
    assert (len(paths), {source.read(path) for path in paths}, asked(data_branch)) == (380, {b"{}"}, 3)
    assert list(paths) == sorted(data_branch.files())


def test_then_only_what_is_new_is_asked_for(reader: Open) -> None:
    data_branch = DataBranch()
    written(data_branch, "a/1.json", "a/2.json")
    source = reader(data_branch)
    _, cursor = source.changes(None)
    written(data_branch, "a/1.json", "b/3.json", content=b"[]")
    asked(data_branch)
    paths, after = source.changes(cursor)
    assert (paths, [source.read(path) for path in paths]) == (("a/1.json", "b/3.json"), [b"[]", b"[]"])
    assert asked(data_branch) == 4
    assert source.changes(after) == ((), after)
    assert asked(data_branch) == 1


def test_where_more_is_new_than_github_names_the_archive_is_taken_again(reader: Open) -> None:
    data_branch = DataBranch()
    written(data_branch, "a/1.json")
    source = reader(data_branch)
    _, cursor = source.changes(None)
    written(data_branch, *(f"b/{n}.json" for n in range(301)))
    asked(data_branch)
    paths, _ = source.changes(cursor)
    assert (len(paths), source.read("b/300.json"), asked(data_branch)) == (302, b"{}", 4)


@pytest.mark.parametrize("cursor", ["", "x", "0" * 40])
def test_a_cursor_of_no_commit_returns_everything(reader: Open, cursor: str) -> None:
    data_branch = DataBranch()
    written(data_branch, "a/1.json")
    assert reader(data_branch).changes(cursor)[0] == ("a/1.json",)


def test_an_empty_repository_has_no_files(reader: Open) -> None:
    source = reader(DataBranch(empty=True))
    assert (source.changes(None), source.read("a")) == (((), ""), None)


def test_an_absent_file_reads_as_none(reader: Open) -> None:
    data_branch = DataBranch()
    written(data_branch, "a/1.json")
    source = reader(data_branch)
    source.changes(None)
    assert (source.read("a"), source.read("a/2.json")) == (None, None)


def test_a_rejected_token_is_named(reader: Open) -> None:
    data_branch = DataBranch(token="another")
    with pytest.raises(Unavailable, match="REPO_WRITE_ACCESS_TOKEN"):
        reader(data_branch).changes(None)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Response(404, body=b"{}"), "the data repository: GET .+: 404: GitHub does not have it, or the data token "),
        (Response(503), "the data repository: GET /repos/octo-org/telemetry-data/tarball/"),
        ("cut", "the archive of the data repository: GET "),
        (Response(200, body=b"<html>"), "the archive of the data repository is not a tar archive"),
        (Response(200, body=gzip.compress(b"x" * 9000)[:-9]), "the archive of the data repository is truncated"),
        (Response(200, body=gzip.compress(b"x" * 9000)), "the archive of the data repository cannot be read"),
    ],
)
def test_an_archive_that_cannot_be_had_says_why(reader: Open, fault: Any, reason: str) -> None:
    data_branch = DataBranch()
    written(data_branch, "a/1.json")
    data_branch.fake.fail_at("GET", "tarball", fault)
    with pytest.raises(Unavailable, match=f"^{reason}"):
        reader(data_branch).changes(None)


def packed(*members: tuple[str, bytes, bytes]) -> bytes:
    """An archive of members: name, kind and content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, kind, content in members:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(content), "/etc/passwd"
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def test_of_an_archive_only_files_are_read_and_of_a_huge_one_its_beginning() -> None:
    long, huge = "o" * 90 + "/" + "r" * 120, b"x" * (LONGEST + 10)
    archive = TarArchive(
        [
            packed(
                ("top", tarfile.DIRTYPE, b""),
                ("top/link.json", tarfile.SYMTYPE, b""),
                (f"top/{long}/1.json", tarfile.REGTYPE, "ü".encode()),
                ("top/huge.json", tarfile.REGTYPE, huge),
                ("top/empty.json", tarfile.REGTYPE, b""),
            )
        ]
    )
    assert {path: archive.read(path) for path in archive.paths()} == {
        f"{long}/1.json": "ü".encode(),
        "huge.json": huge[: LONGEST + 1],
        "empty.json": b"",
    }
    archive.close()
