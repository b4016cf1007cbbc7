"""AWS, Google Cloud and this machine, each in the state that a condition names, over what it really speaks."""

import base64
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import pytest
from google.cloud.secretmanager_v1 import types
from pydantic import SecretStr

from core import message
from core.log import Log
from core.secrets_cache import WEBHOOK_SECRET
from core.settings import Settings
from runtimes.aws import webhook, webhook_wiring, worker, worker_wiring
from runtimes.aws.ssm_secrets import parameter_name
from runtimes.gcp.secretmanager_secrets import secret_name
from runtimes.local import event_source_mapping, server, wiring
from runtimes.local.gcp_functions import GoogleFunctions
from runtimes.local.health import Health
from runtimes.local.poller import Poller
from tests.builders import SECRET, settings
from tests.conftest import free_port
from tests.contract.runtime.vectors import INCIDENT, NEWER, OWNER, REPO, Vector
from tests.e2e.server import wait_for
from tests.environment import PATIENCE

GATEWAY_LIMIT = 10 * 1024 * 1024
"""Bytes: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
SECRETS = {"rotated": f"{NEWER}\n{SECRET}", "secret missing": None, "secret empty": "unset"}
"""By condition, where it is not SECRET."""
FIXED = ("content-type", "retry-after")
"""Headers of ours; the others are the carrier's."""


class Got(NamedTuple):
    """An answer."""

    status: int
    body: Any
    """As JSON reads it, else as text."""
    headers: dict[str, str]
    own: bool = True
    """Whether the pipeline said it, and not the cloud's API gateway."""


class Dead(NamedTuple):
    """A dead letter."""

    delivery: str
    payload: str
    reason: str


class Harness(Protocol):
    """One runtime in one condition."""

    def send(self, vector: Vector) -> Got:
        """The request, as GitHub's would arrive."""

    def settle(self) -> list[Dead]:
        """Work until nothing waits; the dead letters."""


def settings_for(folder: Path, github: str, name: str) -> Settings:
    """The same settings everywhere but for names."""
    return settings(
        environment_id=name,
        repo_owner=OWNER,
        repo_name=REPO,
        incident_labels=INCIDENT.upper(),
        github_api_url=github,
        github_access_token="token",
        store_directory=str(folder),
        retry_seconds=1,
        log_level="error",
        host="127.0.0.1",
        port=0,
    )


# Google Cloud


class GoogleCloud:
    """functions-framework over HTTP."""

    def __init__(self, functions: GoogleFunctions) -> None:
        self._functions = functions

    def send(self, vector: Vector) -> Got:
        return over_http(self._functions.urls["webhook"], vector)

    def settle(self) -> list[Dead]:
        wait_for(lambda: not self._functions.backlog, "Pub/Sub to be empty")
        messages = self._functions.google.pubsub.backlog(self._functions.named("subscriptions", "dead-letters"))
        return sorted(dead(entry.data.decode(), entry.attributes["reason"]) for entry in messages)


@contextmanager
def google_cloud(condition: str, folder: Path, github: str) -> Iterator[Harness]:
    config = settings_for(folder, github, "conformance")
    config = config.model_copy(
        update={"github_webhook_secret": SecretStr(str(SECRETS[condition]) if condition == "rotated" else SECRET)}
    )
    secret = f"projects/local-project/secrets/{secret_name(config.environment_id, WEBHOOK_SECRET)}"
    with GoogleFunctions(config, Log("error")) as functions:
        if condition == "secret empty":
            functions.google.secrets.put(secret, "unset")
        if condition == "secret missing":
            functions.google.secrets.call("DeleteSecret", types.DeleteSecretRequest.pb()(name=secret))
        if condition == "secret unreachable":
            functions.google.secrets.down = "UNAVAILABLE"
        if condition == "queue unreachable":
            functions.google.pubsub.down = "UNAVAILABLE"
        yield GoogleCloud(functions)


# this machine


class ThisMachine:
    """The dev server over HTTP."""

    def __init__(self, url: str, poller: Poller, clients: wiring.Clients, queues: wiring.Queues) -> None:
        self._url = url
        self._poller = poller
        self._made = clients
        self._queues = queues

    def send(self, vector: Vector) -> Got:
        return over_http(self._url, vector)

    def settle(self) -> list[Dead]:
        return settled(self._poller, self._made, self._queues)


@contextmanager
def this_machine(condition: str, folder: Path, github: str, endpoint: str) -> Iterator[Harness]:
    config = settings_for(folder, github, f"local-{free_port()}")
    clients = wiring.clients(endpoint)
    queues = wiring.make_queues(clients.sqs, config)
    put_secret(clients.ssm, config, condition)
    nowhere = wiring.clients(f"http://127.0.0.1:{free_port()}", wiring.WEBHOOK_TIMEOUTS)
    reached = wiring.Clients(
        nowhere.ssm if condition == "secret unreachable" else clients.ssm,
        nowhere.sqs if condition == "queue unreachable" else clients.sqs,
    )
    health, log = Health(), Log("error")
    front = server.App(health)
    listening = server.listen(front, config)
    front.open(wiring.webhook_services(reached, queues, config, health, log))
    processing = wiring.worker_services(clients, queues, config, health, log)
    work = event_source_mapping.poller(
        clients.sqs, queues.queue, lambda event, _: worker.respond(event, processing), health, log
    )
    thread = threading.Thread(target=listening.run)
    thread.start()
    try:
        yield ThisMachine(f"http://127.0.0.1:{listening.effective_port}", work, clients, queues)
    finally:
        listening.trigger.pull_trigger(partial(stop, listening))
        thread.join(PATIENCE)


def stop(listening: Any) -> None:
    """By its own thread, which ends when it has nothing open any more."""
    for channel in list(listening.active_channels.values()):
        channel.handle_close()
    listening.task_dispatcher.shutdown()
    listening.close()


# AWS


class Aws:
    """API Gateway's event to the function's entry point; the queue and the secrets in the emulator."""

    def __init__(self, poller: Poller, clients: wiring.Clients, queues: wiring.Queues) -> None:
        self._poller = poller
        self._made = clients
        self._queues = queues

    def send(self, vector: Vector) -> Got:
        own = through_api_gateway(vector)
        if own is not None:
            return own
        got = self._function(vector, base64_too=True)
        if got.status != 202 and got != self._function(vector, base64_too=False):
            return Got(0, "the answer depends on whether the body is in base64", {})
        return got

    def settle(self) -> list[Dead]:
        return settled(self._poller, self._made, self._queues)

    def _function(self, vector: Vector, *, base64_too: bool) -> Got:
        answer = webhook.handler(event(vector, base64_too=base64_too), None)
        return got(answer["statusCode"], answer["body"].encode(), answer["headers"])


@contextmanager
def aws(condition: str, folder: Path, github: str, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    config = settings_for(folder, github, f"aws-{free_port()}")
    clients = wiring.clients(endpoint)
    queues = wiring.make_queues(clients.sqs, config)
    put_secret(clients.ssm, config, condition)
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "accesskey",
        "AWS_SECRET_ACCESS_KEY": "secretkey",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "ENVIRONMENT_ID": config.environment_id,
        "REPO_OWNER": OWNER,
        "REPO_NAME": REPO,
        "INCIDENT_LABELS": INCIDENT.upper(),
        "GITHUB_API_URL": github,
        "STORE_DIRECTORY": str(folder),
        "RETRY_SECONDS": "1",
        "LOG_LEVEL": "error",
        "QUEUE_URL": queues.queue,
        "DEAD_LETTERS_URL": queues.dead_letters,
    }
    nowhere = f"http://127.0.0.1:{free_port()}"
    if condition == "secret unreachable":
        environment["AWS_ENDPOINT_URL_SSM"] = nowhere
    if condition == "queue unreachable":
        environment["AWS_ENDPOINT_URL_SQS"] = nowhere
    with monkeypatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        forget()
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)
        log = Log("error")
        work = event_source_mapping.poller(
            clients.sqs, queues.queue, lambda event, _: worker.handler(event, context), Health(), log
        )
        try:
            yield Aws(work, clients, queues)
        finally:
            forget()


def forget() -> None:
    """As a new environment of the function would begin."""
    webhook_wiring.webhook_services.cache_clear()
    worker_wiring.worker_services.cache_clear()


def through_api_gateway(vector: Vector) -> Got | None:
    """What the gateway answers by itself: it has one route, and takes 10 MB."""
    if len(vector.body) > GATEWAY_LIMIT:
        return Got(413, {"message": "Request Entity Too Large"}, {"content-type": "application/json"}, own=False)
    if (vector.method, vector.path.partition("?")[0]) != ("POST", "/telemetry"):
        return Got(404, {"message": "Not Found"}, {"content-type": "application/json"}, own=False)
    return None


def event(vector: Vector, *, base64_too: bool) -> dict[str, Any]:
    """Payload format 2.0. Names in lower case, several values joined; a body that is no text in base64."""
    headers: dict[str, str] = {}
    for name, value in vector.headers:
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    text = None if base64_too else decoded(vector.body)
    return {
        "version": "2.0",
        "routeKey": "POST /telemetry",
        "rawPath": vector.path.partition("?")[0],
        "rawQueryString": vector.path.partition("?")[2],
        "headers": headers,
        "requestContext": {"http": {"method": "POST", "path": "/telemetry", "sourceIp": "192.30.252.1"}},
        "body": base64.b64encode(vector.body).decode() if text is None else text,
        "isBase64Encoded": text is None,
    }


def decoded(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


# what they have in common


def settled(poller: Poller, clients: wiring.Clients, queues: wiring.Queues) -> list[Dead]:
    """Work SQS off; its dead letters."""

    def worked() -> bool:
        poller.poll()
        return not wiring.count_messages(clients.sqs, queues)

    wait_for(worked, "SQS to be empty")
    letters: list[Dead] = []
    asked = {"QueueUrl": queues.dead_letters, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
    while messages := clients.sqs.receive_message(**asked).get("Messages"):
        letters += [dead(entry["Body"], entry["MessageAttributes"]["reason"]["StringValue"]) for entry in messages]
    return sorted(letters)


def dead(body: str, reason: str) -> Dead:
    """But for the time at which it came."""
    parsed = message.decode(body)
    return Dead(parsed.delivery_id, json.dumps(parsed.payload, sort_keys=True), reason)


def put_secret(ssm: Any, config: Settings, condition: str) -> None:
    """Into the emulator's parameter."""
    value = SECRETS.get(condition, SECRET)
    if value is not None:
        name = parameter_name(config.environment_id, WEBHOOK_SECRET)
        ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
    for name in ("github-access-token/source", "github-access-token/data"):
        path = parameter_name(config.environment_id, name)
        ssm.put_parameter(Name=path, Value="token", Type="SecureString", Overwrite=True)


def over_http(url: str, vector: Vector) -> Got:
    """Headers as they are listed, the path as it is written."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.putrequest(vector.method, vector.path, skip_accept_encoding=True)
        for name, value in vector.headers:
            connection.putheader(name, value.encode("utf-8"))
        length = ("Transfer-Encoding", "chunked") if vector.chunked else ("Content-Length", str(len(vector.body)))
        connection.putheader(*length)
        connection.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before it was read: the answer is there
            connection.send(in_chunks(vector.body) if vector.chunked else vector.body)
        answer = connection.getresponse()
        return got(answer.status, answer.read(), dict(answer.getheaders()))
    finally:
        connection.close()


def in_chunks(body: bytes, size: int = 1000) -> bytes:
    """https://www.rfc-editor.org/rfc/rfc9112#section-7.1"""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def got(status: int, body: bytes, headers: Mapping[str, str]) -> Got:
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        read: Any = json.loads(body)
    except ValueError:
        read = body.decode(errors="replace")
    return Got(status, read, {name: lower[name] for name in FIXED if name in lower})
