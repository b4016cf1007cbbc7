"""Point 2: two servers on one machine keep to their own events, secrets and tokens."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from cli.samples import SAMPLE
from core.webhook import sign
from runtimes.local import wiring
from runtimes.local.emulator.credentials import Credentials
from runtimes.local.emulator.emulator import Emulator
from runtimes.local.emulator.queue_owner import TAG, ForeignQueue, claim
from runtimes.local.emulator.record import read
from runtimes.local.state_folder import owner_id
from tests.conftest import free_port
from tests.e2e.server import Server, wait_for
from tests.environment import PATIENCE, inherited
from tests.security.dev_server import emulator_url, emulators, serving

pytestmark = pytest.mark.emulator

UNNAMED = {"GITHUB_WEBHOOK_SECRET": ""}
"""Each server makes a secret of its own."""


def check_suite(number: int) -> bytes:
    payload = json.loads(SAMPLE.read_text())
    payload["check_suite"]["id"] = number
    return json.dumps(payload).encode()


def telemetry(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=folder,
        env={**inherited(), "PATH": "/usr/bin:/bin", "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def send(server: Server, number: int) -> str:
    """Send by `telemetry send`, which finds the secret of the folder that it is run in."""
    (server.folder / "payload.json").write_bytes(check_suite(number))
    done = telemetry(server.folder, "send", "check_suite", "payload.json", "--url", f"{server.url}/telemetry")
    return done.stdout[:3] + done.stderr


def numbers(server: Server) -> list[int]:
    return sorted(record["output"]["id"] for record in server.records().values())


def test_side_by_side_each_stores_only_its_own_events_under_its_own_secret(tmp_path: Path) -> None:
    with serving(tmp_path / "a", UNNAMED) as first, serving(tmp_path / "b", UNNAMED) as second:
        assert emulator_url(first) != emulator_url(second)
        for number in range(1, 5):
            assert send(first, number) == "202"
            assert send(second, number + 100) == "202"
        secrets = []
        for server in (first, second):
            server.settled()
            clients = wiring.clients(emulator_url(server))
            secrets.append(wiring.webhook_secret(clients.ssm, wiring.Settings()))
        assert secrets[0] != secrets[1]
        signed = {"X-GitHub-Event": "check_suite", "X-Hub-Signature-256": sign(check_suite(9), secrets[1])}
        foreign = requests.post(f"{first.url}/telemetry", data=check_suite(9), headers=signed, timeout=PATIENCE)
        assert foreign.status_code == 401
        assert (numbers(first), numbers(second)) == ([1, 2, 3, 4], [101, 102, 103, 104])


def test_a_second_server_in_a_folder_gets_one_line_and_changes_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, UNNAMED) as server:
        before = read(tmp_path / ".telemetry")
        done = telemetry(tmp_path, "serve", "--queue", "localstack", PORT="0")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("another `telemetry serve` runs in this folder")
        assert len(done.stderr.splitlines()) == 1
        after = read(tmp_path / ".telemetry")
        assert before is not None
        assert after is not None
        assert before._replace(queued=0) == after._replace(queued=0)
        assert send(server, 1) == "202"
        assert len(emulators(tmp_path)) == 1


def test_of_two_starts_at_once_in_one_folder_one_serves(tmp_path: Path) -> None:
    outputs = [tmp_path / f"output-{number}.txt" for number in range(2)]
    begun = [started(tmp_path, output) for output in outputs]
    try:
        wait_for(lambda: any(process.poll() is not None for process in begun), "one of them to end")
        wait_for(lambda: any("Ready: " in output.read_text() for output in outputs), "the other to serve")
        [ended] = [number for number, process in enumerate(begun) if process.poll() is not None]
        assert begun[ended].returncode == 2
        [line] = outputs[ended].read_text().splitlines()
        assert line.startswith("another `telemetry serve` runs in this folder")
        assert len(emulators(tmp_path)) == 1
    finally:
        for process in begun:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE)
    assert emulators(tmp_path) == []


def started(folder: Path, output: Path) -> "subprocess.Popen[bytes]":
    with output.open("w") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "cli", "serve", "--queue", "localstack"],
            cwd=folder,
            env=Server(folder, "", UNNAMED)._environment,
            stdout=file,
            stderr=file,
        )


def test_a_foreign_queue_is_refused_before_any_change(emulator: wiring.Clients, tmp_path: Path) -> None:
    endpoint = emulator.sqs.meta.endpoint_url
    named = {"ENVIRONMENT_ID": f"f{free_port()}", "GITHUB_WEBHOOK_SECRET": "the first one's"}
    parameter = f"/telemetry/{named['ENVIRONMENT_ID']}/github-webhook-secret-token"
    with serving(tmp_path / "a", named, endpoint) as first:
        first.stop()
        url = emulator.sqs.get_queue_url(QueueName=f"telemetry-{named['ENVIRONMENT_ID']}")["QueueUrl"]
        emulator.sqs.send_message(QueueUrl=url, MessageBody="waits")
        (tmp_path / "b").mkdir()
        environment = {**named, "GITHUB_WEBHOOK_SECRET": "the second one's", "AWS_ENDPOINT_URL": endpoint, "PORT": "0"}
        done = telemetry(tmp_path / "b", "serve", "--queue", "localstack", **environment)
        assert (done.returncode, done.stdout) == (2, "")
        [line] = done.stderr.splitlines()
        assert "belongs to the server of another folder: set ENVIRONMENT_ID" in line
        host = endpoint.removeprefix("http://")
        del environment["AWS_ENDPOINT_URL"]
        done = telemetry(tmp_path / "b", "serve", "--queue", "localstack", LOCALSTACK_HOST=host, **environment)
        assert "belongs to the server of another folder" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        del environment["GITHUB_WEBHOOK_SECRET"]
        done = telemetry(tmp_path / "b", "send", "check_suite", str(SAMPLE), LOCALSTACK_HOST=host, **environment)
        assert "belongs to the server of another folder" in done.stderr
        assert (
            emulator.ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"] == "the first one's"
        )
        [message] = emulator.sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["ApproximateReceiveCount"])[
            "Messages"
        ]
        assert (message["Body"], message["Attributes"]["ApproximateReceiveCount"]) == ("waits", "1")


def test_a_folder_finds_its_queue_again_and_a_copy_of_it_does_not(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    first = owner_id(tmp_path / "a")
    assert owner_id(tmp_path / "a") == first
    (tmp_path / "a").rename(tmp_path / "moved")
    assert owner_id(tmp_path / "moved") == first
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "folder.json").write_bytes((tmp_path / "moved" / "folder.json").read_bytes())
    assert owner_id(tmp_path / "copy") != first


def test_a_copy_of_a_folder_does_not_take_the_emulator_of_the_other(tmp_path: Path) -> None:
    emulator = Emulator(state=tmp_path / "a")
    emulator.start()
    try:
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "emulator.json").write_bytes((tmp_path / "a" / "emulator.json").read_bytes())
        assert read(tmp_path / "a") is not None
        assert read(tmp_path / "b") is None
    finally:
        emulator.stop()


def test_an_untagged_queue_is_claimed_and_a_tagged_one_is_never_taken(emulator: wiring.Clients) -> None:
    names = [f"q{free_port()}", f"q{free_port()}-dead-letters"]
    emulator.sqs.create_queue(QueueName=names[0])
    urls = claim(emulator.sqs, names, "one")
    assert claim(emulator.sqs, names, "one") == urls
    with pytest.raises(ForeignQueue, match=names[0]):
        claim(emulator.sqs, names, "two")
    assert [emulator.sqs.list_queue_tags(QueueUrl=url)["Tags"][TAG] for url in urls] == ["one", "one"]


def test_a_foreign_dead_letter_queue_prevents_creating_the_other(emulator: wiring.Clients) -> None:
    names = [f"q{free_port()}", f"q{free_port()}-dead-letters"]
    claim(emulator.sqs, names[1:], "one")
    with pytest.raises(ForeignQueue):
        claim(emulator.sqs, names, "two")
    assert not emulator.sqs.list_queues(QueueNamePrefix=names[0]).get("QueueUrls")


def test_localstack_host_names_the_endpoint_as_localstack_client_reads_it(
    emulator: wiring.Clients, tmp_path: Path
) -> None:
    host = emulator.sqs.meta.endpoint_url.removeprefix("http://")
    environment = {"ENVIRONMENT_ID": f"l{free_port()}", "LOCALSTACK_HOST": host}
    with serving(tmp_path, environment) as server:
        assert emulator_url(server) == f"http://{host}"
        assert emulators(tmp_path) == []
        assert server.post("check_suite", SAMPLE.read_bytes()).status_code == 202
        assert wait_for(server.records, "the record")


@pytest.mark.parametrize("host", ["evil.example:4566", "192.0.2.1", "localhost:x", "user:password@localhost"])
def test_a_remote_or_malformed_localstack_host_is_refused_in_one_line(tmp_path: Path, host: str) -> None:
    """The webhook secret is sent there."""
    done = telemetry(tmp_path, "serve", "--queue", "localstack", PORT="0", LOCALSTACK_HOST=host)
    assert (done.returncode, done.stdout) == (2, "")
    assert "LOCALSTACK_HOST: must be" in done.stderr
    assert "Traceback" not in done.stderr
    assert "password@" not in done.stderr


def test_other_commands_find_the_emulator_of_their_folder_only(tmp_path: Path) -> None:
    with serving(tmp_path / "a", UNNAMED) as server:
        assert send(server, 1) == "202"
        (tmp_path / "b").mkdir()
        done = telemetry(tmp_path / "b", "send", "check_suite", str(SAMPLE), "--url", f"{server.url}/telemetry")
        assert done.returncode == 1
        assert "is `make run` running?" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_deployments_of_two_folders_keep_separate_ports(
    tmp_path: Path,
) -> None:
    preferred = free_port()
    emulators_of = []
    for name in ("a", "b"):
        emulator = Emulator(
            state=tmp_path / name, services="sqs", root=Credentials("key", "secret"), fixed_port=preferred
        )
        assert emulator.endpoint == f"http://127.0.0.1:{preferred}"
        emulator.start()
        emulators_of.append(emulator)
    first, second = (emulator.endpoint for emulator in emulators_of)
    assert first == f"http://127.0.0.1:{preferred}"
    assert second != first
    for emulator in emulators_of:
        emulator.stop()
    again = Emulator(state=tmp_path / "b", services="sqs", root=Credentials("key", "secret"), fixed_port=preferred)
    assert again.endpoint == second
    again.start()
    again.stop()
    assert again.endpoint == second
