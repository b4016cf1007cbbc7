"""canary: checks that a canary has arrived recently. See core/canary.py."""

from core.canary import CanaryOutcome, sent_at
from core.job import Job, Report
from core.payload import DAY, day_of
from core.record_file import RECEIPTS
from core.services import JobServices

LATELY = 3 * 3_600_000
"""Milliseconds: one is sent every hour, and the store may be unavailable for a while without a loss."""
_SINCE = "_system/canary.json"


def run(services: JobServices) -> Report:
    """Report 1 done if a canary has arrived, or if the first check is too recent to expect one; else 1 left."""
    now, root = services.now(), services.settings.root
    days = {day_of(now - DAY), day_of(now)}
    paths = [path for day in days for path in services.store.list(f"{root}{RECEIPTS}/{day}/canary-")]
    latest = max((when for path in paths if (when := sent_at(path)) is not None), default=None)
    if latest is not None and now - latest <= LATELY:
        return Report(1, 0)
    if latest is None and _is_new(now, services):
        return Report(1, 0)
    latest_text = "none in two days" if latest is None else f"the last was sent {(now - latest) // 60_000} minutes ago"
    services.log("error", "canary", CanaryOutcome.MISSING, reason=f"no canary has come through: {latest_text}")
    return Report(0, 1)


def _is_new(now: int, services: JobServices) -> bool:
    """Return whether the first check was less than LATELY ago: no canary can be missing yet."""
    path = f"{services.settings.root}{_SINCE}"
    content = services.store.read(path)
    if content is None:
        services.store.compare_and_swap(path, None, f'{{"since":{now}}}\n'.encode())
        return True
    digits = "".join(filter(str.isdigit, content.decode(errors="replace")))
    return bool(digits) and now - int(digits[:13]) <= LATELY


JOB = Job("canary", run)
