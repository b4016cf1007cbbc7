"""Calls SSM and SQS for the webhook function, with the interface of boto3's clients but without boto3.

Importing boto3 and making two of its clients takes five times as long as all the rest of a cold start
(benchmarks/cold_start.py). Not supported, unlike boto3: credentials from other sources than the environment,
proxies, FIPS and dual-stack endpoints (name those in AWS_ENDPOINT_URL_SSM and AWS_ENDPOINT_URL_SQS).

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from core import retries
from core.http_client.connection import HttpConnectionPool
from core.http_client.response import Response, ResponseTooLarge
from core.persistent_connections import Timeouts
from core.retries import CloudError
from runtimes.aws.sigv4 import Credentials, Scope, sign

TIMEOUTS = Timeouts(connect=0.7, answer=1.3)
"""With them, SSM and SQS may take 4.1 s each (core/retries.py). The function has 9 s, and GitHub waits 10 s:
https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks

Parameter Store throttles at 40 requests a second, shared by everything in the account and region; so many cold environments at once
must try more often than twice: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-throughput.html"""
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


class AwsError(CloudError):
    """A request that AWS or the network refused. Holds the error code only; `response` has the shape of botocore's ClientError."""

    @property
    def response(self) -> dict[str, dict[str, str]]:
        """The code, where botocore's ClientError has it."""
        return {"Error": {"Code": self.code}}


class Service(NamedTuple):
    """The protocol parameters of one AWS service."""

    name: str
    target: str
    """The prefix of the operation's name in `X-Amz-Target`."""
    json: str
    """The version of AWS's JSON protocol that the service speaks."""


SSM = Service("ssm", "AmazonSSM", "1.1")
SQS = Service("sqs", "AmazonSQS", "1.0")


class AwsApi:
    """Client of one service, with the region and keys of the environment. The keys are read again for each request.

    Keyword arguments and results have the members that AWS documents for the operation. Every failure raises AwsError.
    A message may be sent twice if a response is lost; SQS may also deliver a message twice.
    """

    def __init__(
        self,
        service: Service,
        environment: Mapping[str, str],
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create a client. `clock` is in UNIX seconds; `pause` and `monotonic` are in seconds, and limit the retries."""
        self._service = service
        self._environment = environment
        self._clock = clock
        self._pause = pause
        self._monotonic = monotonic
        self._region = region(environment)
        self._connections = HttpConnectionPool(endpoint(service.name, self._region, environment), TIMEOUTS, clock)

    def get_parameter(self, **parameters: Any) -> Any:
        """Call GetParameter: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html."""
        return self._call("GetParameter", parameters, "Parameter")

    def send_message(self, **parameters: Any) -> Any:
        """Call SendMessage: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html."""
        return self._call("SendMessage", parameters, "MessageId")

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._connections.close()

    def _call(self, operation: str, parameters: Mapping[str, Any], member: str) -> Any:
        """Return the response, which must have `member`. Raises AwsError."""
        body = json.dumps(parameters, separators=(",", ":")).encode()

        def attempt(timeouts: Timeouts) -> Any:
            return _read(self._attempt(operation, body, timeouts), member)

        return retries.call(attempt, TIMEOUTS, self._pause, self._monotonic)

    def _attempt(self, operation: str, body: bytes, timeouts: Timeouts) -> Response:
        try:
            return self._connections.post(self._headers(operation, body), body, timeouts)
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
        return sign(self._connections.path, headers, body, credentials(self._environment), scope, timestamp)


def region(environment: Mapping[str, str]) -> str:
    """Return the region from AWS_REGION or AWS_DEFAULT_REGION, which Lambda sets; raises AwsError without either."""
    name = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not name:
        raise AwsError("NoRegion")
    return name


def endpoint(service: str, region: str, environment: Mapping[str, str]) -> str:
    """Return the URL of the service: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html."""
    named = environment.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environment.get("AWS_ENDPOINT_URL")
    suffix = next((suffix for start, suffix in _SUFFIXES if region.startswith(start)), "amazonaws.com")
    return named or f"https://{service}.{region}.{suffix}"


def credentials(environment: Mapping[str, str]) -> Credentials:
    """Return the keys of the function's role; raises AwsError when they are missing."""
    access_key = environment.get("AWS_ACCESS_KEY_ID")
    secret_key = environment.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        raise AwsError("NoCredentials")
    return Credentials(access_key, secret_key, environment.get("AWS_SESSION_TOKEN", ""))


def _read(answer: Response, member: str) -> Any:
    """Return the response's members; raises AwsError with the code from AWS, or else with the HTTP status."""
    fields = _parse(answer.body)
    if answer.status != 200:
        match = _CODE.fullmatch(str(fields.get("__type", "")))
        code = match[1] if match else f"HTTP{answer.status}"
        throttled = answer.status == 429 or bool(_THROTTLED.search(code))
        raise AwsError(code, retryable=answer.status >= 500, throttled=throttled)
    if member not in fields:
        raise AwsError("UnreadableAnswer", retryable=True)
    return fields


def _parse(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if type(value) is dict else {}
