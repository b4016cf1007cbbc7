"""Responses of GitHub that are too long, too slow, too deep or untrue cost one event one error, and little time; for the memory see test_poison.py."""

import shutil
import ssl
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import core.github.reader
from core.deadline import within
from core.errors import OutOfTime, PermanentError, ResponseTooLarge, TelemetryError, TransientReadError, Unavailable
from core.events import SignedTriggerEvent
from core.github import bounded_response, session
from core.github.api import GitHubApi, pooled_session
from core.github.git_data import DataRepository, GitData
from core.github.reader import GitHubClient
from core.github.write_budget import WriteBudget
from core.metric import CollectContext
from core.metrics._json_file import JsonFile, json_file
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, SecretsCache
from tests.builders import NOW, settings
from tests.conftest import missing
from tests.environment import PATIENCE
from tests.memory_adapters import MemorySecrets
from tests.security.inputs import hostile_github as hostile
from tests.security.inputs.hostile_github import MB, Act, HostileGitHub

LIST = "/repos/o/r/pulls/1/files"
FILE = "/repos/o/r/contents/package.json"
_BOUND = 60.0
"""Seconds that no answer below may take; the drips alone would take hours."""


def reader(github: HostileGitHub) -> GitHubClient:
    return GitHubClient(pooled_session(), SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), github.url)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LONGEST_RESPONSE", 1.0)
    monkeypatch.setattr(bounded_response, "LONGEST_RESPONSE", 1.0)


def allow_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the size of a response end it, however long a busy machine reads."""
    monkeypatch.setattr(session, "LONGEST_RESPONSE", PATIENCE)
    monkeypatch.setattr(bounded_response, "LONGEST_RESPONSE", PATIENCE)


HARMFUL: list[tuple[Act, type[TelemetryError]]] = [
    (hostile.large_answer, ResponseTooLarge),
    (hostile.without_length, ResponseTooLarge),
    (hostile.endless_chunks, ResponseTooLarge),
    (hostile.gzip_bomb, ResponseTooLarge),
    (hostile.gzip_of_nothing, ResponseTooLarge),
    (hostile.many_values, ResponseTooLarge),
    (hostile.nested_gzip, TransientReadError),
    (hostile.deep, TransientReadError),
    (hostile.huge_number, TransientReadError),
    (hostile.slow_head, TransientReadError),
    (hostile.slow_body, TransientReadError),
    (hostile.slow_chunks, TransientReadError),
    (hostile.shorter_than_it_says, TransientReadError),
    (hostile.redirect_with_a_body, TransientReadError),
    (hostile.error_with_a_body, TransientReadError),
]


@pytest.mark.parametrize(("act", "consequence"), HARMFUL, ids=[act.__name__ for act, _ in HARMFUL])
def test_a_harmful_response_is_one_error_of_bounded_cost(
    act: Act, consequence: type[TelemetryError], monkeypatch: pytest.MonkeyPatch
) -> None:
    if consequence is ResponseTooLarge:
        allow_time(monkeypatch)
    with hostile.serve({LIST: act}) as github:
        start = time.monotonic()
        # a redirect's body is cut off, and what it leads to is empty: no error is the right outcome there
        if act is hostile.redirect_with_a_body:
            assert list(reader(github).pages(LIST)) == []
        else:
            with pytest.raises(consequence) as caught:
                list(reader(github).pages(LIST))
            assert LIST in str(caught.value)
        assert time.monotonic() - start < _BOUND
        assert github.sent[LIST] < 40 * MB


def test_an_endless_list_is_rejected_after_a_number_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.github.reader, "MOST_PAGES", 20)
    with hostile.serve({LIST: hostile.endless_pages}) as github:
        with pytest.raises(ResponseTooLarge, match="more than 20 pages"):
            for _ in reader(github).pages(LIST):
                pass
        assert github.requests[LIST] == 20


def test_bytes_after_the_declared_length_are_not_the_next_response() -> None:
    with hostile.serve({LIST: hostile.longer_than_it_says}) as github:
        client = reader(github)
        for _ in range(3):
            with suppress(TransientReadError):  # the connection broke: it is read again
                assert list(client.pages(LIST)) == []
        assert list(client.pages("/repos/o/r/pulls/1/commits")) == []


FILES: list[tuple[Act, int]] = [
    (hostile.listed_large, 1),
    (hostile.listed_small, 2),
    (hostile.many_values_in_a_file, 2),
    (hostile.inline_large, 1),
]


@pytest.mark.parametrize(("act", "requests"), FILES, ids=[act.__name__ for act, _ in FILES])
def test_a_file_that_is_too_large_is_an_anomaly_of_the_record(
    act: Act, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_time(monkeypatch)
    payload = {"repository": {"id": 1, "name": "r", "owner": {"login": "o"}}}
    event = SignedTriggerEvent("github::deployment", "d", NOW, payload)
    with hostile.serve({FILE: act}) as github:
        context = CollectContext(reader(github), settings())
        assert json_file(event, "package.json", context) == JsonFile(exists=True, parsable=None, version=None)
        assert context.anomalies == ["file_too_large"]
        assert not context.read_failed
        assert github.requests[FILE] == requests
        assert github.sent[FILE] < 40 * MB


def test_a_delivery_of_25_mb_is_read_for_recovery() -> None:
    body = b'{"request":{"payload":{"x":"' + b"x" * 25_000_000 + b'"}}}'
    path = "/repos/o/r/hooks/1/deliveries/2"
    with hostile.serve({path: lambda request: request.body(body)}) as github:
        assert len(reader(github).object(path)["request"]["payload"]["x"]) == 25_000_000


def data_repository(github: HostileGitHub) -> GitData:
    secrets = SecretsCache(MemorySecrets({DATA_TOKEN: "t"}))
    api = GitHubApi(pooled_session(), secrets, DATA_TOKEN, github.url)
    return GitData(api, DataRepository("o", "d"), WriteBudget())


STORE: dict[str, Callable[[GitData], Any]] = {
    "/git/ref/heads/main": GitData.head,
    "/git/trees/a": lambda git: git.entries("a"),
    "/contents/x": lambda git: git.file("x", "main"),
}


@pytest.mark.parametrize("path", STORE)
@pytest.mark.parametrize("act", [hostile.endless_chunks, hostile.gzip_bomb, hostile.deep, hostile.slow_body])
def test_a_harmful_answer_of_the_data_repository_makes_the_batch_wait(path: str, act: Act) -> None:
    """Never Permanent: that would be the fault of an event."""
    with hostile.serve({path: act}) as github, pytest.raises(Unavailable):
        STORE[path](data_repository(github))


def test_a_request_in_flight_at_the_deadline_is_no_failed_read() -> None:
    with hostile.serve({LIST: lambda request: request.hang()}) as github:
        client, start = reader(github), time.monotonic()
        ends = start + 0.5
        with within(lambda: ends - time.monotonic()):
            with pytest.raises(OutOfTime):
                list(client.pages(LIST))
            assert time.monotonic() - start < 0.9 * _BOUND
            with pytest.raises(OutOfTime):
                list(client.pages("/repos/o/r/pulls/1/commits"))
        assert list(client.pages("/repos/o/r/pulls/1/commits")) == []
        assert not isinstance(OutOfTime(""), PermanentError)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context with a certificate that requests trusts."""
    if shutil.which("openssl") is None:
        missing("openssl", "install the system's package of that name")
    key, file = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command = ["openssl", "req", "-x509", *curve, *subject, "-keyout", str(key), "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context


@pytest.mark.parametrize("act", [hostile.slow_head, hostile.slow_body, hostile.endless_chunks, hostile.gzip_bomb])
def test_the_limits_hold_over_tls_and_the_next_request_succeeds(act: Act, tls: ssl.SSLContext) -> None:
    with hostile.serve({LIST: act}, tls) as github:
        client, start = reader(github), time.monotonic()
        with pytest.raises((TransientReadError, ResponseTooLarge)):
            list(client.pages(LIST))
        assert time.monotonic() - start < _BOUND
        client._api._primary._closed_until = 0.0  # the pause after a request that hung
        assert list(client.pages("/repos/o/r/pulls/1/commits")) == []
