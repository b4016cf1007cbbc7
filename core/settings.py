"""Every environment variable, once. Whoever starts something reads all of them first, and is told of every problem."""

import re
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.events import is_account_name, is_repository_name
from core.secrets_cache import live_secrets

GITHUB_COM = "https://api.github.com"


class SettingsError(ValueError):
    """Some variables are unset or malformed; the message has a line for each."""


def _path(value: str) -> str:
    parts = [part for part in value.split("/") if part]
    if any(part in (".", "..", "_system") or not re.fullmatch(r"[\w. -]+", part, re.ASCII) for part in parts):
        raise ValueError("must be a folder such as data/telemetry, of letters, digits, '.', '_', '-' and spaces")
    return "/".join(parts)


def _api_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or not _port(parts):
        raise ValueError("must be a URL such as https://api.github.com or https://HOST/api/v3")
    return value.rstrip("/")


def _port(parts: SplitResult) -> bool:
    """Whether the port is one, if there is one."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def _webhook_secret(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not live_secrets(value.get_secret_value()):
        raise ValueError("must be a secret, or not be set at all")
    return value


def _account(value: str) -> str:
    if value and not is_account_name(value):
        raise ValueError("must be the name of a GitHub account")
    return value


def _repository(value: str) -> str:
    if value and not is_repository_name(value):
        raise ValueError("must be the name of a GitHub repository, without its owner")
    return value


def _environment(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", value):
        raise ValueError("must be 1 to 20 of a-z, 0-9 and '-', beginning with a letter")
    return value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _one_line(value: SecretStr) -> SecretStr:
    if any(character in value.get_secret_value().strip() for character in "\r\n"):
        raise ValueError("must be a single line")
    return SecretStr(value.get_secret_value().strip())


Token = Annotated[SecretStr, AfterValidator(_one_line)]


class Settings(BaseSettings):
    """The settings of the worker and of everything on the operator's machine. Secrets are here only locally."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    repo_owner: Annotated[str, AfterValidator(_account)] = Field(
        "", description="Owner of the data repository; its own events are ignored."
    )
    repo_name: Annotated[str, AfterValidator(_repository)] = Field(
        "", validate_default=True, description="Name of the data repository; its own events are ignored."
    )
    repo_path: Annotated[str, AfterValidator(_path)] = Field(
        "", description="Folder in the store under which everything is kept."
    )
    conflict_retries: int = Field(
        5, ge=0, le=50, description="How often a write is tried again when another writer was faster."
    )
    github_access_token: Token = Field(
        SecretStr(""), description="Token that reads the source repositories. Locally only; without one, anonymously."
    )
    github_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] = Field(
        SecretStr(""),
        description="Secret that signs the webhooks; several lines are all accepted, the newest first. "
        "Locally only; without one, the server makes one.",
    )
    github_api_url: Annotated[str, AfterValidator(_api_url)] = Field(
        GITHUB_COM, description="Where GitHub's REST API begins; of an Enterprise Server https://HOST/api/v3."
    )
    environment_id: Annotated[str, AfterValidator(_environment)] = Field(
        "local", description="Name of this installation; part of the name of everything it makes."
    )
    store: Literal["directory"] = Field("directory", description="Where records are kept.")
    store_directory: str = Field("telemetry-data", description="The folder of STORE=directory.")
    retry_seconds: float = Field(
        30,
        gt=0,
        le=900,
        description="Seconds before an event is tried again; doubled each time, up to 15 minutes. The local server starts with 1.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        "info", description="The least of the log lines that are written."
    )
    host: str = Field("127.0.0.1", description="Address on which the local server listens.")
    port: int = Field(8080, ge=0, le=65535, description="Port of the local server; 0 takes any that is free.")
    aws_endpoint_url: Annotated[str, AfterValidator(lambda value: _api_url(value) if value else value)] = Field(
        "", description="Where the AWS emulator answers, instead of LocalStack's port 4566. Locally only."
    )
    queue_url: str = Field("", description="The SQS queue. Set by the deployment; locally made by the server.")
    dead_letters_url: str = Field("", description="The queue of dead letters. Set by the deployment.")

    @field_validator("repo_name", mode="after")
    @classmethod
    def _whole_repository(cls, name: str, info: ValidationInfo) -> str:
        owner = info.data.get("repo_owner", name)
        half = "must be set, as the other half of the data repository is"
        if owner and not name:
            raise ValueError(f"REPO_NAME: {half}")
        if name and not owner:
            raise ValueError(f"REPO_OWNER: {half}")
        return name

    @property
    def github_host(self) -> str:
        """The host that records name where the payload does not: of an Enterprise API its own, else github.com."""
        parts = urlsplit(self.github_api_url)
        host = parts.hostname or ""
        if parts.path.rstrip("/").endswith("/api/v3"):
            return host
        return host.removeprefix("api.") if host.startswith("api.") and host.endswith(".ghe.com") else "github.com"


def load(env_file: str | None = None, **overrides: Any) -> Settings:
    """From the environment, and locally from a `.env` file under it; raises SettingsError with every problem."""
    try:
        return Settings(_env_file=env_file, **overrides)  # type: ignore[call-arg]  # pydantic-settings' own
    except ValidationError as error:
        raise SettingsError("\n".join(sorted(_problem(each) for each in error.errors()))) from None


def _problem(error: Any) -> str:
    """A line that names the variable; a message may name another one than pydantic does."""
    message = error["msg"].removeprefix("Value error, ")
    if re.match(r"[A-Z_]+: ", message):
        return str(message)
    return f"{str(error['loc'][0]).upper()}: {message.replace('Input should', 'must')}"


class Described(NamedTuple):
    """A setting, for people."""

    variable: str
    now: str
    """Its value; of a secret only whether it is set."""
    default: str
    description: str


def described(settings: Settings) -> list[Described]:
    """Every setting, in the order of the class."""
    return [
        Described(
            name.upper(),
            _shown(getattr(settings, name)),
            _shown(field.default),
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(set)" if value.get_secret_value() else ""
    return str(value)
