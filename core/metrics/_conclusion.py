"""Reads how a check suite, a job or a step ended, for the metrics that report it."""

from core.metric import CollectContext
from core.payload import Fields

KNOWN = frozenset(
    {
        "action_required",
        "cancelled",
        "failure",
        "neutral",
        "skipped",
        "stale",
        "startup_failure",
        "success",
        "timed_out",
    }
)
"""GitHub's conclusions of check suites and jobs; a step has some of them.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_suite and
https://docs.github.com/en/graphql/reference/enums#checkconclusionstate
"""


def conclusion_of(fields: Fields, context: CollectContext) -> str | None:
    """Return the conclusion; None if there is none, and None with an anomaly if it is none of GitHub's.

    Raises MalformedPayload if it is not a string.
    """
    conclusion = fields.text_or_none("conclusion")
    if conclusion is None or conclusion in KNOWN:
        return conclusion
    context.add_anomaly("unknown_conclusion")
    return None
