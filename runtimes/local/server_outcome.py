"""Names the outcomes of requests and connections that a server of this machine ends itself; in the log."""

from enum import StrEnum


class ServerOutcome(StrEnum):
    """The outcome of a request or a connection."""

    REJECTED = "rejected"
    FAILED = "failed"
    CLOSED = "closed"
