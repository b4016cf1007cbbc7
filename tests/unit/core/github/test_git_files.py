"""Many files of one commit: by GraphQL, and by REST where that has no answer."""

import pytest

from core.errors import Unavailable
from core.github.git_files import AT_ONCE, GitFiles
from fakes.github.response import Response
from fakes.github.server import error
from tests.unit.core.github.test_git_data import Branch

FILES = {"a__1.json": b"{}\n", "a__c__2.json": "\u00fc".encode(), "b.bin": b"\xff", "long.json": b"x" * 600_000}
PATHS = ["a/1.json", "a/c/2.json", "a/c", "a/none.json", "b.bin", "b.bin/x", "long.json", "none/x.json"]
CONTENT = {name.replace("__", "/"): content for name, content in FILES.items()}
GRAPHQL = ("POST", "/graphql")


def test_existing_files_are_read_with_a_query_and_odd_ones_by_rest() -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    assert dict(GitFiles(branch.git()).read(PATHS, commit)) == CONTENT
    assert branch.fake.methods["QUERY"] == 1


def test_a_query_has_at_most_a_hundred_files() -> None:
    branch = Branch()
    files = {f"m__{n}.json": b"%d" % n for n in range(AT_ONCE + 1)}
    commit = branch.commit(**files)
    found = dict(GitFiles(branch.git()).read([name.replace("__", "/") for name in files], commit))
    assert (len(found), branch.fake.requests) == (AT_ONCE + 1, 2)


def test_a_server_without_graphql_is_asked_once() -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    files = GitFiles(branch.git())
    branch.fake.fail_at(*GRAPHQL, error(404, "Not Found"))
    assert dict(files.read(PATHS, commit)) == CONTENT
    assert dict(files.read(PATHS, commit)) == CONTENT
    assert branch.fake.methods["QUERY"] == 1


def test_a_failure_that_may_pass_makes_the_write_wait() -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    branch.fake.fail_at(*GRAPHQL, Response(502))
    with pytest.raises(Unavailable, match="502"):
        list(GitFiles(branch.git()).read(PATHS, commit))
    assert dict(GitFiles(branch.git()).read(PATHS, commit)) == CONTENT
