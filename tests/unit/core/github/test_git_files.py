"""Many files of one commit: by GraphQL, and by REST where that has no answer."""

import pytest

from core.errors import Unavailable
from core.github.git_files import AT_ONCE, GitFiles
from fakes.github.response import Response, json_answer
from fakes.github.server import error
from tests.unit.core.github.test_git_data import Branch

FILES = {"a__1.json": b"{}\n", "a__c__2.json": "\u00fc".encode(), "b.bin": b"\xff", "long.json": b"x" * 600_000}
PATHS = ["a/1.json", "a/c/2.json", "a/c", "a/none.json", "b.bin", "b.bin/x", "long.json", "none/x.json"]
CONTENT = {name.replace("__", "/"): content for name, content in FILES.items()}
GRAPHQL = ("POST", "/graphql")


def test_existing_files_are_read_with_a_query_and_odd_ones_by_rest() -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    assert dict(GitFiles(branch.git()).read(PATHS, commit, is_urgent=True)) == CONTENT
    assert branch.fake.methods["QUERY"] == 1


def test_a_query_has_at_most_a_hundred_files() -> None:
    branch = Branch()
    files = {f"m__{n}.json": b"%d" % n for n in range(AT_ONCE + 1)}
    commit = branch.commit(**files)
    found = dict(GitFiles(branch.git()).read([name.replace("__", "/") for name in files], commit, is_urgent=True))
    assert (len(found), branch.fake.requests) == (AT_ONCE + 1, 2)


def test_a_server_without_graphql_is_asked_once() -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    files = GitFiles(branch.git())
    branch.fake.fail_at(*GRAPHQL, error(404, "Not Found"))
    assert dict(files.read(PATHS, commit, is_urgent=True)) == CONTENT
    assert dict(files.read(PATHS, commit, is_urgent=True)) == CONTENT
    assert branch.fake.methods["QUERY"] == 1


@pytest.mark.parametrize(
    "refusal",
    [
        Response(502),
        error(401, "Bad credentials"),
        error(403, "Forbidden by a proxy"),
        error(403, "Repository access blocked"),
        error(429, "API rate limit exceeded", {"X-RateLimit-Remaining": "0"}),
    ],
)
def test_files_are_read_by_rest_while_graphql_fails(refusal: Response) -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    files = GitFiles(branch.git())
    branch.fake.fail_at(*GRAPHQL, refusal)
    assert dict(files.read(PATHS, commit, is_urgent=True)) == CONTENT


def test_a_read_that_is_not_urgent_waits_while_graphql_fails() -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    branch.fake.fail_at(*GRAPHQL, Response(502))
    with pytest.raises(Unavailable, match="502"):
        list(GitFiles(branch.git()).read(PATHS, commit, is_urgent=False))
    assert branch.fake.requests == 1


def test_a_failure_of_both_interfaces_makes_the_write_wait() -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    branch.fake.fail_at(*GRAPHQL, Response(502))
    branch.fake.fail_at("GET", "git/commits/", Response(502))
    with pytest.raises(Unavailable, match="502"):
        list(GitFiles(branch.git()).read(PATHS, commit, is_urgent=True))


def test_a_secondary_limit_of_a_query_makes_the_write_wait() -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    branch.fake.fail_at(*GRAPHQL, error(403, "You have exceeded a secondary rate limit"))
    with pytest.raises(Unavailable, match="no requests for now"):
        list(GitFiles(branch.git()).read(PATHS, commit, is_urgent=True))


def test_a_commit_that_graphql_does_not_have_yet_is_read_by_rest() -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    nothing = {f"f{number}": None for number in range(len(PATHS) + 1)}
    branch.fake.fail_at(*GRAPHQL, json_answer({"data": {"repository": nothing}}))
    assert dict(GitFiles(branch.git()).read(PATHS, commit, is_urgent=True)) == CONTENT


def test_each_folder_is_listed_once_for_all_files() -> None:
    branch = Branch()
    files = {f"m/{n}.json": b"%d" % n for n in range(2 * AT_ONCE)}
    commit = branch.commit(**{"m__0.json": b"0"})
    branch.fake.fail_at(*GRAPHQL, Response(502))
    assert dict(GitFiles(branch.git()).read(files, commit, is_urgent=True)) == {"m/0.json": b"0"}
    assert branch.fake.requests == len(["query", "commit", "root", "folder", "file"])


def test_the_files_of_a_folder_that_is_not_listed_completely_are_read() -> None:
    branch = Branch()
    commit = branch.commit(**FILES)
    root = branch.repository.git.get_commit(commit).tree
    branch.fake.fail_at(*GRAPHQL, error(404, "Not Found"))
    branch.fake.fail_at("GET", f"git/trees/{root}", json_answer({"sha": root, "tree": [], "truncated": True}))
    assert dict(GitFiles(branch.git()).read(PATHS, commit, is_urgent=True)) == CONTENT
