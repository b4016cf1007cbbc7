"""Reads refs within bounds: whoever pushes writes them."""

from core.metric import CollectContext

CHARACTERS_AT_MOST = 255
"""Characters of a ref: our own limit, far above usual names."""


def bounded_ref(ref: str | None, context: CollectContext) -> str | None:
    """Return the ref, cut at CHARACTERS_AT_MOST with an anomaly."""
    if ref is None or len(ref) <= CHARACTERS_AT_MOST:
        return ref
    context.add_anomaly("ref_truncated")
    return ref[:CHARACTERS_AT_MOST]
