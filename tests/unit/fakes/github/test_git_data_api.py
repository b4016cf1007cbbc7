"""Tests of the fake GitHub's data repositories: objects, branches and errors like GitHub's."""

import base64
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fakes.github.git_database import GitDatabase, Signature
from fakes.github.server import FakeGitHub, Lost, Response, UnknownRequest
from fakes.github.state import Repository

REPO = "/repos/octo-org/telemetry-data"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
NOBODY = "0" * 40
ADA = {"name": "Ada", "email": "ada@example.com", "date": "2026-11-20T12:00:00Z"}


class DataRepository:
    """A fake with one data repository, and shortcuts for requests."""

    def __init__(self, *, empty: bool = False) -> None:
        self.fake = FakeGitHub(token="owner", now=lambda: 1_700_000_100.0)
        self.repository: Repository = self.fake.state.data_repository(REPO.removeprefix("/repos/"), empty=empty)
        self.token = "owner"

    @property
    def git(self) -> GitDatabase:
        assert self.repository.git is not None
        return self.repository.git

    def answer(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Response:
        content = b"" if body is None else json.dumps(body).encode()
        target = path if path.startswith("/") else f"{REPO}/{path}".rstrip("/")
        return self.fake.answer(method, target, query or {}, {"Authorization": f"Bearer {self.token}"}, content)

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """Return the status, and the body of a success or the message of an error."""
        answer = self.answer(method, path, body, query)
        parsed = json.loads(answer.body)
        return answer.status, parsed if answer.status < 300 else parsed["message"]

    def head(self) -> str:
        head = self.git.head("main")
        assert head is not None
        return head

    def commit(self, files: Mapping[str, str], parent: str | None = None, message: str = "More") -> str:
        """Create a commit with the API that no branch contains, and return its SHA."""
        parent = parent or self.head()
        base = self.git.commits[parent].tree
        entries = [{"path": path, "mode": "100644", "type": "blob", "content": text} for path, text in files.items()]
        tree = self.ask("POST", "git/trees", {"base_tree": base, "tree": entries})[1]["sha"]
        response = self.ask("POST", "git/commits", {"message": message, "tree": tree, "parents": [parent]})
        return str(response[1]["sha"])

    def move(self, sha: str, *, force: bool = False) -> tuple[int, Any]:
        return self.ask("PATCH", "git/refs/heads/main", {"sha": sha, "force": force})

    def put(self, path: str, text: str, **more: Any) -> tuple[int, Any]:
        content = base64.b64encode(text.encode()).decode()
        return self.ask("PUT", f"contents/{path}", {"message": "Put", "content": content, **more})


@pytest.fixture
def repo() -> DataRepository:
    return DataRepository()


# the database


def test_a_data_repository_begins_with_an_empty_tree(repo: DataRepository) -> None:
    [first] = repo.git.log("main")
    assert (first.tree, first.parents, repo.git.files("main")) == (EMPTY_TREE, (), {})


def test_files_log_and_diff_match_the_commits(repo: DataRepository) -> None:
    first = repo.head()
    repo.move(repo.commit({"a/1.json": "1", "b.json": "1"}))
    second = repo.head()
    repo.move(repo.commit({"b.json": "2", "c.json": "2"}, message="Third"))
    newest, middle, oldest = repo.git.log("main")
    assert (newest.message, newest.parents, newest.author.name) == ("Third", (second,), "octocat")
    assert (middle.parents, oldest.sha) == ((first,), first)
    assert repo.git.diff(middle.tree, newest.tree) == {"b.json": "modified", "c.json": "added"}
    assert repo.git.diff(newest.tree, oldest.tree) == dict.fromkeys(("a/1.json", "b.json", "c.json"), "removed")
    assert repo.git.diff(None, middle.tree) == {"a/1.json": "added", "b.json": "added"}
    assert repo.git.files("main") == {"a/1.json": b"1", "b.json": b"2", "c.json": b"2"}
    assert (repo.git.files("none"), repo.git.log("none")) == ({}, [])


def test_a_branch_with_a_merge_is_not_linear(repo: DataRepository) -> None:
    first, second = repo.commit({"1.json": "1"}), repo.commit({"2.json": "1"})
    repo.git.show("main", first)
    assert repo.git.is_linear("main")
    merge = repo.git.commit(repo.git.get_commit(first).tree, (first, second), "Merge", Signature("A", "a@b.c", 0))
    repo.git.show("main", merge.sha)
    assert not repo.git.is_linear("main")
    assert len(repo.git.log("main")) == 4


def test_a_folder_without_files_is_removed() -> None:
    git = GitDatabase()
    tree = git.changed(None, {"a/b/c": git.blob(b"1"), "d": git.blob(b"2")})
    assert git.changed(git.changed(tree, {"a/b/c": None}), {"d": None}) == EMPTY_TREE


def test_a_file_replaces_a_folder_and_a_folder_a_file() -> None:
    git = GitDatabase()
    folder = git.changed(None, {"a/b": git.blob(b"1")})
    file = git.changed(folder, {"a": git.blob(b"2")})
    assert [path for path, _ in git.paths(file)] == ["a"]
    assert git.changed(file, {"a/b": git.blob(b"1")}) == folder


# branches


def test_a_branch_is_returned_by_its_exact_name(repo: DataRepository) -> None:
    repo.git.show("data/main", repo.head())
    statuses = [repo.ask("GET", f"git/ref/heads/{name}")[0] for name in ("main", "data/main", "data", "mai")]
    assert statuses == [200, 200, 404, 404]
    assert repo.ask("GET", "git/ref/heads/data/main")[1]["ref"] == "refs/heads/data/main"


def test_a_branch_moves_forward_and_only_by_force_back(repo: DataRepository) -> None:
    first = repo.head()
    second = repo.commit({"1.json": "1"})
    sibling = repo.commit({"2.json": "1"})
    assert repo.move(second)[1]["object"]["sha"] == second
    assert repo.move(second)[0] == 200
    assert [repo.move(sha) for sha in (first, sibling)] == [(422, "Update is not a fast forward")] * 2
    assert repo.head() == second
    assert repo.move(sibling, force=True)[0] == 200
    assert repo.git.branches["main"] == [first, second, sibling]


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("PATCH", "git/refs/heads/none", {"sha": NOBODY}, "Reference does not exist"),
        ("PATCH", "git/refs/heads/main", {"sha": NOBODY}, "Object does not exist"),
        ("PATCH", "git/refs/heads/main", {}, 'Invalid request.\n\n"sha" wasn\'t supplied.'),
        ("POST", "git/refs", {"ref": "refs/heads/main", "sha": NOBODY}, "Reference already exists"),
        ("POST", "git/refs", {"ref": "refs/heads/new", "sha": NOBODY}, "Object does not exist"),
        ("POST", "git/refs", {"ref": "new", "sha": NOBODY}, "Reference name must start with 'refs/'."),
        ("POST", "git/refs", {"sha": NOBODY}, 'Invalid request.\n\n"ref" wasn\'t supplied.'),
    ],
)
def test_a_branch_that_cannot_be_created_or_moved_is_a_422(
    repo: DataRepository, method: str, path: str, body: dict[str, Any], message: str
) -> None:
    assert repo.ask(method, path, body) == (422, message)


def test_a_new_branch_points_to_its_commit(repo: DataRepository) -> None:
    assert repo.ask("POST", "git/refs", {"ref": "refs/heads/a/b", "sha": repo.head()})[0] == 201
    assert repo.git.head("a/b") == repo.head()


def test_tags_are_not_supported(repo: DataRepository) -> None:
    with pytest.raises(UnknownRequest, match="refs/tags/v1"):
        repo.ask("POST", "git/refs", {"ref": "refs/tags/v1", "sha": repo.head()})


def test_one_of_concurrent_writers_moves_a_branch(repo: DataRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = [repo.commit({f"{n}.json": "1"}) for n in range(20)]
    compared, descends = threading.Event(), GitDatabase.descends

    def slowly(git: GitDatabase, sha: str, ancestor: str) -> bool:
        """Give other writers time to move the branch between comparing and moving."""
        result = descends(git, sha, ancestor)
        compared.wait(0.02)
        return result

    monkeypatch.setattr(GitDatabase, "descends", slowly)
    with ThreadPoolExecutor(20) as writers:
        statuses = [status for status, _ in writers.map(repo.move, commits)]
    assert (statuses.count(200), statuses.count(422)) == (1, 19)
    assert len(repo.git.branches["main"]) == 2


def test_writers_that_retry_lose_nothing_and_keep_history_linear(repo: DataRepository) -> None:
    def write(writer: int) -> None:
        for number in range(10):
            while repo.move(repo.commit({f"{writer}/{number}.json": "1"}))[0] != 200:
                pass

    with ThreadPoolExecutor(6) as writers:
        list(writers.map(write, range(6)))
    assert len(repo.git.files("main")) == 60
    assert (len(repo.git.log("main")), repo.git.is_linear("main")) == (61, True)


# blobs and trees


@pytest.mark.parametrize("content", [b"", b"1\n", bytes(range(256)), "ü".encode()])
def test_a_blob_round_trips(repo: DataRepository, content: bytes) -> None:
    lines = base64.encodebytes(content).decode()
    status, blob = repo.ask("POST", "git/blobs", {"content": lines, "encoding": "base64"})
    again = repo.ask("GET", f"git/blobs/{blob['sha']}")[1]
    assert (status, base64.b64decode(again["content"]), again["size"]) == (201, content, len(content))


def test_a_blob_of_text_is_utf_8(repo: DataRepository) -> None:
    sha = repo.ask("POST", "git/blobs", {"content": "ü"})[1]["sha"]
    assert repo.git.blobs[sha] == "ü".encode()


def test_a_blob_that_is_no_base64_or_nothing_is_a_422(repo: DataRepository) -> None:
    assert repo.ask("POST", "git/blobs", {"content": "?", "encoding": "base64"})[0] == 422
    assert repo.ask("POST", "git/blobs", {"encoding": "utf-8"})[0] == 422


def test_a_tree_is_another_one_with_changes(repo: DataRepository) -> None:
    repo.move(repo.commit({"a/b/1.json": "1", "a/2.json": "2", "3.json": "3"}))
    base = repo.git.log("main")[0].tree
    blob = repo.ask("POST", "git/blobs", {"content": "new"})[1]["sha"]
    entries = [
        {"path": "a/b/4.json", "mode": "100644", "type": "blob", "sha": blob},
        {"path": "run.sh", "mode": "100755", "type": "blob", "content": "#!"},
        {"path": "a/2.json", "mode": "100644", "type": "blob", "sha": None},
        {"path": "copy", "mode": "040000", "type": "tree", "sha": base},
    ]
    status, tree = repo.ask("POST", "git/trees", {"base_tree": base, "tree": entries})
    assert status == 201
    assert [(entry["path"], entry["mode"]) for entry in tree["tree"]] == [
        ("3.json", "100644"),
        ("a", "040000"),
        ("copy", "040000"),
        ("run.sh", "100755"),
    ]
    paths = [path for path, node in repo.git.paths(tree["sha"]) if not node.is_tree]
    copied = ["copy/3.json", "copy/a/2.json", "copy/a/b/1.json"]
    assert paths == ["3.json", "a/b/1.json", "a/b/4.json", *copied, "run.sh"]


def test_without_a_base_a_tree_has_only_its_entries(repo: DataRepository) -> None:
    repo.move(repo.commit({"1.json": "1"}))
    entry = {"path": "2.json", "mode": "100644", "type": "blob", "content": "2"}
    tree = repo.ask("POST", "git/trees", {"tree": [entry]})[1]
    assert [item["path"] for item in tree["tree"]] == ["2.json"]


MALFORMED = "tree.path contains a malformed path component"
EITHER = "Must supply either tree.sha or tree.content. Request will be rejected if both are present."


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        *[({"path": path, "content": ""}, MALFORMED) for path in ("", "/a", "a//b", "a/", ".", "../a", "a/.git/b")],
        ({"path": "a"}, EITHER),
        ({"path": "a", "sha": None, "content": ""}, EITHER),
        ({"path": "a", "sha": None}, "GitRPC::BadObjectState"),
        ({"path": "a", "sha": NOBODY}, f"tree.sha {NOBODY} is not a valid blob"),
        ({"path": "a", "sha": EMPTY_TREE}, f"tree.sha {EMPTY_TREE} is not a valid blob"),
        ({"path": "a", "sha": NOBODY, "mode": "040000"}, f"tree.sha {NOBODY} is not a valid tree"),
        ({"path": "a", "content": "", "mode": "100600"}, "Must supply a valid tree.mode"),
    ],
)
def test_an_entry_that_git_cannot_hold_is_a_422(repo: DataRepository, entry: dict[str, Any], message: str) -> None:
    body = {"base_tree": EMPTY_TREE, "tree": [{"mode": "100644", "type": "blob", **entry}]}
    assert repo.ask("POST", "git/trees", body) == (422, message)


def test_a_tree_of_nothing_or_on_nothing_is_a_422(repo: DataRepository) -> None:
    assert repo.ask("POST", "git/trees", {"tree": []}) == (422, "Invalid tree info")
    unknown = repo.ask("POST", "git/trees", {"base_tree": NOBODY, "tree": []})
    assert unknown == (422, "base_tree is not a valid tree oid")


def test_submodules_are_not_supported(repo: DataRepository) -> None:
    entry = {"path": "a", "mode": "160000", "type": "commit", "sha": NOBODY}
    with pytest.raises(UnknownRequest):
        repo.ask("POST", "git/trees", {"tree": [entry]})


def test_a_tree_is_returned_by_its_sha_commit_or_branch(repo: DataRepository) -> None:
    repo.move(repo.commit({"a/1.json": "1"}))
    repo.git.show("my-data/main", repo.head())
    names = (repo.git.log("main")[0].tree, repo.head(), "main", "my-data/main")
    trees = [repo.ask("GET", f"git/trees/{name}")[1]["tree"] for name in names]
    assert [[(entry["path"], entry["type"]) for entry in tree] for tree in trees] == [[("a", "tree")]] * 4
    assert repo.ask("GET", f"git/trees/{NOBODY}") == (404, "Not Found")


def test_a_long_tree_is_truncated_and_says_so(repo: DataRepository) -> None:
    repo.move(repo.commit({f"a/{n}.json": "1" for n in range(5)}))
    repo.fake.state.tree_limit = 6
    complete = repo.ask("GET", "git/trees/main", recursive="1")[1]
    repo.fake.state.tree_limit = 5
    part = repo.ask("GET", "git/trees/main", recursive="1")[1]
    assert (len(complete["tree"]), complete["truncated"]) == (6, False)
    assert (part["tree"], part["truncated"]) == (complete["tree"][:5], True)


# commits


def test_a_commit_has_the_requested_author_committer_and_dates(repo: DataRepository) -> None:
    grace = {"name": "Grace", "email": "grace@example.com", "date": "2026-11-20T13:00:00+02:00"}
    body = {"message": "x", "tree": EMPTY_TREE, "parents": [repo.head()], "author": ADA, "committer": grace}
    status, commit = repo.ask("POST", "git/commits", body)
    assert (status, commit["author"], commit["committer"]["date"]) == (201, ADA, "2026-11-20T11:00:00Z")
    assert repo.ask("GET", f"git/commits/{commit['sha']}")[1] == commit
    assert repo.ask("POST", "git/commits", body)[1]["sha"] == commit["sha"]


def test_a_commit_defaults_to_its_author_else_to_the_account_now(repo: DataRepository) -> None:
    body = {"message": "x", "tree": EMPTY_TREE}
    authored = repo.ask("POST", "git/commits", {**body, "author": ADA})[1]
    unauthored = repo.ask("POST", "git/commits", body)[1]
    octocat = {"name": "octocat", "email": "octocat@users.noreply.github.com", "date": "2023-11-14T22:15:00Z"}
    assert (authored["committer"], unauthored["author"], unauthored["committer"]) == (ADA, octocat, octocat)
    assert unauthored["parents"] == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"message": "x", "tree": NOBODY}, "Tree SHA does not exist"),
        ({"message": "x"}, '"tree" wasn\'t supplied'),
        ({"tree": EMPTY_TREE}, '"message" wasn\'t supplied'),
        ({"message": "x", "tree": EMPTY_TREE, "parents": [NOBODY]}, "Parent SHA does not exist"),
        ({"message": "x", "tree": EMPTY_TREE, "parents": ["main"]}, "must be exactly 40 characters"),
        ({"message": "x", "tree": EMPTY_TREE, "author": {**ADA, "date": "today"}}, "today is not a valid date-time"),
        ({"message": "x", "tree": EMPTY_TREE, "author": {**ADA, "name": "<>"}}, "name and email"),
    ],
)
def test_a_commit_of_an_absent_tree_or_parent_is_a_422(repo: DataRepository, body: dict[str, Any], reason: str) -> None:
    status, message = repo.ask("POST", "git/commits", body)
    assert (status, reason in message) == (422, True), message


# comparisons


def test_a_comparison_lists_changes_since_the_merge_base(repo: DataRepository) -> None:
    first = repo.head()
    repo.move(repo.commit({"1.json": "1", "2.json": "1"}))
    second = repo.head()
    repo.move(repo.commit({"2.json": "2", "3.json": "3"}))
    side = repo.commit({"4.json": "4"}, parent=second)
    comparisons = {pair: repo.ask("GET", f"compare/{pair}")[1] for pair in (f"{second}...main", f"main...{side}")}
    ahead, diverged = comparisons.values()
    files = {file["filename"]: (file["status"], file["sha"]) for file in ahead["files"]}
    assert files == {
        "2.json": ("modified", repo.git.blob(b"2")),
        "3.json": ("added", repo.git.blob(b"3")),
    }
    assert (ahead["status"], ahead["ahead_by"], ahead["behind_by"]) == ("ahead", 1, 0)
    assert (diverged["status"], diverged["ahead_by"], diverged["behind_by"]) == ("diverged", 1, 1)
    assert diverged["merge_base_commit"]["sha"] == second
    assert repo.ask("GET", f"compare/main...{first}")[1]["status"] == "behind"
    assert repo.ask("GET", "compare/main...main")[1]["status"] == "identical"


def test_a_comparison_with_an_absent_or_unrelated_commit_is_a_404(repo: DataRepository) -> None:
    alone = repo.git.commit(EMPTY_TREE, (), "Alone", Signature("A", "a@b.c", 0)).sha
    assert repo.ask("GET", f"compare/main...{NOBODY}") == (404, "Not Found")
    assert repo.ask("GET", f"compare/main...{alone}")[0] == 404


def test_a_comparison_names_three_hundred_files_on_its_first_page_only(repo: DataRepository) -> None:
    first = repo.head()
    for files in ({f"{n:03}.json": "1" for n in range(301)}, {"a": "1"}, {"b": "1"}):
        repo.move(repo.commit(files))
    comparison = repo.ask("GET", f"compare/{first}...main")[1]
    answer = repo.answer("GET", f"compare/{first}...main", query={"per_page": "2", "page": "2"})
    second = json.loads(answer.body)
    assert (len(comparison["files"]), second["files"]) == (300, [])
    assert [commit["sha"] for commit in comparison["commits"]] == [commit.sha for commit in repo.git.log("main")[2::-1]]
    assert (second["commits"], second["total_commits"]) == (comparison["commits"][2:], 3)
    assert 'page=1>; rel="prev"' in answer.headers["Link"]


def test_a_comparison_without_pages_has_the_newest_250_commits(repo: DataRepository) -> None:
    first, git = repo.head(), repo.git
    for n in range(260):
        git.show("main", git.commit(EMPTY_TREE, (repo.head(),), f"{n}", Signature("A", "a@b.c", n)).sha)
    comparison = repo.ask("GET", f"compare/{first}...main")[1]
    messages = [commit["commit"]["message"] for commit in comparison["commits"]]
    assert (messages[0], messages[-1], comparison["total_commits"]) == ("10", "259", 260)


# contents


def test_a_file_is_created_changed_and_read_at_any_commit(repo: DataRepository) -> None:
    status, created = repo.put("a/ü x.json", "1")
    before, sha = repo.head(), created["content"]["sha"]
    assert (status, sha, created["commit"]["sha"]) == (201, repo.git.blob(b"1"), before)
    status, changed = repo.put("a/ü x.json", "2", sha=sha)
    assert (status, changed["commit"]["parents"][0]["sha"]) == (200, before)
    contents = [repo.ask("GET", "contents/a/ü x.json", ref=ref)[1] for ref in ("main", before)]
    assert [base64.b64decode(content["content"]) for content in contents] == [b"2", b"1"]
    assert [content["sha"] for content in contents] == [changed["content"]["sha"], sha]


def test_a_file_is_changed_only_with_its_sha(repo: DataRepository) -> None:
    repo.put("a.json", "1")
    assert repo.put("a.json", "2") == (422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    assert repo.put("a.json", "2", sha=NOBODY) == (409, f"a.json does not match {NOBODY}")
    assert repo.put("b.json", "2", branch="none") == (404, "Branch none not found")
    assert repo.put("a/../b.json", "2") == (422, "path contains a malformed path component")
    assert repo.ask("PUT", "contents/b.json", {"message": "x"})[0] == 422
    assert repo.git.files("main") == {"a.json": b"1"}


def test_a_folder_lists_objects_by_their_own_names(repo: DataRepository) -> None:
    repo.move(repo.commit({"a/b/1.json": "1", "a/2.json": "2"}))
    tree = repo.git.log("main")[0].tree
    items = repo.ask("GET", "contents/a")[1]
    listed = {item["path"]: (item["type"], item["sha"]) for item in items}
    folder = repo.git.at(tree, "a/b")
    assert folder is not None
    assert listed == {"a/2.json": ("file", repo.git.blob(b"2")), "a/b": ("dir", folder.sha)}
    assert repo.ask("GET", "contents/none")[0] == 404
    assert repo.ask("GET", "contents/a", ref="none") == (404, "No commit found for the ref none")


# an empty repository


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "git/ref/heads/main", None),
        ("POST", "git/blobs", {"content": ""}),
        ("POST", "git/trees", {"tree": []}),
        ("POST", "git/commits", {"message": "x", "tree": EMPTY_TREE}),
        ("POST", "git/refs", {"ref": "refs/heads/main", "sha": NOBODY}),
    ],
)
def test_an_empty_repository_is_a_409_for_git(method: str, path: str, body: Any) -> None:
    assert DataRepository(empty=True).ask(method, path, body) == (409, "Git Repository is empty.")


def test_an_empty_repository_starts_with_its_first_file() -> None:
    repo = DataRepository(empty=True)
    assert repo.ask("GET", "contents/a.json") == (404, "This repository is empty.")
    assert repo.ask("GET", "branches/main") == (404, "Branch not found")
    assert repo.put("a.json", "1")[0] == 201
    [first] = repo.git.log("main")
    assert (first.parents, repo.git.files("main")) == ((), {"a.json": b"1"})
    assert repo.ask("POST", "git/blobs", {"content": ""})[0] == 201


# repositories and their states


def test_a_repository_is_created_once_for_the_account_or_an_organization(repo: DataRepository) -> None:
    own = repo.ask("POST", "/user/repos", {"name": "one", "private": True, "auto_init": True})
    organization = repo.ask("POST", "/orgs/octo-org/repos", {"name": "two", "description": "Two"})
    assert [(status, repository["full_name"], repository["private"]) for status, repository in (own, organization)] == [
        (201, "octocat/one", True),
        (201, "octo-org/two", False),
    ]
    assert repo.ask("GET", "/repos/octocat/one/git/ref/heads/main")[0] == 200
    assert repo.ask("GET", "/repos/octo-org/two/git/ref/heads/main")[0] == 409
    assert repo.ask("POST", "/user/repos", {"name": "ONE"}) == (422, "Repository creation failed.")
    assert repo.ask("POST", "/user/repos", {}) == (422, 'Invalid request.\n\n"name" wasn\'t supplied.')
    assert repo.ask("GET", "/user")[1]["login"] == "octocat"


def test_an_archived_repository_is_read_only_until_it_is_not(repo: DataRepository) -> None:
    repo.repository.archived = True
    refused = (403, "Repository was archived so is read-only.")
    assert (repo.ask("POST", "git/blobs", {"content": ""}), repo.put("a", "1")) == (refused, refused)
    assert repo.ask("GET", "")[1]["archived"] is True
    assert repo.ask("GET", "git/ref/heads/main")[0] == 200
    repo.repository.archived = False
    assert repo.put("a", "1")[0] == 201


def test_a_protected_branch_takes_objects_but_does_not_move(repo: DataRepository) -> None:
    repo.repository.protected.add("main")
    commit = repo.commit({"1.json": "1"})
    moved, put = repo.move(commit), repo.put("a", "1")
    assert (moved[0], put[0]) == (422, 409)
    assert all("Changes must be made through a pull request." in message for _, message in (moved, put))
    assert repo.ask("GET", "branches/main")[1]["protected"] is True
    repo.repository.protected.clear()
    assert (repo.move(commit)[0], repo.ask("GET", "branches/main")[1]["protected"]) == (200, False)


def test_a_read_only_token_gets_the_missing_permission(repo: DataRepository) -> None:
    repo.fake.readers.add("reader")
    repo.token = "reader"
    assert repo.ask("GET", "git/ref/heads/main")[0] == 200
    lacking = {}
    for path in ("git/blobs", "/user/repos", "/orgs/octo-org/repos"):
        answer = repo.answer("POST", path, {"content": "", "name": "new"})
        assert (answer.status, json.loads(answer.body)["message"]) == (
            403,
            "Resource not accessible by personal access token",
        )
        lacking[path] = answer.headers["X-Accepted-GitHub-Permissions"]
    assert set(lacking.values()) == {"contents=write", "administration=write"}
    repo.token = "nobody's"
    assert repo.ask("GET", "git/ref/heads/main") == (401, "Bad credentials")


def test_an_account_without_permission_sees_it(repo: DataRepository) -> None:
    assert repo.ask("GET", "")[1]["permissions"]["push"] is True
    repo.repository.writable = False
    rights = repo.ask("GET", "")[1]["permissions"]
    assert (rights["push"], rights["pull"]) == (False, True)


def test_a_deleted_repository_can_be_restored(repo: DataRepository) -> None:
    repo.put("a", "1")
    deleted = repo.fake.state.delete("octo-org/telemetry-data")
    assert repo.ask("GET", "") == (404, "Not Found")
    repo.fake.state.restore(deleted)
    assert (repo.ask("GET", "")[0], repo.git.files("main")) == (200, {"a": b"1"})


def test_a_renamed_and_deleted_repository_has_no_name(repo: DataRepository) -> None:
    repo.fake.state.rename("octo-org/telemetry-data", "octo-org/moved")
    repo.fake.state.delete("octo-org/moved")
    paths = ("/repos/octo-org/telemetry-data", "/repos/octo-org/moved", f"/repositories/{repo.repository.id}")
    assert [repo.ask("GET", path)[0] for path in paths] == [404] * 3


def test_a_renamed_repository_redirects_writers_too(repo: DataRepository) -> None:
    repo.fake.state.rename("octo-org/telemetry-data", "octo-org/moved")
    read, wrote = repo.answer("GET", "git/ref/heads/main"), repo.answer("POST", "git/blobs", {"content": ""})
    target = f"https://api.github.com/repositories/{repo.repository.id}/git"
    assert (read.status, read.headers["Location"]) == (301, f"{target}/ref/heads/main")
    assert (wrote.status, wrote.headers["Location"]) == (307, f"{target}/blobs")
    assert repo.ask("POST", f"/repositories/{repo.repository.id}/git/blobs", {"content": ""})[0] == 201


def test_a_source_repository_has_no_git(repo: DataRepository) -> None:
    repo.fake.state.repository("octo-org/hello-world").put("a.md", b"a")
    assert repo.ask("GET", "/repos/octo-org/hello-world/contents/a.md")[0] == 200
    assert repo.ask("GET", "/repos/octo-org/hello-world/git/ref/heads/main")[0] == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_a_body_that_is_no_object_is_a_400(repo: DataRepository, body: bytes) -> None:
    answer = repo.fake.answer("POST", f"{REPO}/git/blobs", {}, {"Authorization": "Bearer owner"}, body)
    assert (answer.status, json.loads(answer.body)["message"]) == (400, "Problems parsing JSON")


# faults


def test_a_fault_can_be_injected_into_chosen_requests(repo: DataRepository) -> None:
    repo.fake.fail_at("PATCH", r"git/refs/heads/", Response(502, {}, b"{}"), "cut")
    commit = repo.commit({"1.json": "1"})
    assert repo.answer("PATCH", "git/refs/heads/main", {"sha": commit}).status == 502
    with pytest.raises(ConnectionResetError):
        repo.move(commit)
    assert (len(repo.git.log("main")), repo.fake.faults.pending) == (1, 0)
    assert repo.move(commit)[0] == 200


@pytest.mark.parametrize(
    ("fault", "raises"), [(Response(502), None), ("cut", ConnectionResetError), ("timeout", TimeoutError)]
)
def test_a_lost_answer_is_of_a_request_that_was_carried_out(
    repo: DataRepository, fault: Response | str, raises: type[Exception] | None
) -> None:
    repo.fake.fail_at("PATCH", "git/refs", Lost(fault))
    commit = repo.commit({"1.json": "1"})
    if raises is None:
        assert repo.answer("PATCH", "git/refs/heads/main", {"sha": commit}).status == 502
    else:
        with pytest.raises(raises):
            repo.move(commit)
    assert repo.head() == commit


def test_a_stale_answer_is_the_head_before(repo: DataRepository) -> None:
    first = repo.head()
    repo.move(repo.commit({"1.json": "1"}))
    repo.fake.fail_at("GET", "git/ref/", "stale")
    heads = [repo.ask("GET", "git/ref/heads/main")[1]["object"]["sha"] for _ in range(2)]
    assert heads == [first, repo.head()]


def test_while_the_fake_is_down_nothing_is_done(repo: DataRepository) -> None:
    repo.fake.down = Response(503)
    assert repo.answer("POST", "git/blobs", {"content": "x"}).status == 503
    repo.fake.down = None
    assert repo.git.blobs == {}


def test_requests_are_counted_by_their_method(repo: DataRepository) -> None:
    repo.move(repo.commit({"1.json": "1"}))
    assert (dict(repo.fake.methods), repo.fake.requests) == ({"POST": 2, "PATCH": 1}, 3)


def test_the_delay_applies_to_every_response_in_parallel(repo: DataRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[tuple[float, bool]] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: slept.append((seconds, repo.fake._lock.locked())))
    repo.fake.delay = 0.25
    repo.ask("GET", "")
    assert slept == [(0.25, False)]
