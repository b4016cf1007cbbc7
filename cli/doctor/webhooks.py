"""Our webhooks at GitHub: as they should be, and what became of the latest deliveries."""

from collections.abc import Iterator

from cli.doctor import FAILURE, OK, WARNING, DiagnosticContext, Finding
from cli.setup.webhooks import Webhooks
from core.errors import PermanentError, TelemetryError
from core.github.webhooks import Delivery, Hook, deliveries


def webhooks(patient: DiagnosticContext) -> Iterator[Finding]:
    """Of every owner that is watched."""
    if not patient.settings.hook_owners:
        remedy = "set WATCHED_HOOKS to the organisations and repositories whose webhooks are ours"
        yield Finding(WARNING, "no webhook is watched: what is lost is not recovered", remedy)
        return
    if not patient.webhook_url:
        yield Finding(WARNING, "which webhooks are ours is not known", "set WEBHOOK_URL, or name a deployment")
        return
    for owner in patient.settings.hook_owners:
        try:
            yield from _of(owner, patient)
        except TelemetryError as error:
            yield Finding(FAILURE, f"could not be looked at: {error}")


def _of(owner: str, patient: DiagnosticContext) -> Iterator[Finding]:
    ours = Webhooks(patient.source, patient.source_api, owner, patient.webhook_url)
    add = f"`telemetry webhook add {owner}{f' --deployed {patient.name}' if patient.name else ''}`"
    wrong = ours.check()
    for each in wrong:
        unharmful = each.startswith(("its content type", "it sends events"))
        yield Finding(WARNING if unharmful else FAILURE, f"{owner}: {each}", add)
    if not wrong:
        yield Finding(OK, f"{owner}: the webhook is as it should be")
    found = next((each for each in ours.all() if each.url == patient.webhook_url), None)
    if found is not None:
        yield from _deliveries(owner, found, add, patient)


def _deliveries(owner: str, hook: Hook, add: str, patient: DiagnosticContext) -> Iterator[Finding]:
    try:
        latest = next(deliveries(patient.source, hook)).deliveries
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
    last: Delivery = max(latest, key=lambda each: each.id)
    failed = sum(not each.accepted for each in latest)
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
        yield Finding(OK, f"{owner}: the last {len(latest)} deliveries were taken")
