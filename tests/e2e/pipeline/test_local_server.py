"""The dev server as a stranger meets it: over HTTP, on an emulator, into a directory."""

import json
import signal
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from cli.samples import SAMPLE
from core.webhook import sign
from runtimes.local import wiring
from tests.builders import SECRET, settings
from tests.conftest import free_port
from tests.dashboard_data import page_data
from tests.e2e.server import Server, wait_for
from tests.environment import PATIENCE, inherited

pytestmark = pytest.mark.emulator

SAMPLE_PATH = "octo-org/hello-world/check-suite/2026-11-20/118578147-1795167527000.json"


@pytest.fixture(scope="module")
def endpoint(emulator: wiring.Clients) -> str:
    return str(emulator.sqs.meta.endpoint_url)


@pytest.fixture
def server(endpoint: str, tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path, endpoint, {"ENVIRONMENT_ID": f"e{free_port()}"}).start()
    yield started
    if started.process is not None and started.process.poll() is None:
        assert started.stop() == 0


def test_every_bad_signature_gets_the_same_answer_and_is_counted(server: Server) -> None:
    body = SAMPLE.read_bytes()
    right = sign(body, SECRET)
    bad = [
        "",
        "sha256=",
        right[:-2],
        right + "00",
        sign(body, "wrong"),
        "sha256=" + right[7:].upper(),
        "sha1=" + "0" * 40,
    ]
    answers = [server.post("check_suite", body, X_Hub_Signature_256=signature) for signature in bad]
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (401, '{"status":"error","reason":"the signature does not verify"}')
    }
    assert server.health()["rejected"] == len(bad)
    text = server.output.read_text()
    assert right not in text.partition("Ctrl-C stops")[2]
    assert SECRET not in text


def test_the_answers_to_what_is_no_event(server: Server) -> None:
    def status(event: str, body: bytes, **headers: str) -> int:
        return server.post(event, body, **headers).status_code

    assert status("check_suite", b"") == 400
    assert status("check_suite", b"no json") == 400
    assert status("check_suite", b"[]") == 400
    assert status("", b"{}") == 400
    assert status("check_suite", b"x" * (25 * 1024 * 1024 + 1)) == 413
    assert status("push", b"{}") == 200
    assert status("check_suite", b'{"action":"requested"}') == 200
    assert server.post("ping", b"{}").json() == {"status": "pong", "secret": "newest"}
    for method, path in [
        ("GET", "/telemetry"),
        ("PUT", "/telemetry"),
        ("POST", "/"),
        ("POST", "/other"),
        ("GET", "/x"),
    ]:
        answer = requests.request(method, server.url + path, timeout=PATIENCE)
        assert (answer.status_code, answer.json()["status"]) == (404, "error")
    for path in ("//telemetry", "/%74elemetry", "/telemetry/", "/telemetry/x"):
        with socket.create_connection(("127.0.0.1", int(server.url[17:])), timeout=PATIENCE) as raw:
            raw.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}".encode())
            assert raw.recv(64).startswith(b"HTTP/1.1 404 "), path
    health = server.health()
    assert (health["rejected"], health["ignored"], health["accepted"]) == (5, 2, 0)


def test_forms_are_taken_as_github_sends_them(server: Server) -> None:
    form = b"payload=" + urllib.parse.quote_plus(SAMPLE.read_bytes()).encode()
    answer = server.post("check_suite", form, Content_Type="application/x-www-form-urlencoded")
    assert answer.status_code == 202
    assert list(wait_for(server.records, "the record")) == [SAMPLE_PATH]


def test_a_message_that_is_no_event_is_a_dead_letter_with_a_reason(server: Server, emulator: wiring.Clients) -> None:
    environment = server._environment["ENVIRONMENT_ID"]
    queues = wiring.make_queues(emulator.sqs, settings(environment_id=environment))
    emulator.sqs.send_message(QueueUrl=queues.queue, MessageBody="no event")
    answer = server.post("check_suite", {"action": "completed", "check_suite": {"id": 1}})
    assert answer.status_code == 202
    wait_for(lambda: server.health()["failed"] == 2, "both to fail")
    health = server.health()
    assert (health["accepted"], health["queued"], health["processed"], health["failed"]) == (2, 0, 0, 2)
    letters = emulator.sqs.receive_message(
        QueueUrl=queues.dead_letters, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )["Messages"]
    reasons = sorted(letter["MessageAttributes"]["reason"]["StringValue"] for letter in letters)
    assert reasons == ["check-suite: repository: expected an object, got nothing", "the message is not JSON"]


def test_without_records_the_front_page_shows_next_steps_and_health(server: Server) -> None:
    page = requests.get(server.url + "/", timeout=PATIENCE)
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "There are no records yet." in page.text
    assert "<th scope=row>accepted<td>0" in page.text
    assert not (server.folder / ".telemetry" / "dashboard.duckdb").exists()


def test_the_front_page_is_an_up_to_date_dashboard(server: Server) -> None:
    assert server.post("check_suite", SAMPLE.read_bytes()).status_code == 202
    wait_for(server.records, "the record")

    page = wait_for(lambda: dashboard(server), "the dashboard")

    assert "octo-org/hello-world" in page_data(page.text).text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert server.folder.joinpath(".telemetry", "dashboard.duckdb").is_file()
    with ThreadPoolExecutor(40) as many:
        pages = list(many.map(lambda _: requests.get(server.url + "/", timeout=PATIENCE), range(40)))
    assert {(answer.status_code, answer.text[:15]) for answer in pages} == {(200, "<!doctype html>")}
    other = json.loads(SAMPLE.read_text())
    other["repository"] |= {"id": 2, "name": "later", "full_name": "octo-org/later"}
    assert server.post("check_suite", other).status_code == 202
    wait_for(
        lambda: "octo-org/later" in page_data(requests.get(server.url + "/", timeout=PATIENCE).text).text,
        "the newest record",
    )


def dashboard(server: Server) -> requests.Response | None:
    """The front page, once it is one."""
    page = requests.get(server.url + "/", timeout=PATIENCE)
    return page if "Refresh" not in page.headers else None


def test_who_asks_by_another_name_is_not_shown_the_records(server: Server) -> None:
    assert server.post("check_suite", SAMPLE.read_bytes()).status_code == 202
    wait_for(lambda: dashboard(server), "the dashboard")
    page = requests.get(server.url + "/", headers={"Host": "x.trycloudflare.com"}, timeout=PATIENCE)
    assert "on the machine itself only" in page.text
    assert "octo-org" not in page.text


def test_webhooks_are_accepted_while_the_dashboard_cannot_be_built(server: Server) -> None:
    (server.folder / "services.toml").write_text("[services.x]\n")
    assert server.post("check_suite", SAMPLE.read_bytes()).status_code == 202
    wait_for(server.records, "the record")
    wait_for(lambda: "services.toml is wrong" in requests.get(server.url + "/", timeout=PATIENCE).text, "the reason")
    assert server.post("check_suite", SAMPLE.read_bytes()).status_code == 202
    assert server.settled()["processed"] == 2


def test_send_signs_and_sends(server: Server) -> None:
    environment = {**server._environment}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "cli",
            "send",
            "check_suite",
            str(SAMPLE),
            "--url",
            f"{server.url}/telemetry",
        ],
        cwd=server.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith('202 {"status":"accepted"')


def test_the_printed_curl_line_works(server: Server) -> None:
    import re

    text = server.output.read_text()
    match = re.search(r"X-Hub-Signature-256: (sha256=[0-9a-f]{64})", text)
    assert match
    assert server.post("check_suite", SAMPLE.read_bytes(), X_Hub_Signature_256=match[1]).status_code == 202


def test_ctrl_c_stops_what_it_started_and_loses_nothing(tmp_path: Path) -> None:
    """Its own emulator goes with it; what still waits is stored after the next start."""
    endpoint = f"http://127.0.0.1:{free_port()}"
    nobody = f"http://127.0.0.1:{free_port()}"
    server = Server(tmp_path, endpoint, {"GITHUB_API_URL": nobody, "RETRY_SECONDS": "4"}).start()
    payload = {"owner": "octo-org", "repo": "hello-world", "day": "2026-11-20"}
    assert server.post("", payload, X_Deven_Event="tooling-usage").status_code == 202
    wait_for(lambda: "read-again" in server.output.read_text(), "a failed read")
    assert server.post("check_suite", SAMPLE.read_bytes()).status_code == 202
    assert server.stop(signal.SIGINT) == 0
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", int(endpoint[17:]))):
        pass
    assert "octo-org/hello-world/tooling-usage/2026-11-20/2026-11-20.json" not in server.records()
    server.start()
    try:
        wait_for(lambda: server.health()["accepted"], "what waited")
        wait_for(lambda: SAMPLE_PATH in server.records(), "the record")
    finally:
        assert server.stop(signal.SIGTERM) == 0


def test_the_emulator_of_a_killed_server_is_adopted_by_the_next(tmp_path: Path) -> None:
    """What was accepted is in the emulator's memory only: it must not die with a server that is killed."""
    endpoint = f"http://127.0.0.1:{free_port()}"
    server = Server(tmp_path, endpoint, {"GITHUB_API_URL": f"http://127.0.0.1:{free_port()}", "RETRY_SECONDS": "1"})
    server.start()
    assert (
        server.post("", {"owner": "octo-org", "repo": "hello-world"}, X_Deven_Event="tooling-usage").status_code == 202
    )
    server.stop(signal.SIGKILL)
    server.start()
    health = server.health()
    assert (health["accepted"], health["queued"]) == (1, 1)
    assert server.stop() == 0
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", int(endpoint[17:]))):
        pass


def test_a_foreign_emulator_is_used_and_left_running(emulator: wiring.Clients, tmp_path: Path) -> None:
    endpoint = emulator.sqs.meta.endpoint_url
    server = Server(tmp_path, endpoint, {"ENVIRONMENT_ID": "somebody-else"}).start()
    assert server.stop() == 0
    assert emulator.sqs.list_queues(QueueNamePrefix="telemetry-somebody-else")["QueueUrls"]
    assert not list((tmp_path / ".telemetry").glob("emulator.[!l]*"))


def test_an_emulator_elsewhere_that_does_not_answer_is_named(tmp_path: Path) -> None:
    done = serve_and_fail(tmp_path, PORT="0", AWS_ENDPOINT_URL="https://192.0.2.1.invalid:4566")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing answers at AWS_ENDPOINT_URL=https://192.0.2.1.invalid:4566" in done.stderr


def serve_and_fail(
    folder: Path, *words: str, command: str = "serve --queue localstack", **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", *command.split(), *words],
        cwd=folder,
        env={**inherited(), "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_wrong_settings_are_named_all_at_once_and_nothing_is_started(tmp_path: Path) -> None:
    wrong = {"PORT": "abc", "CONFLICT_RETRIES": "-1", "STORE": "tape", "LOG_LEVEL": "loud", "GITHUB_API_URL": "x"}
    done = serve_and_fail(tmp_path, **wrong)
    assert (done.returncode, done.stdout) == (2, "")
    for name in wrong:
        assert f"{name}: " in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "option"), [("serve --queue localstack", ""), ("serve --queue sqlite", "--port"), ("demo", "--port")]
)
def test_a_port_in_use_is_named_and_nothing_is_started(tmp_path: Path, command: str, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = (
            serve_and_fail(tmp_path, option, port, command=command) if option else serve_and_fail(tmp_path, PORT=port)
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Set PORT to one that is free, or use --port." in done.stderr
    assert f"PORT={port}" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["999.1.1.1", "192.0.2.1", "no such host"])
def test_an_address_that_is_not_this_machines_is_named(tmp_path: Path, host: str) -> None:
    done = serve_and_fail(tmp_path, HOST=host, PORT="0")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"HOST={host}" in done.stderr
    assert "Set HOST" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_server_on_localstacks_port_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(16)
        port = taken.getsockname()[1]
        done = serve_and_fail(tmp_path, PORT="0", AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
    assert done.returncode == 2
    assert "AWS_ENDPOINT_URL" in done.stderr
    assert "stop process " in done.stderr
    assert "Traceback" not in done.stderr
