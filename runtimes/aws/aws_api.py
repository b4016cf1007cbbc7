"""The two calls of the webhook function, answered like boto3's clients answer them, without boto3.

Importing boto3 and making two of its clients takes five times as long as all the rest of a cold start
(benchmarks/cold_start.py). What is not here, boto3 has: credentials of other sources than the environment,
proxies, FIPS and dual-stack endpoints (name those in AWS_ENDPOINT_URL_SSM and AWS_ENDPOINT_URL_SQS).

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from core.http_client.connection import HttpConnectionPool, Timeouts
from core.http_client.response import Response, ResponseTooLarge
from runtimes.aws.sigv4 import Credentials, Scope, signed

TIMEOUTS = Timeouts(connect=0.7, answer=1.3)
_PAUSE = 0.1
"""Seconds before the second attempt, which is the last: SSM has 4.1 s and SQS as many. The function has 9 s, and GitHub
waits 10 s, https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks"""
_SLACK = 0.05
"""Seconds that a time-out may come late."""
_THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown", re.ASCII)
"""https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""
_CODE = re.compile(r"(?:[^#]*#)?([A-Za-z0-9._-]{1,100})(?::.*)?", re.ASCII | re.DOTALL)
"""`Code`, `namespace#Code` or `Code:link`."""
_SUFFIXES = (
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
)


class AwsError(Exception):
    """What AWS, or the way there, refused: its code and no more; `response` is as botocore's ClientError has it."""

    def __init__(self, code: str, *, retryable: bool = False) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}
        self.retryable = retryable
        """Whether the same request may succeed at once."""


class Service(NamedTuple):
    """What tells one service of AWS from another on the wire."""

    name: str
    target: str
    """What the operation's name is prefixed with in `X-Amz-Target`."""
    json: str
    """The version of AWS's JSON protocol."""


SSM = Service("ssm", "AmazonSSM", "1.1")
SQS = Service("sqs", "AmazonSQS", "1.0")


class AwsApi:
    """One service in the region, and with the keys, of the environment; the keys are read anew for each request.

    A call's keywords and its answer are the members of the operation as AWS documents them. It raises AwsError, for
    whatever reason. A message may be sent twice where an answer got lost: so may SQS deliver one twice.
    """

    def __init__(
        self,
        service: Service,
        environment: Mapping[str, str],
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._service = service
        self._environment = environment
        self._clock = clock
        self._pause = pause
        self._region = region(environment)
        self._connections = HttpConnectionPool(endpoint(service.name, self._region, environment), TIMEOUTS, clock)

    def get_parameter(self, **parameters: Any) -> Any:
        """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html."""
        return self._call("GetParameter", parameters, "Parameter")

    def send_message(self, **parameters: Any) -> Any:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html."""
        return self._call("SendMessage", parameters, "MessageId")

    def close(self) -> None:
        """As boto3's; another call is possible all the same."""
        self._connections.close()

    def _call(self, operation: str, parameters: Mapping[str, Any], member: str) -> Any:
        """The answer, which has that member, of the first or the second attempt."""
        body = json.dumps(parameters, separators=(",", ":")).encode()
        begun = time.monotonic()
        try:
            return _read(self._attempt(operation, body), member)
        except AwsError as error:
            late = time.monotonic() - begun > sum(TIMEOUTS) + _SLACK  # the name server or the handshake was slow
            if late or not error.retryable:
                raise
        self._pause(_PAUSE)
        return _read(self._attempt(operation, body), member)

    def _attempt(self, operation: str, body: bytes) -> Response:
        try:
            return self._connections.post(self._headers(operation, body), body)
        except OSError as error:
            raise AwsError(type(error).__name__, retryable=True) from None
        except (ValueError, ResponseTooLarge) as error:
            raise AwsError(type(error).__name__) from None

    def _headers(self, operation: str, body: bytes) -> dict[str, str]:
        headers = {
            "content-type": f"application/x-amz-json-{self._service.json}",
            "host": self._connections.host,
            "x-amz-target": f"{self._service.target}.{operation}",
        }
        timestamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._clock()))
        scope = Scope(self._region, self._service.name)
        return signed(self._connections.path, headers, body, credentials(self._environment), scope, timestamp)


def region(environment: Mapping[str, str]) -> str:
    """Lambda sets both variables; raises AwsError where there is neither."""
    name = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not name:
        raise AwsError("NoRegion")
    return name


def endpoint(service: str, region: str, environment: Mapping[str, str]) -> str:
    """Where the service is: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html."""
    named = environment.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environment.get("AWS_ENDPOINT_URL")
    suffix = next((suffix for start, suffix in _SUFFIXES if region.startswith(start)), "amazonaws.com")
    return named or f"https://{service}.{region}.{suffix}"


def credentials(environment: Mapping[str, str]) -> Credentials:
    """The keys of the function's role; raises AwsError where there are none."""
    access_key = environment.get("AWS_ACCESS_KEY_ID")
    secret_key = environment.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        raise AwsError("NoCredentials")
    return Credentials(access_key, secret_key, environment.get("AWS_SESSION_TOKEN", ""))


def _read(answer: Response, member: str) -> Any:
    """The answer's members; raises AwsError with the code that AWS gave, or else with the HTTP status."""
    fields = _parsed(answer.body)
    if answer.status != 200:
        match = _CODE.fullmatch(str(fields.get("__type", "")))
        code = match[1] if match else f"HTTP{answer.status}"
        raise AwsError(code, retryable=answer.status >= 500 or answer.status == 429 or bool(_THROTTLED.search(code)))
    if member not in fields:
        raise AwsError("UnreadableAnswer", retryable=True)
    return fields


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if type(value) is dict else {}
