"""Reads which runner a job asked for and got."""

from core.errors import MalformedPayload
from core.metric import CollectContext
from core.metrics._labels import bounded_labels
from core.payload import Fields

GITHUB_HOSTED, SELF_HOSTED = "github-hosted", "self-hosted"
_HOSTED_GROUP = "GitHub Actions"
"""The group of GitHub's standard runners, as in its example payloads."""


def runner_labels(job: Fields, context: CollectContext) -> list[str] | None:
    """Return the labels of the job's `runs-on`, within bounds; None where GitHub did not tell. Raises MalformedPayload."""
    labels = job.data.get("labels")
    if labels is None:
        return None
    if type(labels) is not list:
        raise MalformedPayload(f"{job.path('labels')}: expected a list")
    return bounded_labels([label for label in labels if type(label) is str], context)


def runner_kind(job: Fields, labels: list[str] | None) -> str | None:
    """Return whose runner it is; None if that is not certain, as of a group of larger runners or of a custom label.

    Only self-hosted runners have the label `self-hosted`, but not all of them: a scale set has a label of its own.
    https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/use-in-a-workflow
    """
    if any(label.lower() == SELF_HOSTED for label in labels or ()):
        return SELF_HOSTED
    return GITHUB_HOSTED if job.text_or_none("runner_group_name") == _HOSTED_GROUP else None
