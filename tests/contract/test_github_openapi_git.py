"""What the store asks of a data repository, and what the fake answers, held against GitHub's own OpenAPI."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli.setup.data_repository import prepare
from core.errors import TelemetryError
from core.github.api import GitHubApi, pooled_session
from core.github.git_data import DataRepository, GitData, Person
from core.github.write_budget import WriteBudget
from core.log import Log
from core.secrets_cache import DATA_TOKEN, SecretsCache
from core.stores.github_repo import GitHubRepoStore
from fakes.github.git_database import GitDatabase, Signature
from fakes.github.routes import ACCOUNT_ROUTES, REPOSITORY_ROUTES
from fakes.github.server import FakeGitHub, error
from fakes.github.transport import serve
from tests import openapi
from tests.git_branch import API, NAME, OWNER, TOKEN, DataBranch
from tests.memory_adapters import MemorySecrets
from tests.recorder import Recorder

pytestmark = [pytest.mark.npm, pytest.mark.usefixtures("npm")]


def exchanges(recorder: Recorder) -> set[tuple[str, int]]:
    """Which operations were seen with which status; of the repository's own without its address."""
    return {(operation.replace("/repos/{owner}/{repo}", "", 1), status) for operation, status in recorder.checked()}


def recorded(data_branch: DataBranch) -> tuple[GitHubRepoStore, GitHubApi, Recorder]:
    session, recorder = pooled_session(), Recorder(data_branch.fake)
    session.mount("https://", recorder)
    cache = SecretsCache(data_branch.secrets, monotonic=data_branch.clock.seconds)
    api = GitHubApi(session, cache, DATA_TOKEN, data_branch.fake.api_url, now=data_branch.clock.seconds)
    author = Person("Ada", "ada@example.com")
    budget = WriteBudget(data_branch.clock.seconds, data_branch.pause)
    git = GitData(api, DataRepository(OWNER, NAME, data_branch.branch, author, author), budget)
    return GitHubRepoStore(git, budget, data_branch.lines.log, sleep=data_branch.pause), api, recorder


def test_all_that_the_store_does_is_asked_and_answered_as_github_says() -> None:
    data_branch = DataBranch()
    store, _, recorder = recorded(data_branch)
    store.write({"a/1.json": b"1", "a/2.bin": b"\xff"}, "one")
    _, cursor = store.changes(None)
    store.write({"a/1.json": b"2", "b/big.json": b"x" * 1_100_000}, "two")
    assert store.changes(cursor)[0] == ("a/1.json", "b/big.json")
    assert store.read("b/big.json") == b"x" * 1_100_000
    assert (store.read("a/1.json"), store.read("none"), store.list("a/")) == (b"2", None, ["a/1.json", "a/2.bin"])
    assert store.compare_and_swap("lock", None, b"1")
    assert exchanges(recorder) == {
        ("GET /git/ref/{ref}", 200),
        ("GET /git/commits/{commit_sha}", 200),
        ("GET /git/trees/{tree_sha}", 200),
        ("GET /contents/{path}", 200),
        ("GET /contents/{path}", 404),
        ("GET /compare/{basehead}", 200),
        ("POST /git/blobs", 201),
        ("POST /git/trees", 201),
        ("POST /git/commits", 201),
        ("PATCH /git/refs/{ref}", 200),
        ("POST /graphql", 200),
    }


def test_an_empty_repository_is_begun_as_github_says() -> None:
    data_branch = DataBranch(empty=True, branch="data")
    store, _, recorder = recorded(data_branch)
    store.write({"a/1.json": b"1", "a/2.json": b"2"}, "one")
    assert {("GET /git/ref/{ref}", 409), ("PUT /contents/{path}", 201), ("POST /git/refs", 201)} <= exchanges(recorder)


@pytest.mark.parametrize("owner", ["octocat", "octo-org"])
@pytest.mark.parametrize("branch", ["main", "data"])
def test_all_that_init_does_is_asked_and_answered_as_github_says(owner: str, branch: str) -> None:
    data_branch = DataBranch()
    _, api, recorder = recorded(data_branch)
    said = list(prepare(api, DataRepository(owner, "new", branch)))
    again = list(prepare(api, DataRepository(owner, "new", branch)))
    route = "POST /user/repos" if owner == "octocat" else "POST /orgs/{org}/repos"
    expected = {("GET ", 404), ("GET /user", 200), (route, 201), ("GET ", 200), ("POST /git/blobs", 201)}
    expected |= {("GET /git/ref/{ref}", 200), ("GET /branches/{branch}", 200)}
    expected |= {("GET /git/ref/{ref}", 404), ("POST /git/refs", 201)} if branch == "data" else set()
    assert exchanges(recorder) == expected
    assert said[0] == f"created {owner}/new (private)"
    assert again == [
        f"{owner}/new is there, and the token may see it",
        f"the branch {branch} is there",
        f"the token may write to {owner}/new",
    ]


def test_refusals_are_as_github_says() -> None:
    data_branch = DataBranch()
    store, api, recorder = recorded(data_branch)

    def refused() -> None:
        data_branch.clock.move(120)
        with pytest.raises(TelemetryError):
            store.write({"a.json": b"1"}, "one")

    data_branch.repository.archived = True
    refused()
    data_branch.repository.archived = False
    data_branch.repository.protected.add("main")
    refused()
    data_branch.fake.token = "another"
    refused()
    data_branch.fake.readers.add(TOKEN)
    refused()
    data_branch.fake.token = TOKEN
    data_branch.fake.fail_at("PATCH", "refs", error(422, "Update is not a fast forward"))
    data_branch.repository.protected.clear()
    data_branch.fake.readers.clear()
    refused()
    taken = data_branch.fake.state.delete(f"{OWNER}/{NAME}")
    refused()
    data_branch.fake.state.restore(taken)
    for body in ({"base_tree": "0" * 40, "tree": []}, {"tree": [{"path": ".git/x", "mode": "100644", "content": ""}]}):
        api.send("POST", f"{api.url}{API}/git/trees", json=body)
    api.send("POST", f"{api.url}{API}/git/refs", json={"ref": "refs/heads/main", "sha": "0" * 40})
    api.send("POST", f"{api.url}{API}/git/commits", json={"message": "x", "tree": "0" * 40})
    api.send("GET", f"{api.url}{API}/compare/main...none")
    data_branch.fake.state.rename(f"{OWNER}/{NAME}", f"{OWNER}/moved")
    refused()
    statuses = {status for _, status in exchanges(recorder)}
    assert {301, 401, 403, 404, 422} <= statuses


def test_every_part_of_a_comparison_is_as_github_says() -> None:
    data_branch = DataBranch()
    store, api, recorder = recorded(data_branch)
    base = data_branch.repository.git.head("main")
    store.write({"a.json": b"1", "b.json": b"1"}, "one")
    data_branch.repository.git.show("other", base)
    git, person = data_branch.repository.git, Signature("A", "a@b.c", 0)
    other = git.commit(git.changed(None, {"c.json": git.blob(b"1")}), (base,), "other", person)
    git.show("other", other.sha)
    pairs = ["main...main", f"{base}...main", f"main...{base}", "main...other"]
    answers = [api.send("GET", f"{api.url}{API}/compare/{pair}").json() for pair in pairs]
    assert [answer["status"] for answer in answers] == ["identical", "ahead", "behind", "diverged"]
    assert [file["filename"] for file in answers[3]["files"]] == ["c.json"]
    assert [answer["total_commits"] for answer in answers] == [0, 1, 0, 1]
    recorder.checked()


EMPTY_TREE, NOBODY = GitDatabase().tree({}), "0" * 40
ONE_FILE = {"path": "a/1.json", "mode": "100644", "type": "blob", "content": "1"}
ASKED: list[tuple[str, str, Any, int]] = [
    ("GET", "/user", None, 200),
    ("POST", "/user/repos", {"name": "made", "auto_init": True}, 201),
    ("POST", "/user/repos", {"name": "made"}, 422),
    ("POST", "/orgs/octo-org/repos", {"name": "made", "private": True, "description": "Made"}, 201),
    ("GET", API, None, 200),
    ("GET", "/repos/octo-org/none", None, 404),
    ("GET", "/repos/octo-org/made/git/ref/heads/main", None, 409),
    ("POST", "/repos/octo-org/made/git/blobs", {"content": ""}, 409),
    ("POST", "/repos/octo-org/made/git/trees", {"tree": [ONE_FILE]}, 409),
    ("POST", "/repos/octo-org/made/git/commits", {"message": "m", "tree": EMPTY_TREE}, 409),
    ("POST", f"{API}/git/blobs", {"content": "MQ==\n", "encoding": "base64"}, 201),
    ("POST", f"{API}/git/blobs", {"content": "?", "encoding": "base64"}, 422),
    ("GET", f"{API}/git/blobs/{GitDatabase().blob(b'1')}", None, 200),
    ("GET", f"{API}/git/blobs/{NOBODY}", None, 404),
    ("POST", f"{API}/git/trees", {"base_tree": EMPTY_TREE, "tree": [ONE_FILE]}, 201),
    ("POST", f"{API}/git/trees", {"tree": [{**ONE_FILE, "sha": None}]}, 422),
    ("GET", f"{API}/git/trees/{EMPTY_TREE}", None, 200),
    ("GET", f"{API}/git/trees/{NOBODY}", None, 404),
    ("POST", f"{API}/git/commits", {"message": "m", "tree": EMPTY_TREE, "parents": []}, 201),
    ("POST", f"{API}/git/commits", {"message": "m", "tree": NOBODY}, 422),
    ("GET", f"{API}/git/commits/{NOBODY}", None, 404),
    ("GET", f"{API}/git/commits/main", None, 200),
    ("GET", f"{API}/git/ref/heads/main", None, 200),
    ("GET", f"{API}/git/ref/heads/none", None, 404),
    ("POST", f"{API}/git/refs", {"ref": "refs/heads/main", "sha": NOBODY}, 422),
    ("PATCH", f"{API}/git/refs/heads/main", {"sha": NOBODY, "force": True}, 422),
    ("PUT", f"{API}/contents/a/2.json", {"message": "m", "content": "MQ=="}, 201),
    ("PUT", f"{API}/contents/a/2.json", {"message": "m", "content": "Mg=="}, 422),
    ("PUT", f"{API}/contents/a/2.json", {"message": "m", "content": "Mg==", "sha": NOBODY}, 409),
    ("PUT", f"{API}/contents/a/2.json", {"message": "m", "content": "Mg==", "sha": GitDatabase().blob(b"1")}, 200),
    ("PUT", f"{API}/contents/b.json", {"message": "m", "content": "", "branch": "none"}, 404),
    ("GET", f"{API}/contents/a/2.json", None, 200),
    ("GET", f"{API}/contents/a", None, 200),
    ("GET", f"{API}/contents/none", None, 404),
    ("GET", f"{API}/branches/main", None, 200),
    ("GET", f"{API}/branches/none", None, 404),
    ("GET", f"{API}/compare/main...main", None, 200),
    ("GET", f"{API}/compare/main...none", None, 404),
]
"""In this order: what is asked, and the status of the answer."""


def test_every_kind_of_answer_is_as_github_says() -> None:
    data_branch = DataBranch()
    for method, path, body, status in ASKED:
        sent = b"" if body is None else json.dumps(body).encode()
        openapi.check_request(method, path, {}, sent)
        answer = data_branch.fake.answer(method, path, {}, {"Authorization": f"Bearer {TOKEN}"}, sent)
        assert answer.status == status, (method, path, answer)
        openapi.check_response(method, path, answer.status, answer.body)


def test_the_address_of_an_archive_is_asked_for_as_github_says() -> None:
    data_branch = DataBranch()
    assert openapi.check_request("GET", f"{API}/tarball/main", {}, b"").data["responses"].keys() == {"302"}
    answer = data_branch.fake.answer("GET", f"{API}/tarball/main", {}, {"Authorization": f"Bearer {TOKEN}"})
    head = data_branch.repository.git.head("main")
    assert answer == (302, {"Location": f"{data_branch.fake.api_url}{API}/legacy.tar.gz/{head}"}, b"")


def test_every_route_but_those_of_sources_is_asked() -> None:
    asked = {(method, path.removeprefix(f"{API}/")) for method, path, _, status in ASKED if status < 300}
    asked |= {
        ("GET", ""),
        ("POST", "git/refs"),
        ("PATCH", "git/refs/heads/main"),
        ("GET", "tarball/main"),
        ("GET", "legacy.tar.gz/main"),
        ("GET", "/user/repos"),
        ("GET", "/users/octocat/repos"),
        ("GET", "/orgs/octo-org/repos"),
    }  # the store's, the reader's, init's and backfill's tests ask these; legacy.tar.gz is codeload.github.com's
    sources = "/app|/graphql|(/orgs/.+/)?hooks|pulls|deployments|actions|commits|tags|issues|git/matching-refs"
    routes = [route for route in (*ACCOUNT_ROUTES, *REPOSITORY_ROUTES) if not re.match(sources, route.path.pattern)]
    matches = {
        route for route in routes for method, path in asked if method == route.method and route.path.fullmatch(path)
    }
    assert [route for route in routes if route not in matches] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{API}/git/trees", {}),
        ("POST", f"{API}/git/trees", {"tree": "all"}),
        ("POST", f"{API}/git/trees", {"tree": [{"mode": "777"}]}),
        ("POST", f"{API}/git/commits", {"tree": "x"}),
        ("POST", f"{API}/git/commits", {"message": "m", "tree": "x", "parent": []}),
        ("PATCH", f"{API}/git/refs/heads/main", {"force": True}),
        ("PATCH", f"{API}/git/refs/heads/main", {"sha": "x", "force": "no"}),
        ("PUT", f"{API}/contents/a.json", {"content": "x"}),
        ("GET", f"{API}/git/ref/heads/main", {"sha": "x"}),
    ],
)
def test_a_body_that_github_would_not_take_is_refused(method: str, path: str, body: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        openapi.check_request(method, path, {}, json.dumps(body).encode())


def test_the_store_works_over_http_as_it_does_without() -> None:
    fake = FakeGitHub(token=TOKEN)
    repository = fake.state.data_repository(f"{OWNER}/{NAME}")
    with serve(fake) as url, pooled_session() as session:
        api = GitHubApi(session, SecretsCache(MemorySecrets({DATA_TOKEN: TOKEN})), DATA_TOKEN, url)
        budget = WriteBudget()
        git = GitData(api, DataRepository(OWNER, NAME), budget)
        store = GitHubRepoStore(git, budget, Log("error"))
        assert store.write({"a/ü.json": "é".encode()}, "one")
        assert store.read("a/ü.json") == "é".encode()
    assert repository.git is not None
    assert repository.git.files("main") == {"a/ü.json": "é".encode()}


def test_git_itself_names_the_objects_so(tmp_path: Path) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("not installed: git")

    def run(*arguments: str, **more: Any) -> str:
        done = subprocess.run([git, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True, **more)
        return done.stdout.strip()

    run("init", "--quiet")
    files = {"a/b.json": "1\n", "a.json": "2\n", "a-b": "3\n", "ü/x y": "4\n"}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    run("add", "--all")
    tree = run("write-tree")
    environment = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "A"), ("EMAIL", "a@b.c"), ("DATE", "1700000000 +0000"))
    }
    commit = run("commit-tree", tree, "-m", "One", env=environment)

    ours = GitDatabase()
    root = ours.changed(None, {path: ours.blob(content.encode()) for path, content in files.items()})
    assert root == tree
    assert ours.commit(root, (), "One\n", Signature("A", "a@b.c", 1_700_000_000)).sha == commit
