"""The fake GitHub's data repositories: objects, branches and refusals as GitHub has them."""

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


class Place:
    """A fake with one data repository, and short ways to ask it."""

    def __init__(self, *, empty: bool = False) -> None:
        self.fake = FakeGitHub(token="owner", now=lambda: 1_700_000_100.0)
        self.repository: Repository = self.fake.world.data_repository(REPO.removeprefix("/repos/"), empty=empty)
        self.token = "owner"

    @property
    def git(self) -> GitDatabase:
        assert self.repository.git is not None
        return self.repository.git

    def answer(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Response:
        sent = b"" if body is None else json.dumps(body).encode()
        place = path if path.startswith("/") else f"{REPO}/{path}".rstrip("/")
        return self.fake.answer(method, place, query or {}, {"Authorization": f"Bearer {self.token}"}, sent)

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """The status, and the body of a success or the message of an error."""
        answer = self.answer(method, path, body, query)
        told = json.loads(answer.body)
        return answer.status, told if answer.status < 300 else told["message"]

    def head(self) -> str:
        head = self.git.head("main")
        assert head is not None
        return head

    def commit(self, files: Mapping[str, str], parent: str | None = None, message: str = "More") -> str:
        """A commit, made with the API, that no branch shows."""
        parent = parent or self.head()
        base = self.git.commits[parent].tree
        entries = [{"path": path, "mode": "100644", "type": "blob", "content": text} for path, text in files.items()]
        tree = self.ask("POST", "git/trees", {"base_tree": base, "tree": entries})[1]["sha"]
        made = self.ask("POST", "git/commits", {"message": message, "tree": tree, "parents": [parent]})
        return str(made[1]["sha"])

    def move(self, sha: str, *, force: bool = False) -> tuple[int, Any]:
        return self.ask("PATCH", "git/refs/heads/main", {"sha": sha, "force": force})

    def put(self, path: str, text: str, **more: Any) -> tuple[int, Any]:
        content = base64.b64encode(text.encode()).decode()
        return self.ask("PUT", f"contents/{path}", {"message": "Put", "content": content, **more})


@pytest.fixture
def place() -> Place:
    return Place()


# the database


def test_a_data_repository_begins_with_an_empty_tree(place: Place) -> None:
    [first] = place.git.log("main")
    assert (first.tree, first.parents, place.git.files("main")) == (EMPTY_TREE, (), {})


def test_files_log_and_differences_tell_what_was_committed(place: Place) -> None:
    first = place.head()
    place.move(place.commit({"a/1.json": "1", "b.json": "1"}))
    second = place.head()
    place.move(place.commit({"b.json": "2", "c.json": "2"}, message="Third"))
    newest, middle, oldest = place.git.log("main")
    assert (newest.message, newest.parents, newest.author.name) == ("Third", (second,), "octocat")
    assert (middle.parents, oldest.sha) == ((first,), first)
    assert place.git.diff(middle.tree, newest.tree) == {"b.json": "modified", "c.json": "added"}
    assert place.git.diff(newest.tree, oldest.tree) == dict.fromkeys(("a/1.json", "b.json", "c.json"), "removed")
    assert place.git.diff(None, middle.tree) == {"a/1.json": "added", "b.json": "added"}
    assert place.git.files("main") == {"a/1.json": b"1", "b.json": b"2", "c.json": b"2"}
    assert (place.git.files("none"), place.git.log("none")) == ({}, [])


def test_a_branch_with_a_merge_is_not_linear(place: Place) -> None:
    one, other = place.commit({"1.json": "1"}), place.commit({"2.json": "1"})
    place.git.show("main", one)
    assert place.git.is_linear("main")
    merge = place.git.commit(place.git.get_commit(one).tree, (one, other), "Merge", Signature("A", "a@b.c", 0))
    place.git.show("main", merge.sha)
    assert not place.git.is_linear("main")
    assert len(place.git.log("main")) == 4


def test_a_folder_without_files_is_gone() -> None:
    git = GitDatabase()
    whole = git.changed(None, {"a/b/c": git.blob(b"1"), "d": git.blob(b"2")})
    assert git.changed(git.changed(whole, {"a/b/c": None}), {"d": None}) == EMPTY_TREE


def test_a_file_takes_the_place_of_a_folder_and_a_folder_that_of_a_file() -> None:
    git = GitDatabase()
    folder = git.changed(None, {"a/b": git.blob(b"1")})
    file = git.changed(folder, {"a": git.blob(b"2")})
    assert [path for path, _ in git.paths(file)] == ["a"]
    assert git.changed(file, {"a/b": git.blob(b"1")}) == folder


# branches


def test_a_branch_is_told_by_its_exact_name(place: Place) -> None:
    place.git.show("data/main", place.head())
    asked = [place.ask("GET", f"git/ref/heads/{name}")[0] for name in ("main", "data/main", "data", "mai")]
    assert asked == [200, 200, 404, 404]
    assert place.ask("GET", "git/ref/heads/data/main")[1]["ref"] == "refs/heads/data/main"


def test_a_branch_moves_forward_and_only_by_force_back(place: Place) -> None:
    first = place.head()
    second = place.commit({"1.json": "1"})
    sibling = place.commit({"2.json": "1"})
    assert place.move(second)[1]["object"]["sha"] == second
    assert place.move(second)[0] == 200
    assert [place.move(each) for each in (first, sibling)] == [(422, "Update is not a fast forward")] * 2
    assert place.head() == second
    assert place.move(sibling, force=True)[0] == 200
    assert place.git.branches["main"] == [first, second, sibling]


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
def test_a_branch_that_cannot_be_made_or_moved_is_a_422(
    place: Place, method: str, path: str, body: dict[str, Any], message: str
) -> None:
    assert place.ask(method, path, body) == (422, message)


def test_a_new_branch_shows_what_it_was_made_with(place: Place) -> None:
    assert place.ask("POST", "git/refs", {"ref": "refs/heads/a/b", "sha": place.head()})[0] == 201
    assert place.git.head("a/b") == place.head()


def test_tags_were_not_taught(place: Place) -> None:
    with pytest.raises(UnknownRequest, match="refs/tags/v1"):
        place.ask("POST", "git/refs", {"ref": "refs/tags/v1", "sha": place.head()})


def test_of_writers_that_move_a_branch_at_once_one_wins(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [place.commit({f"{n}.json": "1"}) for n in range(20)]
    compared, descends = threading.Event(), GitDatabase.descends

    def slowly(git: GitDatabase, sha: str, ancestor: str) -> bool:
        """Leaves the others time to move the branch between comparing and moving."""
        found = descends(git, sha, ancestor)
        compared.wait(0.02)
        return found

    monkeypatch.setattr(GitDatabase, "descends", slowly)
    with ThreadPoolExecutor(20) as writers:
        statuses = [status for status, _ in writers.map(place.move, made)]
    assert (statuses.count(200), statuses.count(422)) == (1, 19)
    assert len(place.git.branches["main"]) == 2


def test_writers_that_try_again_lose_nothing_and_leave_a_line(place: Place) -> None:
    def write(writer: int) -> None:
        for number in range(10):
            while place.move(place.commit({f"{writer}/{number}.json": "1"}))[0] != 200:
                pass

    with ThreadPoolExecutor(6) as writers:
        list(writers.map(write, range(6)))
    assert len(place.git.files("main")) == 60
    assert (len(place.git.log("main")), place.git.is_linear("main")) == (61, True)


# blobs and trees


@pytest.mark.parametrize("content", [b"", b"1\n", bytes(range(256)), "ü".encode()])
def test_a_blob_comes_back_as_it_was(place: Place, content: bytes) -> None:
    lines = base64.encodebytes(content).decode()
    status, told = place.ask("POST", "git/blobs", {"content": lines, "encoding": "base64"})
    again = place.ask("GET", f"git/blobs/{told['sha']}")[1]
    assert (status, base64.b64decode(again["content"]), again["size"]) == (201, content, len(content))


def test_a_blob_of_text_is_utf_8(place: Place) -> None:
    sha = place.ask("POST", "git/blobs", {"content": "ü"})[1]["sha"]
    assert place.git.blobs[sha] == "ü".encode()


def test_a_blob_that_is_no_base64_or_nothing_is_a_422(place: Place) -> None:
    assert place.ask("POST", "git/blobs", {"content": "?", "encoding": "base64"})[0] == 422
    assert place.ask("POST", "git/blobs", {"encoding": "utf-8"})[0] == 422


def test_a_tree_is_another_one_with_changes(place: Place) -> None:
    place.move(place.commit({"a/b/1.json": "1", "a/2.json": "2", "3.json": "3"}))
    base = place.git.log("main")[0].tree
    blob = place.ask("POST", "git/blobs", {"content": "new"})[1]["sha"]
    entries = [
        {"path": "a/b/4.json", "mode": "100644", "type": "blob", "sha": blob},
        {"path": "run.sh", "mode": "100755", "type": "blob", "content": "#!"},
        {"path": "a/2.json", "mode": "100644", "type": "blob", "sha": None},
        {"path": "copy", "mode": "040000", "type": "tree", "sha": base},
    ]
    status, told = place.ask("POST", "git/trees", {"base_tree": base, "tree": entries})
    assert status == 201
    assert [(each["path"], each["mode"]) for each in told["tree"]] == [
        ("3.json", "100644"),
        ("a", "040000"),
        ("copy", "040000"),
        ("run.sh", "100755"),
    ]
    paths = [path for path, node in place.git.paths(told["sha"]) if not node.is_tree]
    copied = ["copy/3.json", "copy/a/2.json", "copy/a/b/1.json"]
    assert paths == ["3.json", "a/b/1.json", "a/b/4.json", *copied, "run.sh"]


def test_without_a_base_a_tree_is_only_what_is_told(place: Place) -> None:
    place.move(place.commit({"1.json": "1"}))
    entry = {"path": "2.json", "mode": "100644", "type": "blob", "content": "2"}
    told = place.ask("POST", "git/trees", {"tree": [entry]})[1]
    assert [each["path"] for each in told["tree"]] == ["2.json"]


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
def test_an_entry_that_git_cannot_hold_is_a_422(place: Place, entry: dict[str, Any], message: str) -> None:
    body = {"base_tree": EMPTY_TREE, "tree": [{"mode": "100644", "type": "blob", **entry}]}
    assert place.ask("POST", "git/trees", body) == (422, message)


def test_a_tree_of_nothing_or_on_nothing_is_a_422(place: Place) -> None:
    assert place.ask("POST", "git/trees", {"tree": []}) == (422, "Invalid tree info")
    unknown = place.ask("POST", "git/trees", {"base_tree": NOBODY, "tree": []})
    assert unknown == (422, "base_tree is not a valid tree oid")


def test_submodules_were_not_taught(place: Place) -> None:
    entry = {"path": "a", "mode": "160000", "type": "commit", "sha": NOBODY}
    with pytest.raises(UnknownRequest):
        place.ask("POST", "git/trees", {"tree": [entry]})


def test_a_tree_is_read_by_its_name_its_commit_s_or_its_branch_s(place: Place) -> None:
    place.move(place.commit({"a/1.json": "1"}))
    place.git.show("my-data/main", place.head())
    names = (place.git.log("main")[0].tree, place.head(), "main", "my-data/main")
    told = [place.ask("GET", f"git/trees/{name}")[1]["tree"] for name in names]
    assert [[(each["path"], each["type"]) for each in tree] for tree in told] == [[("a", "tree")]] * 4
    assert place.ask("GET", f"git/trees/{NOBODY}") == (404, "Not Found")


def test_a_long_tree_is_cut_short_and_says_so(place: Place) -> None:
    place.move(place.commit({f"a/{n}.json": "1" for n in range(5)}))
    place.fake.world.tree_limit = 6
    whole = place.ask("GET", "git/trees/main", recursive="1")[1]
    place.fake.world.tree_limit = 5
    part = place.ask("GET", "git/trees/main", recursive="1")[1]
    assert (len(whole["tree"]), whole["truncated"]) == (6, False)
    assert (part["tree"], part["truncated"]) == (whole["tree"][:5], True)


# commits


def test_a_commit_names_whom_it_is_told_and_when(place: Place) -> None:
    grace = {"name": "Grace", "email": "grace@example.com", "date": "2026-11-20T13:00:00+02:00"}
    body = {"message": "x", "tree": EMPTY_TREE, "parents": [place.head()], "author": ADA, "committer": grace}
    status, told = place.ask("POST", "git/commits", body)
    assert (status, told["author"], told["committer"]["date"]) == (201, ADA, "2026-11-20T11:00:00Z")
    assert place.ask("GET", f"git/commits/{told['sha']}")[1] == told
    assert place.ask("POST", "git/commits", body)[1]["sha"] == told["sha"]


def test_a_commit_is_by_its_author_else_by_the_account_now(place: Place) -> None:
    body = {"message": "x", "tree": EMPTY_TREE}
    of_ada = place.ask("POST", "git/commits", {**body, "author": ADA})[1]
    of_nobody = place.ask("POST", "git/commits", body)[1]
    octocat = {"name": "octocat", "email": "octocat@users.noreply.github.com", "date": "2023-11-14T22:15:00Z"}
    assert (of_ada["committer"], of_nobody["author"], of_nobody["committer"]) == (ADA, octocat, octocat)
    assert of_nobody["parents"] == []


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
def test_a_commit_of_what_is_not_there_is_a_422(place: Place, body: dict[str, Any], reason: str) -> None:
    status, message = place.ask("POST", "git/commits", body)
    assert (status, reason in message) == (422, True), message


# comparisons


def test_a_comparison_tells_what_was_done_since_the_two_parted(place: Place) -> None:
    first = place.head()
    place.move(place.commit({"1.json": "1", "2.json": "1"}))
    second = place.head()
    place.move(place.commit({"2.json": "2", "3.json": "3"}))
    side = place.commit({"4.json": "4"}, parent=second)
    asked = {pair: place.ask("GET", f"compare/{pair}")[1] for pair in (f"{second}...main", f"main...{side}")}
    ahead, diverged = asked.values()
    files = {each["filename"]: (each["status"], each["sha"]) for each in ahead["files"]}
    assert files == {
        "2.json": ("modified", place.git.blob(b"2")),
        "3.json": ("added", place.git.blob(b"3")),
    }
    assert (ahead["status"], ahead["ahead_by"], ahead["behind_by"]) == ("ahead", 1, 0)
    assert (diverged["status"], diverged["ahead_by"], diverged["behind_by"]) == ("diverged", 1, 1)
    assert diverged["merge_base_commit"]["sha"] == second
    assert place.ask("GET", f"compare/main...{first}")[1]["status"] == "behind"
    assert place.ask("GET", "compare/main...main")[1]["status"] == "identical"


def test_a_comparison_with_what_is_not_there_or_not_related_is_a_404(place: Place) -> None:
    alone = place.git.commit(EMPTY_TREE, (), "Alone", Signature("A", "a@b.c", 0)).sha
    assert place.ask("GET", f"compare/main...{NOBODY}") == (404, "Not Found")
    assert place.ask("GET", f"compare/main...{alone}")[0] == 404


def test_a_comparison_names_three_hundred_files_on_its_first_page_only(place: Place) -> None:
    first = place.head()
    for files in ({f"{n:03}.json": "1" for n in range(301)}, {"a": "1"}, {"b": "1"}):
        place.move(place.commit(files))
    whole = place.ask("GET", f"compare/{first}...main")[1]
    answer = place.answer("GET", f"compare/{first}...main", query={"per_page": "2", "page": "2"})
    second = json.loads(answer.body)
    assert (len(whole["files"]), second["files"]) == (300, [])
    assert [each["sha"] for each in whole["commits"]] == [each.sha for each in place.git.log("main")[2::-1]]
    assert (second["commits"], second["total_commits"]) == (whole["commits"][2:], 3)
    assert 'page=1>; rel="prev"' in answer.headers["Link"]


def test_a_comparison_without_pages_has_the_newest_250_commits(place: Place) -> None:
    first, git = place.head(), place.git
    for n in range(260):
        git.show("main", git.commit(EMPTY_TREE, (place.head(),), f"{n}", Signature("A", "a@b.c", n)).sha)
    told = place.ask("GET", f"compare/{first}...main")[1]
    messages = [each["commit"]["message"] for each in told["commits"]]
    assert (messages[0], messages[-1], told["total_commits"]) == ("10", "259", 260)


# contents


def test_a_file_is_put_changed_and_read_at_any_commit(place: Place) -> None:
    status, made = place.put("a/ü x.json", "1")
    before, sha = place.head(), made["content"]["sha"]
    assert (status, sha, made["commit"]["sha"]) == (201, place.git.blob(b"1"), before)
    status, changed = place.put("a/ü x.json", "2", sha=sha)
    assert (status, changed["commit"]["parents"][0]["sha"]) == (200, before)
    read = [place.ask("GET", "contents/a/ü x.json", ref=ref)[1] for ref in ("main", before)]
    assert [base64.b64decode(each["content"]) for each in read] == [b"2", b"1"]
    assert [each["sha"] for each in read] == [changed["content"]["sha"], sha]


def test_a_file_is_only_changed_by_who_knows_it(place: Place) -> None:
    place.put("a.json", "1")
    assert place.put("a.json", "2") == (422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    assert place.put("a.json", "2", sha=NOBODY) == (409, f"a.json does not match {NOBODY}")
    assert place.put("b.json", "2", branch="none") == (404, "Branch none not found")
    assert place.put("a/../b.json", "2") == (422, "path contains a malformed path component")
    assert place.ask("PUT", "contents/b.json", {"message": "x"})[0] == 422
    assert place.git.files("main") == {"a.json": b"1"}


def test_a_folder_lists_objects_by_their_own_names(place: Place) -> None:
    place.move(place.commit({"a/b/1.json": "1", "a/2.json": "2"}))
    tree = place.git.log("main")[0].tree
    told = place.ask("GET", "contents/a")[1]
    listed = {each["path"]: (each["type"], each["sha"]) for each in told}
    folder = place.git.at(tree, "a/b")
    assert folder is not None
    assert listed == {"a/2.json": ("file", place.git.blob(b"2")), "a/b": ("dir", folder.sha)}
    assert place.ask("GET", "contents/none")[0] == 404
    assert place.ask("GET", "contents/a", ref="none") == (404, "No commit found for the ref none")


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
    assert Place(empty=True).ask(method, path, body) == (409, "Git Repository is empty.")


def test_an_empty_repository_is_begun_by_its_first_file() -> None:
    place = Place(empty=True)
    assert place.ask("GET", "contents/a.json") == (404, "This repository is empty.")
    assert place.ask("GET", "branches/main") == (404, "Branch not found")
    assert place.put("a.json", "1")[0] == 201
    [first] = place.git.log("main")
    assert (first.parents, place.git.files("main")) == ((), {"a.json": b"1"})
    assert place.ask("POST", "git/blobs", {"content": ""})[0] == 201


# repositories and their states


def test_a_repository_is_made_once_for_the_account_or_an_organization(place: Place) -> None:
    own = place.ask("POST", "/user/repos", {"name": "one", "private": True, "auto_init": True})
    other = place.ask("POST", "/orgs/octo-org/repos", {"name": "two", "description": "Two"})
    assert [(status, told["full_name"], told["private"]) for status, told in (own, other)] == [
        (201, "octocat/one", True),
        (201, "octo-org/two", False),
    ]
    assert place.ask("GET", "/repos/octocat/one/git/ref/heads/main")[0] == 200
    assert place.ask("GET", "/repos/octo-org/two/git/ref/heads/main")[0] == 409
    assert place.ask("POST", "/user/repos", {"name": "ONE"}) == (422, "Repository creation failed.")
    assert place.ask("POST", "/user/repos", {}) == (422, 'Invalid request.\n\n"name" wasn\'t supplied.')
    assert place.ask("GET", "/user")[1]["login"] == "octocat"


def test_an_archived_repository_is_read_only_until_it_is_not(place: Place) -> None:
    place.repository.archived = True
    refused = (403, "Repository was archived so is read-only.")
    assert (place.ask("POST", "git/blobs", {"content": ""}), place.put("a", "1")) == (refused, refused)
    assert place.ask("GET", "")[1]["archived"] is True
    assert place.ask("GET", "git/ref/heads/main")[0] == 200
    place.repository.archived = False
    assert place.put("a", "1")[0] == 201


def test_a_protected_branch_takes_objects_but_does_not_move(place: Place) -> None:
    place.repository.protected.add("main")
    made = place.commit({"1.json": "1"})
    moved, put = place.move(made), place.put("a", "1")
    assert (moved[0], put[0]) == (422, 409)
    assert all("Changes must be made through a pull request." in message for _, message in (moved, put))
    assert place.ask("GET", "branches/main")[1]["protected"] is True
    place.repository.protected.clear()
    assert (place.move(made)[0], place.ask("GET", "branches/main")[1]["protected"]) == (200, False)


def test_a_token_that_may_only_read_is_told_what_it_lacks(place: Place) -> None:
    place.fake.readers.add("reader")
    place.token = "reader"
    assert place.ask("GET", "git/ref/heads/main")[0] == 200
    lacking = {}
    for path in ("git/blobs", "/user/repos", "/orgs/octo-org/repos"):
        answer = place.answer("POST", path, {"content": "", "name": "new"})
        assert (answer.status, json.loads(answer.body)["message"]) == (
            403,
            "Resource not accessible by personal access token",
        )
        lacking[path] = answer.headers["X-Accepted-GitHub-Permissions"]
    assert set(lacking.values()) == {"contents=write", "administration=write"}
    place.token = "nobody's"
    assert place.ask("GET", "git/ref/heads/main") == (401, "Bad credentials")


def test_an_account_without_rights_is_told_so(place: Place) -> None:
    assert place.ask("GET", "")[1]["permissions"]["push"] is True
    place.repository.writable = False
    rights = place.ask("GET", "")[1]["permissions"]
    assert (rights["push"], rights["pull"]) == (False, True)


def test_a_repository_that_was_taken_away_comes_back_as_it_was(place: Place) -> None:
    place.put("a", "1")
    taken = place.fake.world.delete("octo-org/telemetry-data")
    assert place.ask("GET", "") == (404, "Not Found")
    place.fake.world.restore(taken)
    assert (place.ask("GET", "")[0], place.git.files("main")) == (200, {"a": b"1"})


def test_a_repository_that_was_renamed_and_taken_away_has_no_name_left(place: Place) -> None:
    place.fake.world.rename("octo-org/telemetry-data", "octo-org/moved")
    place.fake.world.delete("octo-org/moved")
    asked = ("/repos/octo-org/telemetry-data", "/repos/octo-org/moved", f"/repositories/{place.repository.id}")
    assert [place.ask("GET", path)[0] for path in asked] == [404] * 3


def test_a_renamed_repository_leads_writers_on_too(place: Place) -> None:
    place.fake.world.rename("octo-org/telemetry-data", "octo-org/moved")
    read, wrote = place.answer("GET", "git/ref/heads/main"), place.answer("POST", "git/blobs", {"content": ""})
    target = f"https://api.github.com/repositories/{place.repository.id}/git"
    assert (read.status, read.headers["Location"]) == (301, f"{target}/ref/heads/main")
    assert (wrote.status, wrote.headers["Location"]) == (307, f"{target}/blobs")
    assert place.ask("POST", f"/repositories/{place.repository.id}/git/blobs", {"content": ""})[0] == 201


def test_a_source_repository_has_no_git(place: Place) -> None:
    place.fake.world.repository("octo-org/hello-world").put("a.md", b"a")
    assert place.ask("GET", "/repos/octo-org/hello-world/contents/a.md")[0] == 200
    assert place.ask("GET", "/repos/octo-org/hello-world/git/ref/heads/main")[0] == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_a_body_that_is_no_object_is_a_400(place: Place, body: bytes) -> None:
    answer = place.fake.answer("POST", f"{REPO}/git/blobs", {}, {"Authorization": "Bearer owner"}, body)
    assert (answer.status, json.loads(answer.body)["message"]) == (400, "Problems parsing JSON")


# faults


def test_a_fault_can_be_ordered_for_chosen_requests(place: Place) -> None:
    place.fake.fail_at("PATCH", r"git/refs/heads/", Response(502, {}, b"{}"), "cut")
    made = place.commit({"1.json": "1"})
    assert place.answer("PATCH", "git/refs/heads/main", {"sha": made}).status == 502
    with pytest.raises(ConnectionResetError):
        place.move(made)
    assert (len(place.git.log("main")), place.fake.faults.pending) == (1, 0)
    assert place.move(made)[0] == 200


@pytest.mark.parametrize(
    ("fault", "raises"), [(Response(502), None), ("cut", ConnectionResetError), ("timeout", TimeoutError)]
)
def test_a_lost_answer_is_of_a_request_that_was_carried_out(
    place: Place, fault: Response | str, raises: type[Exception] | None
) -> None:
    place.fake.fail_at("PATCH", "git/refs", Lost(fault))
    made = place.commit({"1.json": "1"})
    if raises is None:
        assert place.answer("PATCH", "git/refs/heads/main", {"sha": made}).status == 502
    else:
        with pytest.raises(raises):
            place.move(made)
    assert place.head() == made


def test_a_stale_answer_is_the_head_before(place: Place) -> None:
    first = place.head()
    place.move(place.commit({"1.json": "1"}))
    place.fake.fail_at("GET", "git/ref/", "stale")
    told = [place.ask("GET", "git/ref/heads/main")[1]["object"]["sha"] for _ in range(2)]
    assert told == [first, place.head()]


def test_while_the_fake_is_down_nothing_is_done(place: Place) -> None:
    place.fake.down = Response(503)
    assert place.answer("POST", "git/blobs", {"content": "x"}).status == 503
    place.fake.down = None
    assert place.git.blobs == {}


def test_requests_are_counted_by_their_method(place: Place) -> None:
    place.move(place.commit({"1.json": "1"}))
    assert (dict(place.fake.methods), place.fake.requests) == ({"POST": 2, "PATCH": 1}, 3)


def test_every_answer_takes_as_long_as_was_set_but_not_one_after_the_other(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[tuple[float, bool]] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: slept.append((seconds, place.fake._lock.locked())))
    place.fake.delay = 0.25
    place.ask("GET", "")
    assert slept == [(0.25, False)]
