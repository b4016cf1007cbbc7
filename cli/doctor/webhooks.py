"""Checks our webhooks at GitHub and their latest deliveries."""

from collections.abc import Iterator

from cli.doctor import FAILURE, OK, WARNING, DiagnosticContext, Finding
from cli.setup.webhooks import Webhooks
from core.errors import PermanentError, TelemetryError
from core.github.webhooks import Delivery, Hook, deliveries


def webhooks(context: DiagnosticContext) -> Iterator[Finding]:
    """Check the webhooks of every watched owner."""
    if not context.settings.hook_owners:
        remedy = "set WATCHED_HOOKS to the organisations and repositories whose webhooks are ours"
        yield Finding(WARNING, "no webhook is watched: what is lost is not recovered", remedy)
        return
    if not context.webhook_url:
        yield Finding(WARNING, "which webhooks are ours is not known", "set WEBHOOK_URL, or name a deployment")
        return
    for owner in context.settings.hook_owners:
        try:
            yield from _check_owner(owner, context)
        except TelemetryError as error:
            yield Finding(FAILURE, f"check failed: {error}")


def _check_owner(owner: str, context: DiagnosticContext) -> Iterator[Finding]:
    client = Webhooks(context.source, context.source_api, owner, context.webhook_url)
    add = f"`telemetry webhook add {owner}{f' --deployed {context.name}' if context.name else ''}`"
    problems = client.check()
    for problem in problems:
        unharmful = problem.startswith(("its content type", "it sends events"))
        yield Finding(WARNING if unharmful else FAILURE, f"{owner}: {problem}", add)
    if not problems:
        yield Finding(OK, f"{owner}: the webhook is correct")
    webhook = next((problem for problem in client.all() if problem.url == context.webhook_url), None)
    if webhook is not None:
        yield from _deliveries(owner, webhook, add, context)


def _deliveries(owner: str, webhook: Hook, add: str, context: DiagnosticContext) -> Iterator[Finding]:
    try:
        latest = next(deliveries(context.source, webhook)).deliveries
    except PermanentError as error:
        yield Finding(
            WARNING, f"{owner}: its deliveries cannot be seen ({error})", "*Webhooks: read* for the source token"
        )
        return
    if not latest:
        yield Finding(
            WARNING, f"{owner}: GitHub has delivered nothing in three days", "*Redeliver* a ping, and look at it"
        )
        return
    last: Delivery = max(latest, key=lambda delivery: delivery.id)
    failed = sum(not delivery.accepted for delivery in latest)
    if last.status_code == 401:
        yield Finding(FAILURE, f"{owner}: the webhook secret at GitHub is another than ours (401)", add)
    elif not last.accepted:
        yield Finding(
            FAILURE, f"{owner}: the last delivery was answered {last.status_code or 'nothing'}", "see the webhook's log"
        )
    elif failed:
        remedy = "`telemetry job recover`, or wait for it: it runs hourly"
        yield Finding(WARNING, f"{owner}: {failed} of the last {len(latest)} deliveries failed", remedy)
    else:
        yield Finding(OK, f"{owner}: the last {len(latest)} deliveries were accepted")
