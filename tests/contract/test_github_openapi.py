"""Every request that we send, and every answer that our fake gives, is one of GitHub's own OpenAPI description."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from core.collect_metrics import FIRST_READS, YOUNG_FOR, collect_metrics
from core.errors import PermanentError, RefNotFound, TelemetryError, TransientReadError, Unavailable
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.payload import milliseconds
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from fakes.github.git_database import GitDatabase, Signature
from fakes.github.server import FakeGitHub, Response, UnknownRequest, error
from fakes.github.state import Commit, Deployment, DeploymentStatus, File, PullRequest, Submodule, Symlink
from fakes.github.transport import serve
from tests import openapi
from tests.builders import NOW, a_github, processing, signed, webhook
from tests.environment import PATIENCE
from tests.memory_adapters import MemorySecrets
from tests.recorder import GRAPHQL, Recorder

REPO = "/repos/octo-org/hello-world"
TOKEN = "token"
HOUR = 3_600_000


def checked(adapter: Recorder) -> list[str]:
    """The paths of all exchanges, each of which GitHub knows."""
    adapter.checked()
    return [seen.path for seen in adapter.seen]


def reader(fake: FakeGitHub, token: str = TOKEN) -> tuple[GitHubClient, Recorder]:
    session, adapter = pooled_session(), Recorder(fake)
    session.mount("https://", adapter)
    secrets = SecretsCache(MemorySecrets({SOURCE_TOKEN: token}))
    return GitHubClient(session, secrets, fake.api_url, now=lambda: NOW / 1000), adapter


# every metric that reads

READING = {
    "github::pull_request": ("pull_request_merged", [GRAPHQL, "/pulls/2/commits", "/pulls/2/files"], 3),
    "github::create": ("create_tag", [GRAPHQL], 1),
    "github::deployment": ("deployment", ["/deployments", "/contents/package.json"], 1),
    "deven::tooling-usage": ("tooling_usage", ["/contents/deven-skeleton-install.config.json"], 1),
}


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
@pytest.mark.parametrize(("signature", "expected"), READING.items(), ids=READING.keys())
def test_a_metric_reads_what_github_has_in_the_way_that_github_says(
    signature: str, expected: tuple[str, list[str], int]
) -> None:
    name, paths, records = expected
    github, adapter = reader(a_github())
    collected = collect_metrics(signed(signature, webhook(name)), processing(None, github))
    assert checked(adapter) == [path if path == GRAPHQL else REPO + path for path in paths]
    assert [seen.status for seen in adapter.seen] == [200] * len(paths)
    assert ([record.event.status for record in collected.records], collected.failure) == (["success"] * records, None)


COMMITS = 120


def deployed(times: int) -> tuple[FakeGitHub, list[str]]:
    """A GitHub where each commit but the first came before the last; and the shas, the oldest first.

    It knows a deployment of the first that succeeded, and a later one that did not.
    """
    fake, person = a_github(), Signature("Mona", "mona@octo.example", NOW // 1000)
    repository, git = fake.state.repository("octo-org/hello-world"), GitDatabase()
    repository.git, shas = git, list[str]()
    for number in range(times):
        message = 'Revert "Change 0"' if number == 1 else f"Change {number}"
        shas.append(git.commit(git.tree({}), tuple(shas[-1:]), message, person).sha)
    git.show("main", shas[-1])
    ended = milliseconds(webhook("deployment_status")["deployment_status"]["created_at"])
    failed, succeeded, inactive = (
        DeploymentStatus(number, state, ended - HOUR)
        for number, state in enumerate(("failure", "success", "inactive"), 50)
    )
    repository.deployments[:] = [
        Deployment(1, "production", ended - 3 * HOUR, shas[0], statuses=(succeeded, inactive)),
        Deployment(2, "production", ended - 2 * HOUR, shas[-1], statuses=(failed,)),
        Deployment(3, "staging", ended - HOUR, shas[-1], statuses=(succeeded,)),
    ]
    return fake, shas


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
def test_what_a_deployment_brought_is_read_in_the_way_that_github_says() -> None:
    fake, shas = deployed(COMMITS)
    github, adapter = reader(fake)
    event = signed("github::deployment_status", webhook("deployment_status", deployment__sha=shas[-1]))
    [record] = collect_metrics(event, processing(None, github)).records
    compared = f"/compare/{shas[0]}...{shas[-1]}"
    paths = ["/deployments", "/deployments/2/statuses", "/deployments/1/statuses", compared, compared]
    assert checked(adapter) == [REPO + path for path in paths]
    output = record.event.output
    assert (output["previous"]["id"], output["previous"]["sha"], output["is_rollback"]) == (1, shas[0], False)
    assert [commit["sha"] for commit in output["changes"]["commits"]] == shas[1:]
    assert [commit["is_revert"] for commit in output["changes"]["commits"]] == [True] + [False] * (COMMITS - 2)
    assert (output["changes"]["truncated"], record.event.status, record.event.anomalies) == (False, "success", [])


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
def test_a_deployment_of_an_older_commit_is_a_rollback() -> None:
    fake, shas = deployed(3)
    repository = fake.state.repository("octo-org/hello-world")
    repository.deployments[0] = repository.deployments[0]._replace(sha=shas[2])
    github, adapter = reader(fake)
    event = signed("github::deployment_status", webhook("deployment_status", deployment__sha=shas[1]))
    [record] = collect_metrics(event, processing(None, github)).records
    assert len(checked(adapter)) == 4
    output = record.event.output
    assert (output["is_rollback"], output["changes"]) == (True, {"commits": [], "truncated": False})


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
@pytest.mark.parametrize("first", ["0" * 40, "of another history"])
def test_commits_that_github_cannot_compare_lose_no_event(first: str) -> None:
    fake, shas = deployed(3)
    repository = fake.state.repository("octo-org/hello-world")
    if repository.git and first != "0" * 40:
        git = repository.git
        first = git.commit(git.tree({}), (), first, Signature("Mona", "mona@octo.example", 0)).sha
    repository.deployments[0] = repository.deployments[0]._replace(sha=first)
    github, adapter = reader(fake)
    event = signed("github::deployment_status", webhook("deployment_status", deployment__sha=shas[1]))
    assert isinstance(collect_metrics(event, processing(None, github)).failure, TransientReadError)
    event = event._replace(failed_reads=FIRST_READS, received_at=NOW - YOUNG_FOR)
    [record] = collect_metrics(event, processing(None, github)).records
    assert (checked(adapter)[-1], adapter.seen[-1].status) == (f"{REPO}/compare/{first}...{shas[1]}", 404)
    assert (record.event.output["previous"]["id"], record.event.output["is_rollback"]) == (1, None)
    assert (record.event.status, record.event.anomalies) == ("success", ["no_comparison"])


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
def test_the_other_metrics_read_nothing() -> None:
    github, adapter = reader(a_github())
    for signature, name in (
        ("github::check_suite", "check_suite"),
        ("github::issues", "issues"),
        ("github::workflow_job", "workflow_job"),
        ("github::pull_request", "pull_request_closed"),
        ("github::pull_request_review", "pull_request_review"),
    ):
        collected = collect_metrics(signed(signature, webhook(name)), processing(None, github))
        assert collected.records
    failure = webhook("deployment_status", deployment_status__state="failure")
    assert collect_metrics(signed("github::deployment_status", failure), processing(None, github)).records
    assert adapter.seen == []


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
@pytest.mark.parametrize("name", ["deployment_status_failure", "workflow_job"])
def test_the_statuses_of_a_deployment_are_read_as_github_says(name: str) -> None:
    fake, this = a_github(), webhook("deployment")["deployment"]["id"]
    statuses = (DeploymentStatus(1, "queued", NOW), DeploymentStatus(2, "in_progress", NOW + 1000))
    fake.state.repository("octo-org/hello-world").deployments.append(Deployment(this, "e", NOW, statuses=statuses))
    github, adapter = reader(fake)
    signature = "github::workflow_job" if name == "workflow_job" else "github::deployment_status"
    payload = webhook(name, deployment__id=this) if name != "workflow_job" else webhook(name, deployment={"id": this})
    collected = collect_metrics(signed(signature, payload), processing(None, github))
    assert collected.records
    assert collected.failure is None
    assert checked(adapter) == [f"{REPO}/deployments/{this}/statuses"]


# every answer


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
@pytest.mark.parametrize("api_url", ["https://api.github.com", "https://github.example.com/api/v3"])
def test_all_pages_of_all_lists_are_as_github_describes_them(api_url: str) -> None:
    fake = a_github()
    fake.api_url = api_url
    repository = fake.state.repository("octo-org/hello-world")
    commits = [Commit(f"{n:040x}", NOW, NOW, login=None if n % 2 else "octocat") for n in range(120)]
    files = [File(f"docs/ü {n}.md", "renamed" if n % 2 else "added", n, n) for n in range(220)]
    repository.pulls[7] = PullRequest([*commits, Commit("f" * 40, None, None)], files)
    repository.deployments += [Deployment(n, "a & b", NOW) for n in range(10, 131)]
    github, adapter = reader(fake)
    read = [
        len(list(github.pages(f"{REPO}/pulls/7/commits"))),
        len(list(github.pages(f"{REPO}/pulls/7/files"))),
        len(list(github.pages(f"{REPO}/deployments", {"environment": "a & b"}))),
    ]
    assert (read, len(checked(adapter))) == ([121, 220, 121], 7)


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
def test_all_kinds_of_content_are_as_github_describes_them() -> None:
    fake = a_github()
    repository = fake.state.repository("octo-org/hello-world")
    repository.put("a b/ü.md", b"text")
    repository.put("a b/link", Symlink("nowhere"))
    repository.put("a b/vendor", Submodule("https://github.com/octo-org/vendor.git"))
    repository.put("empty", b"")
    repository.put("big", bytes(1_100_000))
    github, adapter = reader(fake)
    paths = ("a b/ü.md", "a b/link", "a b/vendor", "a b", "empty", "big", "none")
    files = [github.file("octo-org", "hello-world", path) for path in paths]
    assert files == [b"text", None, None, None, b"", bytes(1_100_000), None]
    with pytest.raises(RefNotFound):
        github.file("octo-org", "hello-world", "empty", ref="v1")
    assert len(checked(adapter)) == 11
    assert [seen.status for seen in adapter.seen] == [200, 200, 200, 200, 200, 200, 200, 404, 200, 404, 404]


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
def test_a_renamed_repository_answers_as_github_describes_it() -> None:
    fake = a_github()
    id = fake.state.repository("octo-org/hello-world").id
    fake.state.rename("octo-org/hello-world", "octo-org/hello-moon")
    github, adapter = reader(fake)
    assert len(list(github.pages(f"{REPO}/pulls/2/files"))) == 3
    assert checked(adapter) == [f"{REPO}/pulls/2/files", f"/repositories/{id}/pulls/2/files"]
    assert [seen.status for seen in adapter.seen] == [301, 200]


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
@pytest.mark.parametrize(
    ("path", "token", "fault", "kind", "status"),
    [
        ("/repos/octo-org/nothing/deployments", "token", None, PermanentError, 404),
        (f"{REPO}/pulls/404/commits", "token", None, PermanentError, 404),
        (f"{REPO}/deployments", "wrong", None, Unavailable, 401),
        (f"{REPO}/pulls/2/files", "token", error(403, "API rate limit exceeded"), TransientReadError, 403),
        (f"{REPO}/pulls/2/files", "token", error(403, "Resource not accessible"), Unavailable, 403),
        (f"{REPO}/pulls/2/files", "token", error(429, "Too many", {"Retry-After": "1"}), TransientReadError, 429),
        (f"{REPO}/pulls/2/files", "token", error(503, "No server is available"), TransientReadError, 503),
    ],
)
def test_an_error_is_as_github_describes_it(
    path: str, token: str, fault: Response | None, kind: type[TelemetryError], status: int
) -> None:
    fake = a_github()
    fake.token = "token"
    fake.fail(*([fault] if fault else []))
    github, adapter = reader(fake, token)
    with pytest.raises(kind):
        list(github.pages(path))
    assert checked(adapter) == [path]
    assert adapter.seen[0].status == status


# the check itself can fail


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
@pytest.mark.parametrize(
    ("method", "path", "query", "reason"),
    [
        ("GET", f"{REPO}/pulls/2/commits", {"environment": "x"}, "no parameter environment"),
        ("GET", f"{REPO}/deployments", {"per-page": "100"}, "no parameter per-page"),
        ("GET", f"{REPO}/deployments", {"owner": "octo-org"}, "no parameter owner"),
        ("GET", f"{REPO}/deployments", {"per_page": "many"}, "per_page=many"),
        ("GET", f"{REPO}/pulls", {"state": "shut"}, "state=shut"),
        ("GET", f"{REPO}/telemetry", {}, "no path of GitHub's"),
        ("GET", "/repositories/1/telemetry", {}, "no path of GitHub's"),
        ("POST", f"{REPO}/pulls/2/commits", {}, "has no POST"),
    ],
)
def test_a_request_that_github_does_not_know_is_refused(
    method: str, path: str, query: dict[str, str], reason: str
) -> None:
    with pytest.raises(AssertionError, match=reason):
        openapi.check_request(method, path, query)


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
def test_literal_parts_of_a_path_are_preferred() -> None:
    templates = [
        openapi.check_request("GET", path, {}).template
        for path in ("/repos/o/r/contents/a/b.md", "/repos/o/r/issues/events")
    ]
    assert templates == ["/repos/{owner}/{repo}/contents/{path}", "/repos/{owner}/{repo}/issues/events"]


def answers(path: str) -> Any:
    """What the fake says there, to be spoiled."""
    fake = a_github()
    fake.state.repository("octo-org/hello-world").put("link", Symlink("nowhere"))
    return json.loads(fake.answer("GET", path, {}, {}).body)


SPOILED: dict[str, tuple[str, list[str | int], Any]] = {
    "a required property is missing": (f"{REPO}/pulls/2/commits", [0, "sha"], ...),
    "a nested one is missing": (f"{REPO}/pulls/2/commits", [0, "commit", "tree", "sha"], ...),
    "one behind a reference is missing": (f"{REPO}/deployments", [0, "creator", "login"], ...),
    "null where null may not be": (f"{REPO}/pulls/2/files", [0, "filename"], None),
    "another type": (f"{REPO}/pulls/2/files", [0, "additions"], "7"),
    "a value that is none of the enumeration": (f"{REPO}/pulls/2/files", [0, "status"], "deleted"),
    "a time that is none": (f"{REPO}/deployments", [0, "created_at"], "yesterday"),
    "an address that is none": (f"{REPO}/deployments", [0, "url"], "not an address"),
    "one of several kinds, but not whole": (f"{REPO}/contents/link", ["target"], ...),
    "an author that is neither a user nor empty": (f"{REPO}/pulls/2/commits", [0, "author"], {"login": "octocat"}),
}


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
@pytest.mark.parametrize(("path", "keys", "value"), SPOILED.values(), ids=SPOILED.keys())
def test_an_answer_that_github_would_not_give_is_refused(path: str, keys: list[str | int], value: Any) -> None:
    answer = answers(path)
    openapi.check_response("GET", path, 200, json.dumps(answer).encode())
    target = answer
    for step in keys[:-1]:
        target = target[step]
    if value is ...:
        del target[keys[-1]]
    else:
        target[keys[-1]] = value
    with pytest.raises(AssertionError, match="GET /repos/"):
        openapi.check_response("GET", path, 200, json.dumps(answer).encode())


@pytest.mark.npm
@pytest.mark.usefixtures("npm")
@pytest.mark.parametrize(("status", "body"), [(202, b"[]"), (404, b"[]"), (404, b'{"message":7}'), (418, b'"teapot"')])
def test_a_status_or_error_that_github_does_not_document_is_rejected(status: int, body: bytes) -> None:
    with pytest.raises(AssertionError):
        openapi.check_response("GET", f"{REPO}/pulls/2/commits", status, body)


# over real HTTP


@pytest.fixture
def ports() -> Iterator[tuple[str, set[int]]]:
    """A server's address, and the ports of all who connected to it."""
    seen: set[int] = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            seen.add(self.client_address[1])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


def over_http(url: str, session: requests.Session) -> GitHubClient:
    return GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"})), url)


def test_one_connection_serves_many_requests(ports: tuple[str, set[int]]) -> None:
    url, seen = ports
    with pooled_session() as session:
        github = over_http(url, session)
        for _ in range(20):
            list(github.pages(f"{REPO}/deployments"))
    assert len(seen) == 1


def test_threads_keep_their_connections(ports: tuple[str, set[int]]) -> None:
    url, seen = ports
    with pooled_session() as session, ThreadPoolExecutor(8) as pool:
        github = over_http(url, session)
        read = list(pool.map(lambda _: list(github.pages(f"{REPO}/deployments")), range(80)))
    assert read == [[]] * 80
    assert 1 <= len(seen) <= 8


def test_the_fake_answers_over_http_as_it_does_without() -> None:
    fake = a_github()
    with serve(fake) as url, pooled_session() as session:
        github = over_http(url, session)
        fake.state.rename("octo-org/hello-world", "octo-org/hello-moon")
        names = [file["filename"] for file in github.pages(f"{REPO}/pulls/2/files")]
        deployments = list(github.pages(f"{REPO}/deployments", {"environment": ""}))
        content = github.file("octo-org", "hello-world", "deven-skeleton-install.config.json")
        assert url.startswith("http://127.0.0.1:")
    assert (names, deployments, content) == (["README.md", "docs/OLD.md", "src/main.py"], [], b'{"version":"2.0.0"}')


def test_pages_over_http_lead_to_the_same_server() -> None:
    fake = a_github()
    fake.state.repository("octo-org/hello-world").pulls[7] = PullRequest(files=[File(f"{n}") for n in range(201)])
    with serve(fake) as url, pooled_session() as session:
        read = list(over_http(url, session).pages(f"{REPO}/pulls/7/files"))
    assert (len(read), fake.requests) == (201, 3)


@pytest.mark.parametrize("fault", ["cut", "html", "empty", Response(500)], ids=str)
def test_a_fault_over_http_is_a_failed_read_and_passes(fault: Response | str) -> None:
    fake = a_github()
    fake.fail(fault)
    with serve(fake) as url, pooled_session() as session:
        github = over_http(url, session)
        with pytest.raises(TransientReadError):
            list(github.pages(f"{REPO}/pulls/2/files"))
        assert len(list(github.pages(f"{REPO}/pulls/2/files"))) == 3


def test_an_ordered_timeout_holds_the_connection_and_says_nothing() -> None:
    fake = a_github()
    fake.fail("timeout")
    with serve(fake) as url, pooled_session() as session, pytest.raises(requests.ReadTimeout):
        session.get(f"{url}{REPO}/deployments", timeout=0.1)


def test_an_unknown_request_fails_on_every_transport() -> None:
    with pytest.raises(UnknownRequest, match="/users"), serve(a_github()) as url, pooled_session() as session:
        assert session.get(f"{url}/users", timeout=PATIENCE).status_code == 501
