"""Reads lists of labels within bounds: a record holds them as GitHub spells them, and anybody with triage rights writes them.

GitHub allows 100 labels on an issue or a pull request and 50 characters in the name of one, so the bounds cut only what is
not GitHub's: https://docs.github.com/en/rest/issues/labels
"""

from collections.abc import Iterable

from core.metric import CollectContext
from core.payload import Fields

MOST_LABELS, LONGEST_LABEL = 100, 100
"""Labels of one list, and characters of one label."""


def label_names(labels: Iterable[Fields]) -> list[str]:
    """Return the names of a payload's labels; a label without a name is left out. Raises MalformedPayload."""
    return [name for label in labels if (name := label.text_or_none("name")) is not None]


def bounded_labels(names: Iterable[str], context: CollectContext) -> list[str]:
    """Return the first MOST_LABELS names, each cut to LONGEST_LABEL characters, with an anomaly if anything was cut."""
    names = list(names)
    bounded = [name[:LONGEST_LABEL] for name in names[:MOST_LABELS]]
    if bounded != names:
        context.add_anomaly("labels_truncated")
    return bounded
