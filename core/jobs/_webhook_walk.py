"""Runs a job for every webhook of ours; one that cannot be read does not affect the others."""

from collections.abc import Callable

from core.errors import TelemetryError
from core.github.webhooks import Hook, find_own_webhooks
from core.job import JobOutcome, Report
from core.jobs._recovery_cursor import ConcurrentRunError
from core.services import JobServices


def walk(services: JobServices, job: str, process: Callable[[Hook], Report]) -> Report:
    """Return the sum of the reports; each owner or webhook that fails is logged and counts as left. Raises ConcurrentRunError."""
    done = remaining = 0

    def fail(what: str, error: TelemetryError) -> int:
        services.log("warning", "job", JobOutcome.UNREADABLE, job=job, reason=f"{what}: {error}")
        return 1

    for owner in services.settings.hook_owners:
        try:
            hooks = find_own_webhooks(services.github, owner, services.settings)
        except TelemetryError as error:
            remaining += fail(f"webhooks of {owner}", error)
            continue
        for hook in hooks:
            try:
                report = process(hook)
            except ConcurrentRunError:
                raise
            except TelemetryError as error:
                remaining += fail(f"webhook {hook.id} of {owner}", error)
            else:
                done, remaining = done + report.done, remaining + report.left
    return Report(done, remaining)
