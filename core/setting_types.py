"""The types of core/settings_table.py; the error of each check describes a valid value."""

import os
import re
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic import Field as Field  # noqa: PLC0414 (core/settings_table.py writes limits with it)

from core import url_security
from core.events import is_account_name, is_repository_name
from core.secrets_cache import live_secrets


def _path(value: str) -> str:
    parts = [part for part in value.split("/") if part]
    if any(
        part.lower() in (".", "..", "_system", ".git") or not re.fullmatch(r"[\w. -]+", part, re.ASCII)
        for part in parts
    ):
        raise ValueError("must be a folder such as data/telemetry, of letters, digits, '.', '_', '-' and spaces")
    return "/".join(parts)


def _api_url(value: str, *, localstack: bool = False) -> str:
    parts = _secure(value, localstack=localstack)
    if parts.query or parts.fragment:
        raise ValueError("must be a URL such as https://api.github.com or https://HOST/api/v3")
    return value.rstrip("/")


def _endpoint_url(value: str) -> str:
    """Check the URL, except in Lambda, whose environment may name the emulator that runs the function."""
    if value and "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        _secure(value, localstack=True)
    return value.rstrip("/")


def _queue(value: str) -> str:
    """Check the URL of an SQS queue; accept the name of a topic or subscription."""
    if "://" in value and "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        _secure(value, localstack=True)
    return value


def _secure(value: str, *, localstack: bool = False) -> SplitResult:
    wrong = url_security.problem(value, localstack=localstack)
    if wrong is not None:
        raise ValueError(wrong)
    return urlsplit(value)


def _webhook_secret(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not live_secrets(value.get_secret_value()):
        raise ValueError("must be a secret, or not be set at all")
    return value


def _account(value: str) -> str:
    if value and not is_account_name(value):
        raise ValueError("must be the name of a GitHub account")
    return value


def _repository(value: str) -> str:
    if value and (not is_repository_name(value) or value.lower().endswith(".git")):
        raise ValueError("must be the name of a GitHub repository, without its owner and without .git")
    return value


def _environment(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", value):
        raise ValueError("must be 1 to 20 of a-z, 0-9 and '-', beginning with a letter")
    return value


def _repositories(value: str) -> str:
    names = [name for name in re.split(r"[\s,]+", value) if name]
    for name in names:
        owner, _, repository = name.partition("/")
        if not is_account_name(owner) or not is_repository_name(repository):
            raise ValueError("must be repositories such as octo-org/hello-world, separated by commas")
    return ",".join(names)


APP = "@app"
"""Our GitHub App among the owners of webhooks. No account can have this name."""


def _hook_owners(value: str) -> str:
    names = [name for name in re.split(r"[\s,]+", value) if name]
    for name in names:
        owner, slash, repository = name.partition("/")
        if name != APP and (not is_account_name(owner) or (slash and not is_repository_name(repository))):
            raise ValueError(
                f"must be organisations and repositories, such as octo-org, acme/hello, or {APP}, separated by commas"
            )
    return ",".join(names)


def _labels(value: str) -> str:
    """https://docs.github.com/en/issues/using-labels-and-milestones-to-track-work/managing-labels."""
    labels = [label.strip() for label in value.split(",") if label.strip()]
    if not labels or not all(label.isprintable() for label in labels):
        raise ValueError("must be labels on one line, separated by commas")
    return ",".join(labels)


def _app_id(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z0-9.]{1,64}", value):
        raise ValueError("must be the App's id, such as 12345, or its client id, such as Iv23liAbc")
    return value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _one_line(value: SecretStr) -> SecretStr:
    if any(character in value.get_secret_value().strip() for character in "\r\n"):
        raise ValueError("must be a single line")
    return SecretStr(value.get_secret_value().strip())


def _branch(value: str) -> str:
    """https://git-scm.com/docs/git-check-ref-format."""
    bad = re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|/\.", value) or not value.isprintable()
    if bad or value.startswith(("/", "-", ".")) or value.endswith(("/", ".", ".lock")) or value == "@":
        raise ValueError("must be the name of a branch, such as main")
    return value


def _person(value: str) -> str:
    if not value.isprintable() or any(character in value for character in "<>"):
        raise ValueError("must be a name on one line, without < and >")
    return value.strip()


def _email(value: str) -> str:
    if value and not re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", value):
        raise ValueError("must be an e-mail address")
    return value


Account = Annotated[str, AfterValidator(_account)]
Repository = Annotated[str, AfterValidator(_repository)]
Repositories = Annotated[str, AfterValidator(_repositories)]
Labels = Annotated[str, AfterValidator(_labels)]
AppId = Annotated[str, AfterValidator(_app_id)]
HookOwners = Annotated[str, AfterValidator(_hook_owners)]
Folder = Annotated[str, AfterValidator(_path)]
Branch = Annotated[str, AfterValidator(_branch)]
PersonName = Annotated[str, AfterValidator(_person)]
Email = Annotated[str, AfterValidator(_email)]
Token = Annotated[SecretStr, AfterValidator(_one_line)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
ApiUrl = Annotated[str, AfterValidator(_api_url)]
OptionalUrl = Annotated[str, AfterValidator(lambda value: _api_url(value, localstack=True) if value else value)]
EndpointUrl = Annotated[str, AfterValidator(_endpoint_url)]
QueueName = Annotated[str, AfterValidator(_queue)]
Environment = Annotated[str, AfterValidator(_environment)]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
