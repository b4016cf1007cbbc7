"""Checks our webhooks at GitHub and their latest deliveries."""

from collections.abc import Iterator

from cli.doctor import FAILURE, OK, WARNING, DiagnosticContext, Finding
from cli.setup.webhooks import Webhooks
from core.errors import MissingPermission, PermanentError, TelemetryError
from core.github.webhooks import Delivery, Hook, deliveries
from core.setting_types import APP
from telemetry_functions.installation import instruction

_ELSEWHERE = dict.fromkeys((301, 302, 303, 307, 308), "our webhook redirects nobody") | {
    404: "our webhook answers so only at another path"
}
"""Why a status shows that the URL leads elsewhere."""


def webhooks(context: DiagnosticContext) -> Iterator[Finding]:
    """Check the webhooks of every watched owner."""
    owners = context.settings.hook_owners
    target = f" --deployed {context.name}" if context.name else " --url https://YOUR-ADDRESS/telemetry"
    if not owners:
        remedy = f"`telemetry webhook add OWNER/NAME{target}` adds one; one that exists: set WATCHED_HOOKS to its owner"
        yield Finding(WARNING, "no webhook is watched: what is lost is not recovered", remedy)
        return
    if not context.webhook_url:
        remedy = f"`telemetry webhook add {owners[0]}{target}` sets WEBHOOK_URL"
        yield Finding(WARNING, "which webhooks are ours is not known", remedy)
        return
    for owner in owners:
        try:
            yield from _check_owner(owner, context)
        except TelemetryError as error:
            yield Finding(FAILURE, f"check failed: {error}")


def _check_owner(owner: str, context: DiagnosticContext) -> Iterator[Finding]:
    client = Webhooks(context.source, context.source_api, owner, context.webhook_url)
    add = f"`telemetry webhook add {owner}{f' --deployed {context.name}' if context.name else ''}`"
    if owner == APP:
        add = "the App's page at GitHub (docs/GITHUB_APP.md)"
    listed = client.all()
    webhook = client.find(listed)
    if webhook is None:
        yield _absent(owner, client.absent(listed), add, context)
        return
    problems = client.problems(webhook)
    for problem in problems:
        unharmful = problem.startswith(("its content type", "it sends events"))
        yield Finding(WARNING if unharmful else FAILURE, f"{owner}: {problem}", add)
    if not problems:
        yield Finding(OK, f"{owner}: the webhook is correct")
    yield from _deliveries(owner, webhook, add, context)


def _absent(owner: str, what: str, add: str, context: DiagnosticContext) -> Finding:
    """Return the finding of an owner without our webhook: a watched repository may use that of its organisation."""
    if "/" in owner and not context.settings.watched_hooks:
        organisation = owner.partition("/")[0]
        remedy = f"{add}; if the organisation has one: set WATCHED_HOOKS={organisation}"
        return Finding(WARNING, f"{what}; its organisation may have one", remedy)
    return Finding(FAILURE, what, add)


def _deliveries(owner: str, webhook: Hook, add: str, context: DiagnosticContext) -> Iterator[Finding]:
    try:
        latest = next(deliveries(context.source, webhook)).deliveries
    except (PermanentError, MissingPermission) as error:
        remedy = "*Webhooks: read* for the source token or the App, if it lacks that permission"
        yield Finding(WARNING, f"{owner}: its deliveries cannot be read ({error})", remedy)
        return
    if not latest:
        # https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/troubleshooting-webhooks
        what = (
            f"{owner}: GitHub lists no delivery of the last three days; a new one can take a few minutes to be listed"
        )
        yield Finding(
            WARNING,
            what,
            f"run this again, or cause a delivery: {add} sends a ping" if owner != APP else "run this again",
        )
        return
    last: Delivery = max(latest, key=lambda delivery: delivery.id)
    accepted = {delivery.guid for delivery in latest if delivery.accepted}
    failed = {delivery.guid for delivery in latest} - accepted
    if not last.accepted:
        yield _refused(owner, last.status_code, add, context)
    elif failed:
        what = f"{owner}: {len(failed)} of the last {len(accepted | failed)} deliveries failed, and no later attempt was accepted"
        is_scheduled = "recover" in context.outputs.get("schedules", {})
        remedy = "the job recover fetches them hourly" if is_scheduled else "`telemetry job recover` fetches them"
        yield Finding(WARNING, what, remedy)
    else:
        yield Finding(OK, f"{owner}: the last {len(accepted)} deliveries were accepted")


def _refused(owner: str, status: int, add: str, context: DiagnosticContext) -> Finding:
    """Return the finding of a last delivery that was not accepted, with the causes that its status may have."""
    answered = f"{owner}: the last delivery was answered {status}"
    log = f"`{instruction(f'logs-{context.name}')}`" if context.name else "the server's log"
    if status == 401:
        what = (
            f"{answered}: the webhook has no secret at GitHub or another than ours, or another server demands a login"
        )
        return Finding(FAILURE, what, add)
    if status == 403:
        what = f"{answered}: ALLOWED_NETWORKS, or another server, refuses GitHub"
        return Finding(FAILURE, what, "compare ALLOWED_NETWORKS with `hooks` of https://api.github.com/meta")
    if status in _ELSEWHERE:
        return Finding(FAILURE, f"{answered}: {_ELSEWHERE[status]}", f"does {context.webhook_url} lead to our webhook?")
    remedy = f"can GitHub reach {context.webhook_url}? If it can, see {log}"
    if status == 0:
        return Finding(FAILURE, f"{owner}: GitHub got no response to the last delivery", remedy)
    if status >= 500:  # GitHub also records a status of its own if it gets no response
        what = f"{answered}: an error of our webhook or of a server before it, or GitHub got no response in time"
        return Finding(FAILURE, what, remedy)
    return Finding(FAILURE, answered, f"see {log}")
