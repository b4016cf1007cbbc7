"""The light client of AWS where the way there is bad, or AWS is. What it says and what it does beside botocore."""

import json
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from core.errors import SecretMissing, Unavailable
from core.http_client import connection
from core.retries import SHORTEST_ATTEMPT, time_limit
from core.secrets_cache import WEBHOOK_SECRET
from runtimes.aws import aws_api
from runtimes.aws.aws_api import SQS, SSM, TIMEOUTS, AwsApi, AwsError
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.ssm_secrets import SsmSecrets
from tests.conftest import free_port, missing
from tests.contract.scripted_server import DRIP, Act, Scripted, answer, cut, drip, raw, silence
from tests.environment import PATIENCE

PARAMETER = {"Parameter": {"Name": "p", "Value": "s3cret"}}
SENT = {"MessageId": "m-1", "MD5OfMessageBody": "x"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "zebra", "AWS_SESSION_TOKEN": "giraffe"}

Serve = Callable[..., Scripted]


class Time:
    """UNIX seconds that stand still until they are told to move."""

    def __init__(self) -> None:
        self.now = 1_795_500_000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.pauses)


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Scripted] = []

    def start(*script: Sequence[Act], tls: ssl.SSLContext | None = None) -> Scripted:
        servers.append(Scripted(script, tls))
        return servers[-1]

    yield start
    for client in CLIENTS:
        client.close()
    CLIENTS.clear()
    for server in servers:
        server.close()


CLIENTS: list[AwsApi] = []


def api(service: aws_api.Service, url: str, clock: Time | None = None, **environment: str) -> AwsApi:
    clock = clock or Time()
    variables = {**KEYS, "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": url, **environment}
    CLIENTS.append(AwsApi(service, variables, clock, clock.pause, clock.monotonic))
    return CLIENTS[-1]


def secrets(server: Scripted) -> SsmSecrets:
    return SsmSecrets(api(SSM, server.url), "prod")


def test_a_request_is_what_aws_documents(serve: Serve) -> None:
    server = serve([answer(body=SENT)])
    assert SqsQueue(api(SQS, server.url), "https://queue").send("ü") == "m-1"
    [(_, headers, body)] = server.requests
    assert json.loads(body) == {"QueueUrl": "https://queue", "MessageBody": "ü", "DelaySeconds": 0}
    assert headers["x-amz-target"] == "AmazonSQS.SendMessage"
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert headers["x-amz-date"] == "20261124T060000Z"
    assert headers["x-amz-security-token"] == "giraffe"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/20261124/eu-west-1/sqs/aws4_request, ")
    assert "zebra" not in str(server.requests)


def test_several_requests_share_one_connection_but_no_two_threads_do(serve: Serve) -> None:
    server = serve([answer(body=PARAMETER)] * 3, [answer(body=PARAMETER)])
    source = secrets(server)
    assert [source.get(WEBHOOK_SECRET) for _ in range(3)] == ["s3cret"] * 3
    other = threading.Thread(target=source.get, args=(WEBHOOK_SECRET,))
    other.start()
    other.join(PATIENCE)
    assert server.connections == [0, 0, 0, 1]


def test_the_keys_are_read_for_each_request(serve: Serve) -> None:
    server = serve([answer(body=PARAMETER)] * 2)
    environment = {**KEYS, "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL_SSM": server.url}
    CLIENTS.append(AwsApi(SSM, environment))
    source = SsmSecrets(CLIENTS[-1], "prod")
    source.get(WEBHOOK_SECRET)
    environment |= {"AWS_ACCESS_KEY_ID": "NEWER", "AWS_SESSION_TOKEN": ""}
    source.get(WEBHOOK_SECRET)
    [first, second] = [headers for _, headers, _ in server.requests]
    assert ("Credential=AKID/" in first["authorization"], first["x-amz-security-token"]) == (True, "giraffe")
    assert ("Credential=NEWER/" in second["authorization"], "x-amz-security-token" in second) == (True, False)


@pytest.mark.parametrize("dead", [cut, raw(b"", then_cut=True)])
def test_a_broken_idle_connection_is_replaced_at_once(serve: Serve, dead: Act) -> None:
    server = serve([answer(body=SENT), dead], [answer(body=SENT)])
    clock = Time()
    queue = SqsQueue(api(SQS, server.url, clock), "q")
    assert [queue.send("a"), queue.send("b")] == ["m-1", "m-1"]
    assert (server.connections, clock.pauses) == ([0, 0, 1], [])


def test_a_connection_closed_while_frozen_is_replaced_at_once(serve: Serve) -> None:
    def answered_and_gone(sock: Any) -> None:
        answer(body=SENT)(sock)
        cut(sock)

    server = serve([answered_and_gone], [answer(body=SENT)])
    queue = SqsQueue(api(SQS, server.url), "q")
    assert [queue.send("a"), queue.send("b")] == ["m-1", "m-1"]
    assert server.connections == [0, 1]


@pytest.mark.parametrize(("rest", "connections"), [(9.0, [0, 0]), (11.0, [0, 1]), (-1.0, [0, 1])])
def test_a_connection_that_rested_for_long_is_not_used_again(serve: Serve, rest: float, connections: list[int]) -> None:
    server = serve([answer(body=SENT)] * 2, [answer(body=SENT)])
    clock = Time()
    queue = SqsQueue(api(SQS, server.url, clock), "q")
    queue.send("a")
    clock.now += rest
    queue.send("b")
    assert server.connections == connections


def test_after_connection_close_a_new_connection_is_opened(serve: Serve) -> None:
    closing = answer(body=SENT, head="Connection: close\r\n")
    server = serve([closing], [closing])
    queue = SqsQueue(api(SQS, server.url), "q")
    assert [queue.send("a"), queue.send("b")] == ["m-1", "m-1"]
    assert server.connections == [0, 1]


THROTTLED = {
    "HTTP429": answer(429, {}),
    "ThrottlingException": answer(400, {"__type": "ThrottlingException", "message": "zebra"}),
    "KmsThrottled": answer(400, {"__type": "com.amazonaws.sqs#KmsThrottled", "message": "zebra"}),
}
PASSING = {
    "HTTP500": answer(500, b"<html>"),
    "InternalServerError": answer(500, {"__type": "InternalServerError"}),
    "HTTP503": answer(503, b""),
    "IncompleteResponse": cut,
    "InvalidResponse": raw(b"zebra\r\n\r\n", then_cut=True),
    "UnreadableAnswer": answer(200, b"zebra"),
}


@pytest.mark.parametrize("act", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_once_more(serve: Serve, act: Act) -> None:
    server = serve([act, answer(body=PARAMETER)], [answer(body=PARAMETER)])
    assert secrets(server).get(WEBHOOK_SECRET) == "s3cret"
    assert len(server.requests) == 2


@pytest.mark.parametrize(("code", "act"), PASSING.items(), ids=PASSING)
def test_a_persistent_error_is_unavailable_after_two_attempts(serve: Serve, code: str, act: Act) -> None:
    server = serve([act, act], [act])
    with pytest.raises(Unavailable) as raised:
        secrets(server).get(WEBHOOK_SECRET)
    assert len(server.requests) == 2
    assert str(raised.value) == f"the parameter /telemetry/prod/{WEBHOOK_SECRET} cannot be read: {code}"


@pytest.mark.parametrize("act", THROTTLED.values(), ids=THROTTLED)
def test_a_throttled_request_is_repeated_with_growing_random_pauses(serve: Serve, act: Act) -> None:
    server = serve([*[act] * 4, answer(body=PARAMETER)])
    clock = Time()
    source = SsmSecrets(api(SSM, server.url, clock), "prod")
    assert source.get(WEBHOOK_SECRET) == "s3cret"
    assert server.connections == [0] * 5
    assert [0 <= pause < longest for pause, longest in zip(clock.pauses, (0.1, 0.2, 0.4, 0.8), strict=True)] == [
        True
    ] * 4


@pytest.mark.parametrize(("code", "act"), THROTTLED.items(), ids=THROTTLED)
def test_a_request_that_stays_throttled_is_unavailable_in_time(serve: Serve, code: str, act: Act) -> None:
    server = serve([act] * 200)
    clock = Time()
    with pytest.raises(Unavailable) as raised:
        SsmSecrets(api(SSM, server.url, clock), "prod").get(WEBHOOK_SECRET)
    assert str(raised.value) == f"the parameter /telemetry/prod/{WEBHOOK_SECRET} cannot be read: {code}"
    assert sum(clock.pauses) < time_limit(TIMEOUTS) - SHORTEST_ATTEMPT
    assert len(server.requests) > 5


def test_after_a_throttle_a_time_out_is_repeated_once(serve: Serve) -> None:
    server = serve([THROTTLED["HTTP429"], cut], [cut], [cut], [answer(body=PARAMETER)])
    with pytest.raises(Unavailable, match="IncompleteResponse"):
        secrets(server).get(WEBHOOK_SECRET)
    assert server.connections == [0, 0, 1, 2]  # a reused connection that was cut is no attempt


FINAL = {
    "AccessDeniedException": answer(400, {"__type": "AccessDeniedException", "Message": "User: zebra"}),
    "QueueDoesNotExist": answer(400, {"__type": "com.amazonaws.sqs#QueueDoesNotExist"}),
    "ExpiredToken": answer(403, {"__type": "ExpiredToken:http://internal.amazon.com/coral/"}),
    "HTTP400": answer(400, {"__type": "zebra zebra\r\n"}),
    "HTTP403": answer(403, ["zebra"]),
    "HTTP301": answer(301, {}, head="Location: http://127.0.0.1:9/\r\n"),
    "ResponseTooLarge": answer(200, {**SENT, "x": "x" * 100_000}),
}


@pytest.mark.parametrize(("code", "act"), FINAL.items(), ids=FINAL)
def test_a_permanent_error_is_tried_once_and_shows_only_its_code(serve: Serve, code: str, act: Act) -> None:
    server = serve([act])
    with pytest.raises(Unavailable) as raised:
        SqsQueue(api(SQS, server.url), "q").send("body")
    assert str(raised.value) == f"SQS refused send_message: {code}"
    assert len(server.requests) == 1


OK = b"HTTP/1.1 200 OK\r\n"
WRONG = {
    "IncompleteResponse": [
        OK[:7],
        OK + b"Content-Length: 50\r\n\r\n{",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
    ],
    "InvalidResponse": [
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Transfer-Encoding: gzip\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzebra\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    ],
    "ResponseTooLarge": [OK + b"x" * 100_000, OK + b"Content-Length: 70000\r\n\r\n", OK + b"\r\n" + b"x" * 100_000],
}


@pytest.mark.parametrize(("code", "data"), [(code, data) for code in WRONG for data in WRONG[code]])
def test_what_is_no_whole_answer_is_none(serve: Serve, code: str, data: bytes) -> None:
    act = raw(data, then_cut=True)
    server = serve([act], [act])
    with pytest.raises(Unavailable) as raised:
        SqsQueue(api(SQS, server.url), "q").send("body")
    assert str(raised.value) == f"SQS refused send_message: {code}"


@pytest.mark.parametrize("head", [b"HTTP/1.1 200\r\n\r\n", b"HTTP/1.0 200 OK\r\nServer:x\r\n\r\n"])
def test_an_answer_may_end_with_its_connection(serve: Serve, head: bytes) -> None:
    act = raw(head + json.dumps(SENT).encode(), then_cut=True)
    server = serve([act], [act])
    queue = SqsQueue(api(SQS, server.url), "q")
    assert [queue.send("a"), queue.send("b")] == ["m-1", "m-1"]
    assert server.connections == [0, 1]


def test_bytes_behind_an_answer_are_not_taken_for_the_next(serve: Serve) -> None:
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b'{"MessageId": "bad"}'
    good = OK + b"Content-Length: 20\r\n\r\n" + b'{"MessageId": "m-1"}'
    server = serve([raw(good + forged)], [answer(body=SENT)])
    queue = SqsQueue(api(SQS, server.url), "q")
    assert [queue.send("a"), queue.send("b")] == ["m-1", "m-1"]


def test_an_absent_parameter_is_a_missing_secret(serve: Serve) -> None:
    server = serve([answer(400, {"__type": "ParameterNotFound"})])
    with pytest.raises(SecretMissing):
        secrets(server).get(WEBHOOK_SECRET)


def test_a_chunked_answer_is_read_and_an_endless_one_is_not(serve: Serve) -> None:
    body = json.dumps(SENT).encode()
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    endless = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"4000\r\n%s\r\n" % (b" " * 0x4000) * 8)
    server = serve([answer(200, chunks, head="Transfer-Encoding: chunked\r\n")] + [endless] * 2)
    queue = SqsQueue(api(SQS, server.url), "q")
    assert queue.send("a") == "m-1"
    with pytest.raises(Unavailable, match="ResponseTooLarge"):
        queue.send("b")


@pytest.mark.parametrize("act", [silence, drip])
def test_two_attempts_end_in_time_even_where_an_answer_drips(serve: Serve, act: Act) -> None:
    server = serve([act], [act])
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="TimeoutError"):
        secrets(server).get(WEBHOOK_SECRET)
    assert time.monotonic() - begun < DRIP  # how long exactly: the next test
    assert len(server.requests) == 2


def test_a_secret_and_a_message_together_fit_the_function_s_nine_seconds() -> None:
    assert 2 * time_limit(TIMEOUTS) < 9 - 0.5


def test_a_refused_connection_is_unavailable() -> None:
    queue = SqsQueue(api(SQS, f"http://127.0.0.1:{free_port()}"), "q")
    with pytest.raises(Unavailable, match="ConnectionRefusedError"):
        queue.send("a")


@pytest.mark.parametrize("missing_key", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_without_keys_nothing_is_sent(serve: Serve, missing_key: str) -> None:
    server = serve([])
    with pytest.raises(Unavailable, match="NoCredentials"):
        SqsQueue(api(SQS, server.url, **{missing_key: ""}), "q").send("a")


def test_a_token_that_no_header_can_hold_is_not_shown(serve: Serve) -> None:
    with pytest.raises(Unavailable) as raised:
        SqsQueue(api(SQS, serve([silence]).url, AWS_SESSION_TOKEN="zebra\r\nzebra"), "q").send("a")
    assert str(raised.value) == "SQS refused send_message: ValueError"


def test_without_a_region_there_is_no_client() -> None:
    with pytest.raises(AwsError, match="NoRegion"):
        AwsApi(SQS, KEYS)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:4566", "http://"])
def test_an_invalid_endpoint_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match="an endpoint is"):
        api(SQS, url)


def test_the_endpoint_of_a_service_overrides_the_general_one() -> None:
    environment = {"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_SQS": "http://sqs"}
    assert [aws_api.endpoint(name, "eu-west-1", environment) for name in ("sqs", "ssm")] == ["http://sqs", "http://all"]


def test_in_every_partition_the_endpoint_is_botocore_s() -> None:
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    assert len(partitions) >= 7
    for region in (session.get_available_regions("sqs", name)[0] for name in partitions):
        for service in ("sqs", "ssm"):
            theirs = session.create_client(service, region, aws_access_key_id="a", aws_secret_access_key="b")
            assert aws_api.endpoint(service, region, {}) == theirs.meta.endpoint_url


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    if shutil.which("openssl") is None:
        missing("openssl", "install the system's package of that name")
    key, file = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command = ["openssl", "req", "-x509", *curve, *subject, "-keyout", str(key), "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return file, context


def test_over_tls_a_connection_is_reused_and_a_broken_one_replaced(
    serve: Serve, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate[0]))
    connection._tls.cache_clear()
    server = serve([answer(body=SENT), answer(body=SENT), cut], [answer(body=SENT)], tls=certificate[1])
    queue = SqsQueue(api(SQS, server.url), "q")
    assert [queue.send(text) for text in "abc"] == ["m-1"] * 3
    assert server.connections == [0, 0, 0, 1]
    connection._tls.cache_clear()


def test_an_untrusted_certificate_is_rejected(serve: Serve, certificate: tuple[Path, ssl.SSLContext]) -> None:
    server = serve([answer(body=SENT)], [answer(body=SENT)], tls=certificate[1])
    with pytest.raises(Unavailable, match="SSLCertVerificationError"):
        SqsQueue(api(SQS, server.url), "q").send("a")
    assert server.requests == []
