"""What the end-to-end tests rely on: an emulated GitHub on 127.0.0.1, its repositories and its signed webhooks."""

import json
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
import requests

from core.errors import Unauthorized
from core.webhook import sign, verify
from tests.builders import SECRET
from tests.environment import PATIENCE
from tests.github_emulator import OWNER, SOURCE, TOKEN, GitHubEmulator

pytestmark = pytest.mark.npm


class Delivery(NamedTuple):
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Whoever is sent webhooks: answers 202 and keeps what came."""

    def __init__(self) -> None:
        self.came: queue.Queue[Delivery] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/telemetry"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        came = self.came

        class Handler(BaseHTTPRequestHandler):
            timeout = PATIENCE
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                came.put(Delivery({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def next(self) -> Delivery:
        return self.came.get(timeout=PATIENCE)

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.stop()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Callable[[], GitHubEmulator]]:
    """Starts emulators that a test may stop."""
    started: list[GitHubEmulator] = []

    def start() -> GitHubEmulator:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(GitHubEmulator(folder))
        started[-1].start()
        return started[-1]

    yield start
    for process in started:
        process.stop()


def status(emulator: GitHubEmulator, path: str, token: str | None = TOKEN) -> int:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.get(f"{emulator.url}{path}", headers=headers, timeout=PATIENCE).status_code


def listening(pid: int) -> set[tuple[str, int]]:
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    sockets = [
        connection
        for one in family
        for connection in one.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    return {(connection.laddr.ip, connection.laddr.port) for connection in sockets}


def accepts(address: str, port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0


# the process


def test_it_listens_on_loopback_alone(github: GitHubEmulator) -> None:
    assert listening(github.pid) == {("127.0.0.1", github.port)}


def test_no_other_interface_of_this_machine_reaches_it(github: GitHubEmulator) -> None:
    every = [address for addresses in psutil.net_if_addrs().values() for address in addresses]
    others = {nic_address.address for nic_address in every if nic_address.family == socket.AF_INET} - {"127.0.0.1"}
    assert accepts("127.0.0.1", github.port)
    assert [address for address in others if accepts(address, github.port)] == []


def test_nothing_of_our_environment_reaches_it(github: GitHubEmulator) -> None:
    assert set(psutil.Process(github.pid).environ()) == {"PATH", "HOME"}


def test_a_stopped_one_is_gone_and_its_port_is_free(own: Callable[[], GitHubEmulator]) -> None:
    emulator = own()
    assert psutil.pid_exists(emulator.pid)
    emulator.stop()
    assert not psutil.pid_exists(emulator.pid)
    assert not accepts("127.0.0.1", emulator.port)
    emulator.stop()


def test_two_of_them_share_nothing(own: Callable[[], GitHubEmulator]) -> None:
    one, other = own(), own()
    one.make("harness-only-here")
    assert status(one, f"/repos/{OWNER}/harness-only-here") == 200
    assert status(other, f"/repos/{OWNER}/harness-only-here") == 404


def test_without_node_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises((pytest.skip.Exception, pytest.fail.Exception), match=r"install Node\.js 20"):
        GitHubEmulator(tmp_path).start()


# what it holds


def test_the_token_is_a_users(github: GitHubEmulator) -> None:
    assert github.call("GET", "/user")["login"] == "octocat"


def test_who_shows_no_token_sees_no_private_repository(github: GitHubEmulator) -> None:
    github.make("harness-private")
    assert status(github, "/user", token=None) == 401
    assert status(github, f"/repos/{OWNER}/harness-private", token=None) == 401
    assert status(github, f"/repos/{OWNER}/harness-private") == 200


def test_the_source_repository_has_a_commit(github: GitHubEmulator) -> None:
    assert set(github.files(SOURCE)) >= {"README.md"}


def test_a_repository_begins_with_a_commit_of_nothing(github: GitHubEmulator) -> None:
    assert github.make("harness-begun") == f"{OWNER}/harness-begun"
    assert github.files("harness-begun") == {}
    assert [commit["message"] for commit in github.log("harness-begun")] == ["Begin", "Add README.md"]


def test_an_empty_repository_has_no_branch_before_its_first_file(github: GitHubEmulator) -> None:
    name = "harness-empty"
    github.make(name, empty=True)
    assert status(github, f"/repos/{OWNER}/{name}/git/ref/heads/main") == 404
    assert github.call("GET", f"/repos/{OWNER}/{name}")["default_branch"] == "main"
    github.put(name, "a/b.json", b"{}")
    assert github.files(name) == {"a/b.json": b"{}"}
    assert len(github.log(name)) == 1


def test_a_branch_moves_only_to_descendants_of_its_head(github: GitHubEmulator) -> None:
    name = "harness-diverged"
    github.make(name)
    repo = f"/repos/{OWNER}/{name}/git"
    head = github.log(name)[0]
    body = {"tree": head["tree"]["sha"], "parents": [head["sha"]]}
    first, second = (github.call("POST", f"{repo}/commits", {"message": text, **body})["sha"] for text in "AB")
    github.call("PATCH", f"{repo}/refs/heads/main", {"sha": first, "force": False})
    answer = requests.patch(
        f"{github.url}{repo}/refs/heads/main",
        json={"sha": second, "force": False},
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=PATIENCE,
    )
    assert (answer.status_code, answer.json()["message"]) == (422, "Update is not a fast-forward")
    assert github.log(name)[0]["sha"] == first


# its webhooks


def test_a_webhook_is_signed_with_the_hooks_own_secret(github: GitHubEmulator, receiver: Receiver) -> None:
    name = "harness-signed"
    github.make(name)
    hook = github.hook(name, receiver.url, SECRET, ["push"])
    github.call("POST", f"/repos/{OWNER}/{name}/hooks/{hook}/pings")
    ping = receiver.next()
    assert ping.headers["x-github-event"] == "ping"
    assert ping.headers["content-type"] == "application/json"
    assert ping.headers["x-hub-signature-256"] == sign(ping.body, SECRET)
    assert ping.payload["hook_id"] == hook
    with pytest.raises(Unauthorized):
        verify(ping.headers["x-hub-signature-256"], ping.body, ["another secret"])


def test_a_new_tag_is_one_delivery(github: GitHubEmulator, receiver: Receiver) -> None:
    name = "harness-tagged"
    github.make(name)
    github.hook(name, receiver.url, SECRET, ["create"])
    sha = github.log(name)[0]["sha"]
    for tag in ("v1.0.0", "v1.0.1"):
        github.call("POST", f"/repos/{OWNER}/{name}/git/refs", {"ref": f"refs/tags/{tag}", "sha": sha})
    came = [receiver.next(), receiver.next()]
    assert {delivery.headers["x-github-event"] for delivery in came} == {"create"}
    assert {delivery.payload["ref_type"] for delivery in came} == {"tag"}
    assert len({delivery.headers["x-github-delivery"] for delivery in came}) == 2
    assert all(delivery.headers["x-hub-signature-256"] == sign(delivery.body, SECRET) for delivery in came)


def test_a_merged_pull_request_is_sent_as_closed_and_merged(github: GitHubEmulator, receiver: Receiver) -> None:
    name = "harness-merged"
    github.make(name)
    github.hook(name, receiver.url, SECRET, ["pull_request"])
    pull = github.merge_a_pull_request(name, {"docs/NEW.md": b"# New\n"})
    came = [receiver.next(), receiver.next()]
    assert sorted(delivery.payload["action"] for delivery in came) == ["closed", "opened"]
    closed = next(delivery for delivery in came if delivery.payload["action"] == "closed")
    assert closed.headers["x-github-event"] == "pull_request"
    assert closed.headers["x-hub-signature-256"] == sign(closed.body, SECRET)
    pull_request = closed.payload["pull_request"]
    assert (pull_request["merged"], pull_request["state"], pull_request["number"]) == (True, "closed", pull["number"])
    assert (
        pull_request["merge_commit_sha"]
        == github.call("GET", f"/repos/{OWNER}/{name}/git/ref/heads/main")["object"]["sha"]
    )
    assert pull_request["merged_at"] is not None
    assert closed.payload["repository"]["full_name"] == f"{OWNER}/{name}"
    assert github.files(name) == {"docs/NEW.md": b"# New\n"}


def test_an_event_that_a_hook_did_not_ask_for_is_not_sent(github: GitHubEmulator, receiver: Receiver) -> None:
    name = "harness-unasked"
    github.make(name)
    github.hook(name, receiver.url, SECRET, ["create"])
    github.put(name, "pushed.txt", b"a push")
    sha = github.call("GET", f"/repos/{OWNER}/{name}/git/ref/heads/main")["object"]["sha"]
    github.call("POST", f"/repos/{OWNER}/{name}/git/refs", {"ref": "refs/tags/v1.0.0", "sha": sha})
    assert receiver.next().headers["x-github-event"] == "create"
    assert receiver.came.empty()
