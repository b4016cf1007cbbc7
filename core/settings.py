"""Every environment variable, once. Whoever starts something reads all of them first, and is told of every problem."""

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
    """Some variables are unset or malformed; the message has a line for each."""


class Settings(BaseSettings):
    """The settings of the worker and of everything on the operator's machine. Secrets are here only locally."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    repo_owner: Account = Field("", description="Owner of the data repository; its own events are ignored.")
    repo_name: Repository = Field(
        "", validate_default=True, description="Name of the data repository; its own events are ignored."
    )
    repo_path: Folder = Field("", description="Folder in the store under which everything is kept.")
    target_branch: Branch = Field("main", description="Branch of the data repository that records are committed to.")
    conflict_retries: int = Field(
        5, ge=0, le=50, description="How often a write is tried again when another writer was faster."
    )
    author_name: PersonName = Field("", description="Author of the commits; by default the data token's account.")
    author_email: Email = Field("", validate_default=True, description="The author's e-mail address.")
    committer_name: PersonName = Field("", description="Committer of the commits; by default their author.")
    committer_email: Email = Field("", validate_default=True, description="The committer's e-mail address.")
    github_access_token: Token = Field(
        SecretStr(""), description="Token that reads the source repositories. Locally only; without one, anonymously."
    )
    repo_write_access_token: Token = Field(
        SecretStr(""), description="Token that writes the data repository. Locally only; needed for STORE=github."
    )
    github_webhook_secret: WebhookSecret = Field(
        SecretStr(""),
        description="Secret that signs the webhooks; several lines are all accepted, the newest first. "
        "Locally only; without one, the server makes one.",
    )
    github_api_url: ApiUrl = Field(
        GITHUB_COM, description="Where GitHub's REST API begins; of an Enterprise Server https://HOST/api/v3."
    )
    github_app_id: AppId = Field(
        "",
        description="Id, or client id, of the GitHub App that reads and writes in place of the tokens; by default none.",
    )
    github_app_private_key: SecretStr = Field(
        SecretStr(""), description="The GitHub App's private key (PEM; line ends may be written as \\n). Locally only."
    )
    environment_id: Environment = Field(
        "local", description="Name of this installation; part of the name of everything it makes."
    )
    watched_repositories: Repositories = Field(
        "",
        description="Repositories that the scheduled jobs look at, OWNER/NAME, separated by commas; "
        "by default all that the source token can see.",
    )
    watched_hooks: HookOwners = Field(
        "",
        description="Organisations and repositories whose webhooks are ours, OWNER or OWNER/NAME, or @app for the GitHub App's, "
        "separated by commas; by default the App and WATCHED_REPOSITORIES.",
    )
    incident_labels: Labels = Field(
        "incident",
        description="Labels that make an issue an incident, separated by commas; upper and lower case are alike.",
    )
    backfill_days: int = Field(
        8, ge=1, le=90, description="How many days back the weekly reconcile with GitHub's REST API looks."
    )
    webhook_url: OptionalUrl = Field(
        "", description="Our webhook's Payload URL, by which it is known among others. Set by the deployment."
    )
    allowed_networks: str = Field(
        "",
        description="Networks that webhooks may come from, such as 192.30.252.0/22, separated by commas; by default all. In a cloud.",
    )
    store: Literal["directory", "github", "s3", "gcs"] = Field(
        "directory",
        description="Where records are kept: in a folder of this machine, in the data repository, or in a bucket of AWS or Google.",
    )
    store_bucket: str = Field(
        "", description="The bucket of STORE=s3 or gcs. Set by the deployment.", validate_default=True
    )
    store_directory: str = Field("telemetry-data", description="The folder of STORE=directory.")
    retry_seconds: float = Field(
        30,
        gt=0,
        le=900,
        description="Seconds before an event is tried again; doubled each time, up to 15 minutes. The local server starts with 1.",
    )
    batch_seconds: float = Field(
        10, ge=0, le=300, description="Seconds from one commit to the next of the local server, with STORE=github."
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Lower] = Field(
        "info", description="The least of the log lines that are written."
    )
    host: str = Field(
        "127.0.0.1",
        description="Address on which the local server listens; 0.0.0.0 opens /telemetry to the network, and no record.",
    )
    port: int = Field(8080, ge=0, le=65535, description="Port of the local server; 0 takes any that is free.")
    state_bucket: str = Field(
        "",
        description="Bucket that keeps Terraform's state; by default it is kept on this machine. Of whoever deploys.",
    )
    aws_endpoint_url: EndpointUrl = Field(
        "",
        description="Where LocalStack, or another emulator of AWS, answers; by default the folder has one of its own. Locally only.",
    )
    google_cloud_project: str = Field(
        "", description="The project on Google Cloud. In a function set by the deployment."
    )
    google_cloud_region: str = Field(
        "", description="The region on Google Cloud, such as europe-west1. Of whoever deploys."
    )
    queue_url: QueueName = Field(
        "", description="The SQS queue, or the topic in Pub/Sub. Set by the deployment; locally made by the server."
    )
    queue_subscription: QueueName = Field(
        "", description="The subscription in Pub/Sub that the worker drains. Set by the deployment."
    )
    retries_url: QueueName = Field(
        "", description="The queue of events that are read again; by default the SQS queue. Set by the deployment."
    )
    dead_letters_url: QueueName = Field(
        "", description="The queue, or the topic, of dead letters. Set by the deployment."
    )

    @field_validator("repo_name", "author_email", "committer_email", mode="after")
    @classmethod
    def _both_halves(cls, second: str, info: ValidationInfo) -> str:
        """A name that comes in two halves."""
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
        """What every path of the store begins with: REPO_PATH and its slash, or nothing."""
        return f"{self.repo_path}/" if self.repo_path else ""

    @property
    def watched(self) -> list[tuple[str, str]]:
        """Owner and name of each watched repository; none: all that the source token can see."""
        return [
            (owner, name)
            for owner, _, name in (
                full_name.partition("/") for full_name in self.watched_repositories.split(",") if full_name
            )
        ]

    @property
    def hook_owners(self) -> list[str]:
        """OWNER or OWNER/NAME of each whose webhooks are ours, and APP where there is one."""
        default = ",".join([APP] * bool(self.github_app_id) + [self.watched_repositories])
        return [owner for owner in (self.watched_hooks or default).split(",") if owner]

    @property
    def github_host(self) -> str:
        """The host that records name where the payload does not: of an Enterprise API its own, else github.com."""
        parts = urlsplit(self.github_api_url)
        host = parts.hostname or ""
        if parts.path.rstrip("/").endswith("/api/v3"):
            return host
        return host.removeprefix("api.") if host.startswith("api.") and host.endswith(".ghe.com") else "github.com"


class DeploymentSettings(Settings):
    """For whoever deploys: the bucket of STORE=s3 is Terraform's to make, and to name."""

    store_bucket: str = Field(
        "", validate_default=False, description="The bucket that Terraform makes; by default it is named there, too."
    )


def load(env_file: str | None = None, *, kind: type[Settings] = Settings, **overrides: Any) -> Settings:
    """From the environment, and locally from a `.env` file under it; raises SettingsError with every problem."""
    try:
        return kind(_env_file=env_file, **overrides)  # type: ignore[call-arg]  # pydantic-settings' own
    except ValidationError as error:
        raise SettingsError("\n".join(sorted(_problem(detail) for detail in error.errors()))) from None


def _problem(error: Any) -> str:
    """A line that names the variable; a message may name another one than pydantic does."""
    message = error["msg"].removeprefix("Value error, ")
    message = without_userinfo(message)
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
    return without_userinfo(str(value))
