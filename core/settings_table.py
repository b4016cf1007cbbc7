"""The one table of settings: one row each, which the webhook half reads too, so that nothing here imports pydantic.

core/settings.py makes the validated settings of the worker and the command line from it, core/webhook_settings.py those of the
webhook. Terraform, .env.example and docs/ARCHITECTURE.md have generated copies. A setting's variable is its name in capitals.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # core/settings.py evaluates the annotations with core/setting_types.py
    from typing import Annotated, Literal

    from pydantic import Field, SecretStr

    from core.setting_types import (
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
        LogLevel,
        OptionalUrl,
        PersonName,
        QueueName,
        Repositories,
        Repository,
        Token,
        WebhookSecret,
    )


class Row(NamedTuple):
    """What the table says of a setting, beside its name and its type."""

    default: str | float
    description: str
    """Ends with a full stop."""
    passed: bool
    """Whether a deployment passes the setting to the functions: the variable `settings` of the Terraform modules takes it."""


def _row(default: str | float, description: str, *, passed: bool = False) -> Any:
    return Row(default, description, passed)


class SharedSettings:
    """The settings of both halves. They are text: the webhook reads them without validation. A metric may read them."""

    repo_owner: "Account" = _row(
        "", "Owner of the data repository. Events of the data repository itself are ignored.", passed=True
    )
    repo_name: "Repository" = _row(
        "", "Name of the data repository. Events of the data repository itself are ignored.", passed=True
    )
    environment_id: "Environment" = _row(
        "local", "Name of this environment; part of the name of every resource it creates."
    )
    incident_labels: "Labels" = _row(
        "incident", "Comma-separated labels that mark an issue as an incident; case-insensitive.", passed=True
    )
    exempt_labels: "Labels" = _row(
        "not-a-deployment",
        "Comma-separated labels that say of an incident that no deployment caused it; case-insensitive.",
        passed=True,
    )
    allowed_networks: str = _row(
        "", "Comma-separated networks that may send webhooks, such as 192.30.252.0/22; by default all. Cloud only."
    )
    log_level: "LogLevel" = _row("info", "Lowest severity that is logged: debug, info, warning or error.")
    queue_url: "QueueName" = _row(
        "", "SQS queue or Pub/Sub topic of the events. Set by the deployment; created by the local server."
    )
    google_cloud_project: str = _row("", "Google Cloud project. In a function set by the deployment.")


class AllSettings(SharedSettings):
    """All settings: those of both halves, then those of the worker and the command line alone."""

    repo_path: "Folder" = _row("", "Folder in the store that contains all files; by default its root.", passed=True)
    target_branch: "Branch" = _row("main", "Branch of the data repository that records are committed to.", passed=True)
    conflict_retries: "Annotated[int, Field(ge=0, le=50)]" = _row(
        5, "Maximum number of retries of a write that conflicts with another writer.", passed=True
    )
    author_name: "PersonName" = _row("", "Name of the commit author; by default the data token's account.", passed=True)
    author_email: "Email" = _row("", "E-mail address of the commit author.", passed=True)
    committer_name: "PersonName" = _row("", "Name of the committer; by default the author.", passed=True)
    committer_email: "Email" = _row("", "E-mail address of the committer.", passed=True)
    github_access_token: "Token" = _row(
        "", "Token that reads the source repositories; without one, reads are anonymous. Local only."
    )
    repo_write_access_token: "Token" = _row(
        "", "Token that writes the data repository; required for STORE=github. Local only."
    )
    github_webhook_secret: "WebhookSecret" = _row(
        "",
        "Secret that signs the webhooks. Several secrets, one per line with the newest first, are all accepted. "
        "If unset, the server generates one. Local only.",
    )
    github_api_url: "ApiUrl" = _row(
        "https://api.github.com",
        "Base URL of GitHub's REST API; https://HOST/api/v3 for an Enterprise Server.",
        passed=True,
    )
    github_app_id: "AppId" = _row(
        "", "App id or client id of the GitHub App used instead of the tokens; by default none.", passed=True
    )
    github_app_private_key: "SecretStr" = _row(
        "", "Private key of the GitHub App (PEM; line breaks may be written as \\n). Local only."
    )
    watched_repositories: "Repositories" = _row(
        "",
        "Repositories that the scheduled jobs process, as a comma-separated list of OWNER/NAME; "
        "by default all that the source token can read.",
        passed=True,
    )
    watched_hooks: "HookOwners" = _row(
        "",
        "Organisations and repositories whose webhooks deliver here, as a comma-separated list of OWNER, OWNER/NAME "
        "or @app (the GitHub App's webhook); by default the App and WATCHED_REPOSITORIES.",
        passed=True,
    )
    backfill_days: "Annotated[int, Field(ge=1, le=90)]" = _row(
        8,
        "Number of days that the backfill job, which reconciles with GitHub's REST API, looks back.",
        passed=True,
    )
    webhook_url: "OptionalUrl" = _row(
        "", "Payload URL that identifies this deployment's webhook at GitHub. Set by the deployment."
    )
    store: 'Literal["directory", "github", "s3", "gcs"]' = _row(
        "directory",
        "Where records are stored: a local folder, the data repository, an S3 bucket or a Cloud Storage bucket.",
    )
    store_bucket: str = _row("", "Bucket of STORE=s3 or STORE=gcs. Set by the deployment.")
    store_directory: str = _row("telemetry-data", "Folder of STORE=directory.")
    retry_seconds: "Annotated[float, Field(gt=0, le=900)]" = _row(
        30,
        "Seconds before the first retry of an event, doubled for each further retry up to 15 minutes. The local server uses 1 unless this is set.",
    )
    batch_seconds: "Annotated[float, Field(ge=0, le=300)]" = _row(
        10, "Minimum number of seconds between two commits of the local server with STORE=github."
    )
    host: str = _row(
        "127.0.0.1",
        "Address on which the local server listens. 0.0.0.0 opens /telemetry to the network, but no records.",
    )
    port: "Annotated[int, Field(ge=0, le=65535)]" = _row(8080, "Port of the local server; 0 selects a free port.")
    state_bucket: str = _row("", "Bucket for Terraform state; by default a local file. Deployment machine only.")
    aws_endpoint_url: "EndpointUrl" = _row(
        "",
        "Endpoint of LocalStack or another AWS emulator; by default the server starts one for its folder. Local only.",
    )
    google_cloud_region: str = _row("", "Google Cloud region, such as europe-west1. Deployment machine only.")
    invoker_iam_check: bool = _row(
        True,
        "false if the organization forbids allUsers: the webhook's Cloud Run service then checks no caller. "
        "Deployment machine only.",
    )
    queue_subscription: "QueueName" = _row(
        "", "Pub/Sub subscription from which the worker pulls. Set by the deployment."
    )
    retries_url: "QueueName" = _row(
        "", "SQS queue of events whose reads of GitHub are retried; by default QUEUE_URL. Set by the deployment."
    )
    dead_letters_url: "QueueName" = _row("", "SQS queue or Pub/Sub topic of the dead letters. Set by the deployment.")


def rows(table: type[SharedSettings]) -> dict[str, Row]:
    """Return the rows of SharedSettings or AllSettings by the setting's name, in the order of the table."""
    return {name: row for part in reversed(table.__mro__) for name, row in vars(part).items() if isinstance(row, Row)}
