"""The calls of the Git Data API: what each sends and returns, and what it makes of an unexpected response.

https://docs.github.com/en/rest/git
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from core.errors import Conflict, Unavailable
from core.github.api import TransportError
from core.github.git_data import COMPARED, DataRepository, Entry, GitData, Person, is_sha
from core.github.write_budget import PER_MINUTE, WriteBudget
from fakes.github.faults import Fault
from fakes.github.server import Response, error
from tests.git_branch import NAME, OWNER, DataBranch

UNKNOWN = "0" * 40


class Branch(DataBranch):
    """The data repository, and the bodies of the requests that write."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.bodies: list[Any] = []
        answer = self.fake.answer

        def record(method: str, path: str, query: Mapping[str, str], headers: Any, body: bytes = b"") -> Response:
            if body:
                self.bodies.append(json.loads(body))
            return answer(method, path, query, CaseInsensitiveDict(headers), body)

        self.fake.answer = record  # type: ignore[method-assign]

    def git(self, author: Person | None = None, committer: Person | None = None) -> GitData:
        """Return the client under test."""
        repository = DataRepository(OWNER, NAME, self.branch, author, committer)
        return GitData(self.api(), repository, WriteBudget(self.clock.seconds, self.pause))

    @property
    def head(self) -> str:
        """Return the branch's newest commit."""
        return str(self.repository.git.head(self.branch))

    def commit(self, **files: bytes | None) -> str:
        """Commit files without the client; None removes one; two underscores in a name are a slash."""
        git = self.repository.git
        parent = git.get_commit(self.head)
        changes = {
            name.replace("__", "/"): None if content is None else git.blob(content) for name, content in files.items()
        }
        commit = git.commit(git.changed(parent.tree, changes), (parent.sha,), "message", parent.author)
        git.show(self.branch, commit.sha)
        return commit.sha


def test_head_is_the_newest_commit_of_the_branch() -> None:
    branch = Branch(branch="data/main")
    branch.repository.git.show("data/main", str(branch.repository.git.head("main")))
    commit = branch.commit(a=b"1")
    assert branch.git().head() == commit


@pytest.mark.parametrize("response", [None, error(409, "Git Repository is empty.")])
def test_an_empty_repository_has_no_head(response: Response | None) -> None:
    branch = Branch(empty=response is None)
    if response is not None:
        branch.fake.fail_at("GET", "git/ref/", response)
    assert branch.git().head() is None


def test_a_missing_default_branch_is_an_empty_repository() -> None:
    branch = Branch()
    branch.fake.fail_at("GET", "git/ref/|branches/", *[error(404, "Not Found")] * 2)
    assert branch.git().head() is None


def test_a_404_of_a_branch_that_exists_is_no_empty_repository() -> None:
    branch = Branch()
    branch.commit(a=b"1")
    branch.fake.fail_at("GET", "git/ref/", error(404, "Not Found"))
    with pytest.raises(Unavailable):
        branch.git().head()
    assert branch.git().head() is not None


def test_another_missing_branch_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="has no branch other"):
        Branch(branch="other").git().head()


def test_a_commit_has_a_root_tree() -> None:
    branch = Branch()
    commit = branch.commit(a=b"1")
    tree = branch.git().tree_of(commit)
    assert tree == branch.repository.git.get_commit(commit).tree
    assert branch.git().tree_of(UNKNOWN) is None


def test_entries_have_a_path_a_kind_and_a_name() -> None:
    branch = Branch()
    branch.commit(a=b"1", folder__b=b"2")
    git, tree = branch.repository.git, branch.repository.git.get_commit(branch.head).tree
    blobs = [Entry("a", "blob", git.blob(b"1")), Entry("folder/b", "blob", git.blob(b"2"))]
    folder = git.at(tree, "folder")
    assert folder is not None
    assert branch.git().entries(tree) == [blobs[0], Entry("folder", "tree", folder.sha)]
    assert branch.git().entries(tree, recursive=True) == [blobs[0], Entry("folder", "tree", folder.sha), blobs[1]]


def test_a_truncated_list_of_entries_is_none() -> None:
    branch = Branch()
    branch.fake.state.tree_limit = 1
    branch.commit(a=b"1", b=b"2")
    tree = branch.repository.git.get_commit(branch.head).tree
    assert branch.git().entries(tree, recursive=True) is None


@pytest.mark.parametrize("tree", [b"{}", b'{"tree":7}', b'{"tree":[{"path":"a"}]}', b'{"tree":["a"]}'])
def test_a_response_without_entries_is_unavailable(tree: bytes) -> None:
    branch = Branch()
    branch.fake.fail_at("GET", "git/trees/", Response(200, {}, tree))
    with pytest.raises(Unavailable, match="the response is not a tree"):
        branch.git().entries(UNKNOWN)


def test_a_file_is_read_at_a_commit() -> None:
    branch = Branch()
    before, after = branch.commit(a=b"1"), branch.commit(a=b"\x00\xff")
    git = branch.git()
    assert [git.file("a", commit) for commit in (before, after)] == [b"1", b"\x00\xff"]
    assert git.file("missing", after) is None


def test_a_path_is_quoted() -> None:
    branch = Branch()
    git = branch.repository.git
    parent = git.get_commit(branch.head)
    path = "a b/ü?#%.json"
    commit = git.commit(git.changed(parent.tree, {path: git.blob(b"1")}), (parent.sha,), "message", parent.author)
    assert branch.git().file(path, commit.sha) == b"1"


def test_a_folder_is_not_a_file() -> None:
    branch = Branch()
    assert branch.git().file("folder", branch.commit(folder__a=b"1")) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "symlink", "encoding": "base64", "content": ""},
        {"type": "submodule"},
        {"type": "file", "submodule_git_url": "x", "content": ""},
    ],
)
def test_a_link_or_submodule_is_not_a_file(fields: dict[str, str]) -> None:
    branch = Branch()
    branch.fake.fail_at("GET", "contents/", Response(200, {}, json.dumps(fields).encode()))
    assert branch.git().file("a", branch.head) is None


def test_a_file_over_a_megabyte_is_read_in_the_raw_media_type() -> None:
    branch = Branch()
    content = b"x" * 1_200_000
    assert branch.git().file("a", branch.commit(a=content)) == content
    assert branch.fake.methods["GET"] == 2


@pytest.mark.parametrize("body", [b'{"type":"file","encoding":"base64","content":"%"}', b'{"type":"file"}', b'{"a":1}'])
def test_a_file_without_readable_content_is_unavailable(body: bytes) -> None:
    branch = Branch()
    branch.fake.fail_at(
        "GET", "contents/", Response(200, {}, body), Response(200, {"Content-Type": "text/html"}, b"<p>")
    )
    with pytest.raises(Unavailable):
        branch.git().file("a", branch.head)


def test_a_not_found_that_github_did_not_send_is_no_missing_file() -> None:
    branch = Branch()
    branch.fake.fail_at("GET", "contents/", Response(404, {"Content-Type": "text/html"}, b"<h1>Nothing here</h1>"))
    with pytest.raises(Unavailable):
        branch.git().file("a", branch.head)


def test_changed_names_added_and_changed_files() -> None:
    branch = Branch()
    before = branch.commit(a=b"1", b=b"1", c=b"1")
    after = branch.commit(b=b"2", c=None, d__e=b"1")
    assert branch.git().changed(before, after) == ["b", "d/e"]
    assert branch.git().changed(after, after) == []


def test_a_comparison_from_an_unknown_commit_is_none() -> None:
    branch = Branch()
    assert branch.git().changed(UNKNOWN, branch.head) is None


def test_a_comparison_that_is_not_ahead_is_none() -> None:
    branch = Branch()
    before = branch.head
    after = branch.commit(a=b"1")
    assert branch.git().changed(after, before) is None


@pytest.mark.parametrize(("files", "is_complete"), [(COMPARED - 1, True), (COMPARED, False)])
def test_a_comparison_of_300_files_may_be_incomplete(files: int, is_complete: bool) -> None:  # noqa: FBT001 (a parameter)
    branch = Branch()
    before = branch.head
    after = branch.commit(**{f"f{number}": b"1" for number in range(files)})
    changes = branch.git().changed(before, after)
    assert (changes is not None, len(changes or [])) == (is_complete, files if is_complete else 0)


@pytest.mark.parametrize("body", [b'{"status":"ahead"}', b'{"status":"ahead","files":{}}', b'{"files":[]}'])
def test_a_comparison_without_files_is_none(body: bytes) -> None:
    branch = Branch()
    branch.fake.fail_at("GET", "compare/", Response(200, {}, body))
    assert branch.git().changed(branch.head, branch.head) is None


def test_is_in_recognises_ancestors() -> None:
    branch = Branch()
    before = branch.head
    after = branch.commit(a=b"1")
    git = branch.git()
    assert [git.is_in(*commits) for commits in ((before, after), (after, after), (after, before))] == [
        True,
        True,
        False,
    ]


def test_a_tree_takes_text_inline_and_other_bytes_as_blobs() -> None:
    branch = Branch()
    base = branch.repository.git.get_commit(branch.commit(old=b"1")).tree
    tree = branch.git().make_tree(base, {"a/text.json": "ü\n".encode(), "b": b"\xff"})
    git = branch.repository.git
    assert {path: git.blobs[node.sha] for path, node in git.paths(tree) if not node.is_tree} == {
        "old": b"1",
        "a/text.json": "ü\n".encode(),
        "b": b"\xff",
    }
    assert [set(body) for body in branch.bodies] == [{"content", "encoding"}, {"base_tree", "tree"}]


def test_a_commit_names_people_only_if_they_are_set() -> None:
    branch = Branch()
    tree = branch.repository.git.get_commit(branch.head).tree
    ada, bot = Person("Ada", "ada@example.com"), Person("Bot", "bot@example.com")
    plain = branch.git().make_commit(tree, branch.head, "message")
    named = branch.git(ada, bot).make_commit(tree, branch.head, "message")
    assert branch.repository.git.get_commit(plain).author.name == "octocat"
    commit = branch.repository.git.get_commit(named)
    assert (commit.author[:2], commit.committer[:2]) == (ada, bot)
    assert (commit.tree, commit.parents, commit.message) == (tree, (branch.head,), "message")
    assert [sorted(body) for body in branch.bodies] == [
        ["message", "parents", "tree"],
        ["author", "committer", "message", "parents", "tree"],
    ]


def test_a_move_never_forces_and_is_idempotent() -> None:
    branch = Branch()
    tree = branch.repository.git.get_commit(branch.head).tree
    commit = branch.git().make_commit(tree, branch.head, "message")
    for _ in range(2):
        branch.git().move(commit)
    assert branch.head == commit
    assert branch.bodies[1:] == [{"sha": commit, "force": False}] * 2


def test_a_move_over_another_commit_is_a_conflict() -> None:
    branch = Branch()
    tree = branch.repository.git.get_commit(branch.head).tree
    commit = branch.git().make_commit(tree, branch.head, "message")
    other = branch.commit(a=b"1")
    with pytest.raises(Conflict):
        branch.git().move(commit)
    assert branch.head == other


OTHER_SHA = Response(200, {}, json.dumps({"object": {"sha": "1" * 40}}).encode())


@pytest.mark.parametrize("fault", ["cut", "timeout", Response(500), Response(502), OTHER_SHA], ids=repr)
def test_a_move_of_unknown_outcome_is_a_transport_error(fault: Fault) -> None:
    branch = Branch()
    branch.fake.fail_at("PATCH", "git/refs/", fault)
    with pytest.raises(TransportError):
        branch.git().move(branch.head)


@pytest.mark.parametrize("default_branch", [True, False])
def test_the_first_commit_of_an_empty_repository_creates_the_branch(default_branch: bool) -> None:  # noqa: FBT001 (a parameter)
    branch = Branch(empty=True, branch="main" if default_branch else "data")
    branch.git(Person("Ada", "ada@example.com")).begin("a b.json", b"\xff", "first")
    assert branch.files() == {"a b.json": b"\xff"}
    assert branch.bodies[0] == {
        "message": "first",
        "content": base64.b64encode(b"\xff").decode(),
        "author": {"name": "Ada", "email": "ada@example.com"},
    }
    assert len(branch.bodies) == (1 if default_branch else 2)


def test_a_branch_and_a_blob_are_created() -> None:
    branch = Branch(branch="other")
    head = str(branch.repository.git.head("main"))
    branch.git().make_branch(head)
    assert branch.head == head
    assert branch.repository.git.blobs[branch.git().make_blob(b"\x00\xff")] == b"\x00\xff"


def test_a_branch_that_exists_is_a_conflict() -> None:
    branch = Branch()
    with pytest.raises(Conflict):
        branch.git().make_branch(branch.head)


CALLS: dict[str, Callable[[GitData], object]] = {
    "head": lambda git: git.head(),
    "tree_of": lambda git: git.tree_of(UNKNOWN),
    "entries": lambda git: git.entries(UNKNOWN),
    "file": lambda git: git.file("a", UNKNOWN),
    "changed": lambda git: git.changed(UNKNOWN, UNKNOWN),
    "is_in": lambda git: git.is_in(UNKNOWN, UNKNOWN),
    "make_tree": lambda git: git.make_tree(UNKNOWN, {"a": b"1"}),
    "make_commit": lambda git: git.make_commit(UNKNOWN, UNKNOWN, "message"),
    "begin": lambda git: git.begin("a", b"1", "message"),
    "make_branch": lambda git: git.make_branch(UNKNOWN),
    "make_blob": lambda git: git.make_blob(b"1"),
}
FAULTS: dict[str, Fault] = {
    "cut": "cut",
    "timeout": "timeout",
    "500": Response(500),
    "html": "html",
    "no body": "empty",
    "not an object": Response(200, {}, b"7"),
    "not JSON": Response(200, {}, b'{"sha":'),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_failed_call_is_unavailable(call: Callable[[GitData], object], fault: Fault) -> None:
    branch = Branch()
    branch.fake.down = fault  # type: ignore[assignment]
    with pytest.raises(Unavailable):
        call(branch.git())


@pytest.mark.parametrize("name", ["head", "tree_of", "make_tree", "make_commit", "make_blob"])
@pytest.mark.parametrize("sha", ['"x"', '"ABCDEF"', "7", "null", '"%s"' % ("a" * 41)])
def test_a_response_without_a_valid_sha_is_unavailable(name: str, sha: str) -> None:
    branch = Branch()
    body = f'{{"sha":{sha},"object":{{"sha":{sha}}},"tree":{{"sha":{sha}}}}}'
    branch.fake.down = Response(200, {}, body.encode())
    with pytest.raises(Unavailable, match="has no"):
        CALLS[name](branch.git())


def test_redirects_of_the_data_repository_are_not_followed() -> None:
    branch = Branch()
    branch.fake.state.rename(f"{OWNER}/{NAME}", f"{OWNER}/new-name")
    with pytest.raises(Unavailable, match="renamed or moved"):
        branch.git().head()


def test_writes_are_counted_against_the_budget_and_reads_are_not() -> None:
    branch = Branch()
    git = branch.git()
    for _ in range(PER_MINUTE):
        git.make_blob(b"1")
        git.tree_of(branch.head)
    assert branch.pauses == []
    git.make_blob(b"1")
    assert branch.pauses == [60.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a" * 40, True), ("0" * 64, True), ("a" * 39, False), ("A" * 40, False), ("a" * 41, False), ("", False)],
)
def test_a_sha_has_40_or_64_hexadecimal_digits(text: str, expected: bool) -> None:  # noqa: FBT001 (a parameter)
    assert is_sha(text) is expected


@pytest.mark.parametrize("path", ["b", "_system/none", "_system/none/x.json", "a/x"])
def test_a_file_is_absent_only_if_a_listing_shows_it(path: str) -> None:
    branch = Branch()
    commit = branch.commit(**{"a": b"1", "_system/cursor.json": b"{}"})
    assert branch.git().file(path, commit) is None


def test_a_404_of_a_file_that_is_listed_is_unavailable() -> None:
    branch = Branch()
    commit = branch.commit(**{"_system/cursor.json": b"{}"})
    branch.fake.fail_at("GET", "cursor.json", error(404, "Not Found"))
    with pytest.raises(Unavailable, match="which may pass"):
        branch.git().file("_system/cursor.json", commit)
    assert branch.git().file("_system/cursor.json", commit) == b"{}"
