"""A hundred cold environments of the webhook on AWS read their secret at once, while Parameter Store throttles the account.

GetParameter, GetParameters and GetParametersByPath share 40 requests a second of an account and region, whoever sends them; a request
counts as one, however many parameters it names. The error is ThrottlingException, status 400:
https://docs.aws.amazon.com/general/latest/gr/ssm.html, https://repost.aws/knowledge-center/ssm-parameter-store-rate-exceeded.
How AWS refills the quota is not documented: here it is a bucket of 40 tokens that gets 40 a second, evenly.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.secrets_cache import SecretsCache
from core.services import WebhookServices
from core.webhook import sign
from runtimes.aws.aws_api import SSM, AwsApi
from runtimes.aws.ssm_secrets import SsmSecrets
from runtimes.aws.webhook import respond
from tests.builders import SECRET, receiving, webhook
from tests.contract.virtual_time import VirtualTime

QUOTA = 40
FUNCTION_SECONDS = 9.0
ENVIRONMENTS = 100


class ParameterStore:
    """The quota of one account and region, in front of one parameter."""

    def __init__(self, time: VirtualTime, rate: float) -> None:
        self.throttled = 0
        self._time = time
        self._rate = rate
        self._tokens = float(QUOTA)
        self._filled_at = time.now
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, operation: str) -> tuple[int, dict[str, Any]]:
        """Answer one request, or refuse it."""
        assert operation == "AmazonSSM.GetParameter"
        now = self._time.now
        self._tokens = min(QUOTA, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            self.throttled += 1
            return 400, {"__type": "ThrottlingException", "message": "Rate exceeded"}
        self._tokens -= 1
        return 200, {"Parameter": {"Value": SECRET}}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                status, fields = store.answer(self.headers["x-amz-target"])
                body = json.dumps(fields).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        return Handler


class Environment:
    """One execution environment of the webhook, which has just started."""

    def __init__(self, store: ParameterStore, time: VirtualTime) -> None:
        keys = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_REGION": "eu-west-1"}
        variables = {**keys, "AWS_ENDPOINT_URL": store.url}
        self._api = AwsApi(SSM, variables, pause=time.pause, monotonic=time.monotonic)
        self._time = time
        services, self.queue, _ = receiving()
        secrets = SecretsCache(SsmSecrets(self._api, "prod"), time.monotonic)
        self._services: WebhookServices = services._replace(secrets=secrets)
        self.status = 0
        self.seconds = 0.0

    def deliver(self) -> None:
        """Receive one delivery of GitHub."""
        body = json.dumps(webhook("check_suite"))
        headers = {"x-github-event": "check_suite", "x-hub-signature-256": sign(body.encode(), SECRET)}
        begun = self._time.now
        try:
            self.status = respond({"headers": headers, "body": body, "isBase64Encoded": False}, self._services)[
                "statusCode"
            ]
        finally:
            self.seconds = self._time.now - begun
            self._api.close()


@pytest.fixture(params=[QUOTA, QUOTA / 2], ids=["all of the quota", "half of it"])
def burst(request: pytest.FixtureRequest) -> Iterator[tuple[ParameterStore, list[Environment]]]:
    """Send one delivery to each of the cold environments at once; the rest of the quota is used by others."""
    time = VirtualTime()
    store = ParameterStore(time, request.param)
    try:
        environments = [Environment(store, time) for _ in range(ENVIRONMENTS)]
        time.run([environment.deliver for environment in environments])
        yield store, environments
    finally:
        store.close()


def test_a_hundred_cold_environments_at_once_all_accept(burst: tuple[ParameterStore, list[Environment]]) -> None:
    store, environments = burst
    statuses = [environment.status for environment in environments]
    assert {status: statuses.count(status) for status in statuses} == {202: ENVIRONMENTS}
    assert [len(environment.queue) for environment in environments] == [1] * ENVIRONMENTS
    assert max(environment.seconds for environment in environments) < FUNCTION_SECONDS / 2
    assert store.throttled > ENVIRONMENTS - QUOTA
