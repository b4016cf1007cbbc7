"""Point 1 over HTTP: whatever a web page can send to the dev server's emulator is refused, and it holds no token."""

import base64
import http.client
import json
import socket
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from runtimes.local import wiring
from runtimes.local.emulator.credentials import Credentials
from runtimes.local.emulator.emulator import ALL, Emulator
from runtimes.local.state_folder import make_private
from tests.e2e.server import Server
from tests.environment import PATIENCE
from tests.security.dev_server import PRIVATE_KEY, TOKENS, emulator_url, emulators, serving

pytestmark = pytest.mark.emulator

JSON_TARGET = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ListQueues"}
TARGET = "X-Amz-Target: AmazonSQS.ListQueues"
READ_SECRET = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.GetParameter"}
RUN_A_SHELL = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.SendCommand"}


class Attack(NamedTuple):
    """One request; `host` replaces the right one, PORT in it is the emulator's."""

    name: str
    method: str = "POST"
    path: str = "/"
    headers: Mapping[str, str] = JSON_TARGET
    host: str = "127.0.0.1:PORT"
    body: bytes = b"{}"


ORIGINS = [
    "https://evil.example",
    "null",
    "http://127.0.0.1:PORT",
    "http://localhost",
    "file://",
    "",
    "chrome-extension://abc",
]
HOSTS = [
    "evil.example",
    "evil.example:PORT",
    "127.0.0.1.evil.example:PORT",
    "localhost.evil.example:PORT",
    "evil.localhost:PORT",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.0.0.2:PORT",
    "0.0.0.0:PORT",
    "[::]:PORT",
    "2130706433:PORT",
    "127.0.0.1:PORT@evil.example",
    "evil.example@127.0.0.1:PORT",
    "sqs.us-east-1.localhost.localstack.cloud:PORT",
    "abcdefgh.execute-api.localhost:PORT",
    "bucket.s3.localhost:PORT",
    "",
]
SECRET_TOKEN = "ghp_tokenOfAnEarlierVersion0123456789"
SECRET_BODY = json.dumps({"Name": "/telemetry/local/github-webhook-secret-token", "WithDecryption": True}).encode()
ATTACKS = [
    *(Attack(f"Origin {origin!r}", headers={**JSON_TARGET, "Origin": origin}) for origin in ORIGINS),
    *(Attack(f"Host {host!r}", host=host) for host in HOSTS),
    *(
        Attack(f"Sec-Fetch-Site {site}", headers={**JSON_TARGET, "Sec-Fetch-Site": site})
        for site in ("cross-site", "same-site", "same-origin", "none")
    ),
    Attack("image", "GET", "/?Action=ListQueues", {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}),
    Attack("secret with an origin", headers={**READ_SECRET, "Origin": "https://evil.example"}, body=SECRET_BODY),
    Attack("secret by rebinding", headers=READ_SECRET, host="evil.example:PORT", body=SECRET_BODY),
    Attack("preflight", "OPTIONS", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}),
    Attack("preflight of a private network", "OPTIONS", headers={"Access-Control-Request-Private-Network": "true"}),
    Attack("OPTIONS alone", "OPTIONS", headers={}),
    Attack("OPTIONS *", "OPTIONS", "*", {}),
    Attack("WebSocket", "GET", "/", {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                                     "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}),
    Attack("HTTP/2 upgrade", "GET", "/", {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": ""}),
    Attack("text/plain POST", headers={"Content-Type": "text/plain"}),
    Attack("form POST", headers={"Content-Type": "application/x-www-form-urlencoded"}, body=b"Action=ListQueues"),
    Attack("form POST of a parameter", headers={"Content-Type": "application/x-www-form-urlencoded"},
           body=b"Action=GetParameter&Name=/telemetry/local/github-webhook-secret-token"),
    Attack("query", "GET", "/?Action=ListQueues&Version=2012-11-05", {}),
    Attack("absolute target", "GET", "http://evil.example/_ministack/health", {}),
    Attack("two targets", headers={**JSON_TARGET, "x-amz-target": "AWSLambda.Invoke"}),
    # services and administration that nothing of ours needs
    Attack("shell by SSM", headers=RUN_A_SHELL, body=b'{"DocumentName":"AWS-RunShellScript","InstanceIds":["i-1"]}'),
    Attack("Lambda", "GET", "/2015-03-31/functions/", {}),
    Attack("Lambda, signed", "POST", "/2015-03-31/functions", {
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261129/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"}),
    Attack("function URL", "GET", "/_aws/lambda-url/x/", {}),
    Attack("execute-api", "GET", "/_aws/execute-api/abcdefgh/$default/telemetry", {}),
    Attack("S3", "PUT", "/bucket", {}),
    Attack("S3 list", "GET", "/", {}),
    Attack("DynamoDB", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
    Attack("SecretsManager", headers={"X-Amz-Target": "secretsmanager.ListSecrets"}),
    Attack("a prefix of a target", headers={"X-Amz-Target": "AmazonSQS.ListQueuesEvil"}),
    Attack("purge", headers={"X-Amz-Target": "AmazonSQS.PurgeQueue"}),
    Attack("reset", "POST", "/_ministack/reset", {}),
    Attack("configuration", "POST", "/_ministack/config", {"Content-Type": "application/json"}),
    Attack("messages", "GET", "/_ministack/sqs/messages", {}),
    Attack("encoded administration", "POST", "/%5Fministack/reset", {}),
    Attack("code of a function", "GET", "/_ministack/lambda-code/x", {}),
    Attack("LocalStack's administration", "GET", "/_localstack/init", {}),
    Attack("another way to health", "GET", "/_localstack/health", {}),
    Attack("health by POST", "POST", "/_ministack/health", {}),
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("closed")
    (folder / ".telemetry").mkdir(mode=0o755)
    (folder / ".telemetry").chmod(0o777)
    app = {"GITHUB_APP_ID": "7", "GITHUB_APP_PRIVATE_KEY": PRIVATE_KEY}
    with serving(folder, {**TOKENS, **app, "GITHUB_API_URL": "http://127.0.0.1:9"}) as started:
        yield started


def asked(port: int, attack: Attack) -> tuple[int, list[tuple[str, str]], bytes]:
    """Send a request exactly as it is described, and return the response; status 0: the connection was closed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.putrequest(attack.method, attack.path, skip_host=True, skip_accept_encoding=True)
        if attack.host:
            connection.putheader("Host", attack.host.replace("PORT", str(port)))
        for name, value in attack.headers.items():
            connection.putheader(name, value.replace("PORT", str(port)))
        if attack.method in ("POST", "PUT"):
            connection.putheader("Content-Length", str(len(attack.body)))
        connection.endheaders(attack.body if attack.method in ("POST", "PUT") else None)
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()
    except (http.client.HTTPException, OSError):
        return 0, [], b""
    finally:
        connection.close()


def port(server: Server) -> int:
    return urlsplit(emulator_url(server)).port or 0


def test_the_same_requests_are_answered_when_no_page_sends_them(server: Server) -> None:
    for host in ("127.0.0.1:PORT", "localhost:PORT", "LOCALHOST:PORT"):
        status, headers, body = asked(port(server), Attack("ours", host=host))
        assert (status, [name for name, _ in headers if name.lower().startswith("access-control")]) == (200, [])
        assert b"telemetry-local" in body
    status, _, body = asked(port(server), Attack("secret", headers=READ_SECRET, body=SECRET_BODY))
    assert (status, b"Parameter" in body) == (200, True)
    assert asked(port(server), Attack("health", "GET", "/_ministack/health", {}))[0] == 200


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_it_is_refused(server: Server, attack: Attack) -> None:
    status, headers, body = asked(port(server), attack)
    # hypercorn itself says 101 to h2c; what comes over it meets the guard: the next test
    assert status in (0, 400, 403, 404, *([101] if "h2c" in attack.headers.values() else [])), (status, body)
    assert [name for name, _ in headers if name.lower().startswith("access-control")] == []
    assert b"telemetry" not in body
    assert b"available" not in body


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.host != "127.0.0.1:PORT" or "Origin" in attack.headers],
                         ids=lambda attack: attack.name)  # fmt: skip
def test_it_is_refused_where_every_service_is_open(everything: Emulator, attack: Attack) -> None:
    status, headers, body = asked(urlsplit(everything.endpoint).port or 0, attack)
    assert status in (0, 400, 403), status
    assert (
        status != 403 or b"not answered" in body or b"own address" in body
    )  # by the guard, not for want of a signature
    assert [name for name, _ in headers if name.lower().startswith("access-control")] == []


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = Emulator(
        state=tmp_path_factory.mktemp("all"), services=ALL, root=Credentials("key", "secret"), ephemeral=True
    )
    emulator.start()
    yield emulator
    emulator.stop()


def test_with_every_service_open_administration_is_closed(everything: Emulator) -> None:
    for path in ("/_ministack/reset", "/_ministack/config", "/_localstack/x", "/%5Fministack/reset"):
        assert asked(urlsplit(everything.endpoint).port or 0, Attack("x", "POST", path, {}))[0] == 403
    assert asked(urlsplit(everything.endpoint).port or 0, Attack("x", "GET", "/_ministack/health", {}))[0] == 200


def test_a_request_without_a_host_or_with_two_is_refused(server: Server) -> None:
    for lines in (
        f"POST / HTTP/1.0\r\n{TARGET}\r\nContent-Length: 2\r\n\r\n{{}}",
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port(server)}\r\nHost: evil.example\r\n{TARGET}\r\nContent-Length: 2\r\n\r\n{{}}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port(server)), 30) as raw:
            raw.settimeout(5)
            raw.sendall(lines.encode())
            try:
                answer = raw.recv(4096)
            except TimeoutError:
                answer = b""
        assert b" 200 " not in answer.partition(b"\r\n")[0]
        assert b"telemetry" not in answer


def test_it_listens_on_the_loopback_only_and_not_on_localstacks_port(server: Server) -> None:
    [process] = emulators(server.folder)
    listening = [connection.laddr for connection in process.net_connections() if connection.status == "LISTEN"]
    assert listening == [("127.0.0.1", port(server))]
    assert port(server) != 4566


def test_what_it_writes_is_its_owners_alone(server: Server) -> None:
    state = server.folder / ".telemetry"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    files = [path for path in state.rglob("*") if path.name != "dashboard.duckdb"]
    assert any(path.name == "emulator.json" for path in files)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}


def test_the_emulator_s_files_are_private_also_those_of_earlier_versions(tmp_path: Path) -> None:
    folder = tmp_path / ".telemetry"
    old = folder / "emulator-4566"
    old.mkdir(parents=True)
    (old / "sts.json").write_text("{}")
    (old / "sts.json").chmod(0o644)
    folder.chmod(0o755)
    emulator = Emulator(state=folder)
    emulator.start()
    wiring.clients(emulator.endpoint).sqs.create_queue(QueueName="x")
    emulator.stop()
    assert (folder / "emulator" / "sqs.json").exists()
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_private_folder_closes_the_state_folder_above_it(tmp_path: Path) -> None:
    make_private(tmp_path / ".telemetry" / "local-x")
    assert stat.S_IMODE((tmp_path / ".telemetry").stat().st_mode) == 0o700


def test_the_emulator_holds_the_webhook_secret_and_no_token(server: Server) -> None:
    ssm = wiring.clients(emulator_url(server)).ssm
    for name in ("github-access-token/source", "github-access-token/data", "github-app-private-key"):
        with pytest.raises(ClientError, match="ParameterNotFound"):
            ssm.get_parameter(Name=f"/telemetry/local/{name}", WithDecryption=True)
    assert ssm.get_parameter(Name="/telemetry/local/github-webhook-secret-token")["Parameter"]["Value"]


def test_no_token_reaches_the_emulator_s_process_or_its_files(server: Server) -> None:
    [process] = emulators(server.folder)
    everything = json.dumps([process.environ(), process.cmdline()]).encode()
    everything += b"".join(path.read_bytes() for path in (server.folder / ".telemetry").rglob("*") if path.is_file())
    for secret in (*TOKENS.values(), "keykeykeykey"):
        assert not any(form in everything for form in forms(secret))


def test_only_tokens_of_an_earlier_version_are_deleted(
    tmp_path: Path,
) -> None:
    folder = tmp_path / ".telemetry"
    before = Emulator(state=folder)
    before.start()
    clients = wiring.clients(before.endpoint)
    for name, value in {"github-access-token/source": SECRET_TOKEN, "github-app-private-key": SECRET_TOKEN, "github-webhook-secret-token": "kept"}.items():  # fmt: skip
        clients.ssm.put_parameter(Name=f"/telemetry/local/{name}", Value=value, Type="SecureString")
    url = clients.sqs.create_queue(QueueName="telemetry-local")["QueueUrl"]
    clients.sqs.send_message(QueueUrl=url, MessageBody="waits")
    before.stop()
    (folder / "emulator").rename(folder / "emulator-4566")
    assert _containing(folder, SECRET_TOKEN) == [folder / "emulator-4566" / "ssm.json"]
    after = Emulator(state=folder)
    after.start()
    try:
        assert not _containing(folder, SECRET_TOKEN)
        clients = wiring.clients(after.endpoint)
        assert (
            clients.ssm.get_parameter(Name="/telemetry/local/github-webhook-secret-token", WithDecryption=True)[
                "Parameter"
            ]["Value"]
            == "kept"
        )
        url = clients.sqs.get_queue_url(QueueName="telemetry-local")["QueueUrl"]
        assert [message["Body"] for message in clients.sqs.receive_message(QueueUrl=url)["Messages"]] == ["waits"]
    finally:
        after.stop()
    assert not _containing(folder, SECRET_TOKEN)


def test_tokens_in_an_external_emulator_are_deleted(emulator: wiring.Clients, tmp_path: Path) -> None:
    name: dict[str, Any] = {"Name": "/telemetry/closed/github-access-token/data"}
    emulator.ssm.put_parameter(**name, Value="ghp_x", Type="SecureString")
    with (
        serving(tmp_path, {"ENVIRONMENT_ID": "closed", **TOKENS}, emulator.sqs.meta.endpoint_url),
        pytest.raises(ClientError, match="ParameterNotFound"),
    ):
        emulator.ssm.get_parameter(**name)


def forms(secret: str) -> list[bytes]:
    """Return a text as it is and in base64, as MiniStack writes a SecureString."""
    return [secret.encode(), *(base64.b64encode(b" " * shift + secret.encode())[4:-4] for shift in range(3))]


def _containing(folder: Path, text: str) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(form in path.read_bytes() for form in forms(text))]
