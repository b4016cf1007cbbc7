"""Where a deployment goes: a real account of AWS, or the emulator under strict IAM."""

import os
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from core.errors import TelemetryError
from core.settings import Settings
from runtimes.local.emulator import Emulator

NAMES = ("aws", "local")
LOCAL_ENDPOINT = "http://127.0.0.1:4567"
"""Not LocalStack's port: there the dev server's emulator is, which is not strict."""
_STATE = Path(".telemetry")
LOCAL_STATE = _STATE / "local-aws"
"""What the emulator of the target `local` keeps."""
_ROOT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
"""MiniStack's root account."""


class TargetError(TelemetryError):
    """Something that a deployment needs is missing; the message says what, and how to get it."""


class Target(NamedTuple):
    """One environment at one place."""

    name: str
    environment_id: str
    environment: dict[str, str]
    """Variables that lead AWS's tools there."""

    @property
    def folder(self) -> Path:
        """What we keep about it on this machine; git-ignored."""
        return _STATE / f"{self.name}-{self.environment_id}"

    @property
    def emulator(self) -> Emulator:
        """Of the target `local`."""
        return Emulator(self.environment["AWS_ENDPOINT_URL"], LOCAL_STATE, strict=True)

    def webhook_url(self, url: str) -> str:
        """The webhook's URL: of the emulator by its address, since the name that it gives resolves nowhere."""
        parts = urlsplit(url)
        api, _, service = (parts.hostname or "").partition(".")
        if self.name != "local" or not service.startswith("execute-api"):
            return url
        return f"{self.environment['AWS_ENDPOINT_URL']}/_aws/execute-api/{api}/$default{parts.path}"

    def client(self, service: str) -> Any:
        """A boto3 client there; raises TargetError where credentials or a region are missing."""
        told = {
            "aws_access_key_id": self.environment.get("AWS_ACCESS_KEY_ID"),
            "aws_secret_access_key": self.environment.get("AWS_SECRET_ACCESS_KEY"),
            "region_name": self.environment.get("AWS_REGION"),
            "endpoint_url": self.environment.get("AWS_ENDPOINT_URL"),
        }
        try:
            return boto3.client(service, **(told if self.name == "local" else {}))
        except BotoCoreError as error:
            raise TargetError(f"AWS: {error} Set AWS_REGION, and sign in (for example with `aws sso login`).") from None


def target(name: str, settings: Settings) -> Target:
    """The target of this name; ENVIRONMENT_ID says which environment. Raises TargetError."""
    if name not in NAMES:
        raise TargetError(f"there is no target {name}; there are {' and '.join(NAMES)}")
    if name == "local":
        endpoint = settings.aws_endpoint_url or LOCAL_ENDPOINT
        return Target(name, settings.environment_id, {**_ROOT, "AWS_ENDPOINT_URL": endpoint})
    chosen = "environment_id" in settings.model_fields_set
    return Target(name, settings.environment_id if chosen else "production", {})


def check(place: Target) -> str:
    """Whose account it is; raises TargetError if nobody is signed in, or if the emulator is not there."""
    try:
        account: str = place.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        remedy = (
            "start it with `make deploy-local`"
            if place.name == "local"
            else "sign in, for example with `aws sso login`"
        )
        raise TargetError(f"AWS does not know us ({type(error).__name__}): {remedy}") from None
    return account


def without(names: set[str]) -> dict[str, str]:
    """This process's environment but for some variables."""
    return {name: value for name, value in os.environ.items() if name not in names}
