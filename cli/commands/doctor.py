"""`telemetry doctor`: checks a configuration or a deployment."""

from contextlib import suppress
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from cli import console
from cli.deployment import lookup, secrets_setup
from cli.doctor import FAILURE, OK, Check, DiagnosticContext, Finding, permissions, run_checks, tokens, webhooks
from cli.doctor import deployment as deployed
from cli.panels import Panel
from cli.target_argument import TARGETS
from core.errors import SecretMissing, TelemetryError
from core.github.api import GitHubApi, pooled_session
from core.github.app import data_tokens, reader
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET, SecretsCache
from core.settings import Settings
from core.static_secrets import StaticSecrets
from runtimes.local import queue_choice, sqlite_wiring
from runtimes.local.queue_choice import QueueChoice

PANEL = Panel.SET_UP
EXAMPLES = ("telemetry doctor", "telemetry doctor aws")
CHECKS: dict[str, Check] = {
    "secrets": tokens.secrets,
    "GitHub App": tokens.app,
    "source token": tokens.source_token,
    "rights": permissions.rights,
    "data repository": tokens.data_repository,
    "webhooks": webhooks.webhooks,
    "queue": deployed.queue,
    "dead letters": deployed.dead_letters,
    "jobs": deployed.jobs,
}


def command(
    target: Annotated[
        str, typer.Argument(help=f"Deployment target: {TARGETS}; default: this machine's settings.")
    ] = "",
) -> None:
    """Check credentials, webhooks and queues.

    It checks the configuration, too, and suggests fixes.
    """
    settings = console.deployment_settings()
    try:
        context = _deployment_context(target, settings) if target else _local_context(settings)
    except TelemetryError as error:
        console.fail(str(error), 1)
    table = Table("", "what", "finding", "remedy", box=box.SIMPLE, pad_edge=False)
    findings = list(run_checks(context, CHECKS))
    for check, finding in findings:
        level = {OK: "ok", FAILURE: "FAILURE"}.get(finding.level, finding.level)
        table.add_row(level, check, *map(console.pasteable, (finding.what, finding.remedy)))
    failures = sum(finding.level == FAILURE for _, finding in findings)
    console.console().print(table)
    console.echo(f"{failures or 'no'} failure{'' if failures == 1 else 's'}")
    console.echo(next_step(target, settings, findings))
    raise typer.Exit(1 if failures else 0)


def next_step(target: str, settings: Settings, findings: list[tuple[str, Finding]]) -> str:
    """Return the next command: after a webhook that is correct, the report."""
    doctor = f"`telemetry doctor{f' {target}' if target else ''}`"
    if any(finding.level == FAILURE for _, finding in findings):
        return f"Next: follow the remedies, then run {doctor} again"
    if not any(check == "webhooks" and finding.level == OK for check, finding in findings):
        url = f"--deployed {target}" if target else f"--url {settings.webhook_url or 'https://YOUR-ADDRESS/telemetry'}"
        return f"Next: `telemetry webhook add OWNER/NAME {url}`"
    return "Next: `telemetry report`, once the first events are stored"


def _local_context(settings: Settings) -> DiagnosticContext:
    secrets = dict(secrets_setup.configured_values(settings))
    if queue_choice.recorded() == QueueChoice.SQLITE:
        with suppress(SecretMissing):  # this folder's server made one if none is set
            secrets[WEBHOOK_SECRET] = sqlite_wiring.webhook_secret(settings)
    return _context("", settings, secrets, settings.webhook_url)


def _deployment_context(target: str, settings: Settings) -> DiagnosticContext:
    deployment = lookup.find_with_api(target, settings)
    secrets = {name: deployment.cloud.secret(name) for name in secrets_setup.names(settings)}
    url = deployment.target.webhook_url(deployment.outputs["webhook_url"])
    return _context(target, settings, secrets, url)._replace(cloud=deployment.cloud, outputs=deployment.outputs)


def _context(name: str, settings: Settings, secrets: dict[str, str], url: str) -> DiagnosticContext:
    cache, session, api_url = SecretsCache(StaticSecrets(secrets)), pooled_session(), settings.github_api_url
    anonymous = not secrets.get(SOURCE_TOKEN)
    source = reader(settings, session, cache, anonymous=anonymous)
    source_api = GitHubApi(session, cache, SOURCE_TOKEN, api_url, anonymous=anonymous)
    data_api = GitHubApi(session, data_tokens(settings, session, cache), DATA_TOKEN, api_url)
    return DiagnosticContext(name, settings, secrets, source, source_api, data_api, url)
