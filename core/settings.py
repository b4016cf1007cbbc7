"""Define every environment variable once. Each entry point loads all of them first and reports every problem at once."""

import re
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.setting_types import (
    APP,
    Account,
    ApiUrl,
    AppId,
    Branch,
    Email,
    EndpointUrl,
    Environment,
    Folder,
    HookOwners,
    Labels,
    Lower,
    OptionalUrl,
    PersonName,
    QueueName,
    Repositories,
    Repository,
    Token,
    WebhookSecret,
)
from core.url_security import without_userinfo

GITHUB_COM = "https://api.github.com"
_FIRST_HALF = {"repo_name": "repo_owner", "author_email": "author_name", "committer_email": "committer_name"}


class SettingsError(ValueError):
    """Some variables are unset or malformed; the message has one line for each."""


class Settings(BaseSettings):
    """Settings of the worker and of the command line. Secrets come from here only on a local machine."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    repo_owner: Account = Field(
        "", description="Owner of the data repository. Events of the data repository itself are ignored."
    )
    repo_name: Repository = Field(
        "",
        validate_default=True,
        description="Name of the data repository. Events of the data repository itself are ignored.",
    )
    repo_path: Folder = Field("", description="Folder in the store that contains all files; by default its root.")
    target_branch: Branch = Field("main", description="Branch of the data repository that records are committed to.")
    conflict_retries: int = Field(
        5, ge=0, le=50, description="Maximum number of retries of a write that conflicts with another writer."
    )
    author_name: PersonName = Field("", description="Name of the commit author; by default the data token's account.")
    author_email: Email = Field("", validate_default=True, description="E-mail address of the commit author.")
    committer_name: PersonName = Field("", description="Name of the committer; by default the author.")
    committer_email: Email = Field("", validate_default=True, description="E-mail address of the committer.")
    github_access_token: Token = Field(
        SecretStr(""),
        description="Token that reads the source repositories; without one, reads are anonymous. Local only.",
    )
    repo_write_access_token: Token = Field(
        SecretStr(""), description="Token that writes the data repository; required for STORE=github. Local only."
    )
    github_webhook_secret: WebhookSecret = Field(
        SecretStr(""),
        description="Secret that signs the webhooks. Several secrets, one per line with the newest first, are all accepted. "
        "If unset, the server generates one. Local only.",
    )
    github_api_url: ApiUrl = Field(
        GITHUB_COM, description="Base URL of GitHub's REST API; https://HOST/api/v3 for an Enterprise Server."
    )
    github_app_id: AppId = Field(
        "",
        description="App id or client id of the GitHub App used instead of the tokens; by default none.",
    )
    github_app_private_key: SecretStr = Field(
        SecretStr(""), description="Private key of the GitHub App (PEM; line breaks may be written as \\n). Local only."
    )
    environment_id: Environment = Field(
        "local", description="Name of this environment; part of the name of every resource it creates."
    )
    watched_repositories: Repositories = Field(
        "",
        description="Repositories that the scheduled jobs process, as a comma-separated list of OWNER/NAME; "
        "by default all that the source token can read.",
    )
    watched_hooks: HookOwners = Field(
        "",
        description="Organisations and repositories whose webhooks deliver here, as a comma-separated list of OWNER, OWNER/NAME "
        "or @app (the GitHub App's webhook); by default the App and WATCHED_REPOSITORIES.",
    )
    incident_labels: Labels = Field(
        "incident",
        description="Comma-separated labels that mark an issue as an incident; case-insensitive.",
    )
    backfill_days: int = Field(
        8,
        ge=1,
        le=90,
        description="Number of days that the backfill job, which reconciles with GitHub's REST API, looks back.",
    )
    webhook_url: OptionalUrl = Field(
        "", description="Payload URL that identifies this deployment's webhook at GitHub. Set by the deployment."
    )
    allowed_networks: str = Field(
        "",
        description="Comma-separated networks that may send webhooks, such as 192.30.252.0/22; by default all. Cloud only.",
    )
    store: Literal["directory", "github", "s3", "gcs"] = Field(
        "directory",
        description="Where records are stored: a local folder, the data repository, an S3 bucket or a Cloud Storage bucket.",
    )
    store_bucket: str = Field(
        "", description="Bucket of STORE=s3 or STORE=gcs. Set by the deployment.", validate_default=True
    )
    store_directory: str = Field("telemetry-data", description="Folder of STORE=directory.")
    retry_seconds: float = Field(
        30,
        gt=0,
        le=900,
        description="Seconds before the first retry of an event, doubled for each further retry up to 15 minutes. The local server uses 1 unless this is set.",
    )
    batch_seconds: float = Field(
        10,
        ge=0,
        le=300,
        description="Minimum number of seconds between two commits of the local server with STORE=github.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Lower] = Field(
        "info", description="Lowest severity that is logged: debug, info, warning or error."
    )
    host: str = Field(
        "127.0.0.1",
        description="Address on which the local server listens. 0.0.0.0 opens /telemetry to the network, but no records.",
    )
    port: int = Field(8080, ge=0, le=65535, description="Port of the local server; 0 selects a free port.")
    state_bucket: str = Field(
        "",
        description="Bucket for Terraform state; by default a local file. Deployment machine only.",
    )
    aws_endpoint_url: EndpointUrl = Field(
        "",
        description="Endpoint of LocalStack or another AWS emulator; by default the server starts one for its folder. Local only.",
    )
    google_cloud_project: str = Field("", description="Google Cloud project. In a function set by the deployment.")
    google_cloud_region: str = Field(
        "", description="Google Cloud region, such as europe-west1. Deployment machine only."
    )
    queue_url: QueueName = Field(
        "", description="SQS queue or Pub/Sub topic of the events. Set by the deployment; created by the local server."
    )
    queue_subscription: QueueName = Field(
        "", description="Pub/Sub subscription from which the worker pulls. Set by the deployment."
    )
    retries_url: QueueName = Field(
        "",
        description="SQS queue of events whose reads of GitHub are retried; by default QUEUE_URL. Set by the deployment.",
    )
    dead_letters_url: QueueName = Field(
        "", description="SQS queue or Pub/Sub topic of the dead letters. Set by the deployment."
    )

    @field_validator("repo_name", "author_email", "committer_email", mode="after")
    @classmethod
    def _both_halves(cls, second: str, info: ValidationInfo) -> str:
        """Require both settings of a pair or neither of them."""
        other = _FIRST_HALF[info.field_name or ""]
        first = info.data.get(other, second)
        if first and not second:
            raise ValueError(f"{str(info.field_name).upper()}: must be set, as {other.upper()} is")
        if second and not first:
            raise ValueError(f"{other.upper()}: must be set, as {str(info.field_name).upper()} is")
        return second

    @field_validator("store", mode="after")
    @classmethod
    def _has_a_repository(cls, store: str, info: ValidationInfo) -> str:
        if store == "github" and not info.data.get("repo_owner", "?"):
            raise ValueError("REPO_OWNER: must be set, with REPO_NAME, for STORE=github; `telemetry init` does it")
        return store

    @field_validator("store_bucket", mode="after")
    @classmethod
    def _is_a_bucket(cls, bucket: str, info: ValidationInfo) -> str:
        if info.data.get("store") in ("s3", "gcs") and not bucket:
            raise ValueError(f"must be set for STORE={info.data['store']}")
        return bucket

    @property
    def root(self) -> str:
        """Return the prefix of every path in the store: REPO_PATH and a slash, or an empty string."""
        return f"{self.repo_path}/" if self.repo_path else ""

    @property
    def watched(self) -> list[tuple[str, str]]:
        """Return owner and name of each watched repository; an empty list means all that the source token can read."""
        return [
            (owner, name)
            for owner, _, name in (
                full_name.partition("/") for full_name in self.watched_repositories.split(",") if full_name
            )
        ]

    @property
    def hook_owners(self) -> list[str]:
        """Return OWNER or OWNER/NAME of each account or repository with a webhook of this system, and APP for the GitHub App."""
        default = ",".join([APP] * bool(self.github_app_id) + [self.watched_repositories])
        return [owner for owner in (self.watched_hooks or default).split(",") if owner]

    @property
    def github_host(self) -> str:
        """Return the host for records whose payload names none: that of an Enterprise API URL, else github.com."""
        parts = urlsplit(self.github_api_url)
        host = parts.hostname or ""
        if parts.path.rstrip("/").endswith("/api/v3"):
            return host
        return host.removeprefix("api.") if host.startswith("api.") and host.endswith(".ghe.com") else "github.com"


class DeploymentSettings(Settings):
    """Settings of the deployment commands: Terraform names and creates the bucket of STORE=s3."""

    store_bucket: str = Field(
        "", validate_default=False, description="Bucket that Terraform creates; by default Terraform chooses its name."
    )


def load(env_file: str | None = None, *, kind: type[Settings] = Settings, **overrides: Any) -> Settings:
    """Load the settings from the environment, then from a `.env` file; raise SettingsError with every problem."""
    try:
        return kind(_env_file=env_file, **overrides)  # type: ignore[call-arg]  # _env_file is a keyword of pydantic-settings
    except ValidationError as error:
        raise SettingsError("\n".join(sorted(_problem(detail) for detail in error.errors()))) from None


def _problem(error: Any) -> str:
    """Return one line that names the variable; a validator's message may start with the name of another variable."""
    message = error["msg"].removeprefix("Value error, ")
    message = without_userinfo(message)
    if re.match(r"[A-Z_]+: ", message):
        return str(message)
    return f"{str(error['loc'][0]).upper()}: {message.replace('Input should', 'must')}"


class Described(NamedTuple):
    """A setting as `telemetry settings` and the documents show it."""

    variable: str
    now: str
    """The current value; for a secret only whether it is set."""
    default: str
    description: str


def described(settings: Settings) -> list[Described]:
    """Return every setting in the order of the class."""
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
    return without_userinfo(str(value))
