"""The exceptions of this package, by consequence. A skip is a value; a failure is one of these.

    TelemetryError
    ├── BadRequest              400: verified, but not an event
    ├── Unauthorized            401: the signature is missing, malformed or wrong
    ├── TooLarge                413: the body, or the event in the queue, is over a limit
    ├── RetryableError          may succeed later, and may say when
    │   ├── Unavailable         a store, a queue, a secret or a token of ours is unavailable: 503 from the webhook;
    │   │   │                   in the worker the event is retried until it is too old
    │   │   ├── MissingPermission  the token lacks a permission that a read needs
    │   │   └── OutOfTime       the time or memory of the batch is used up: the event is retried soon
    │   └── TransientReadError  a read of GitHub failed for a transient reason: the event is read again later
    └── PermanentError          can never succeed: dead-lettered, with this reason
        ├── NotAvailable        GitHub has the thing, but cannot say what is asked of it: the value is null, with an anomaly
        ├── MalformedPayload    the payload does not have the shape of its event; names the field
        ├── NotFound            GitHub has no such object (404, 410); for a young event this is a TransientReadError (core/collect_metrics.py)
        │   └── RefNotFound     … because the repository lacks the branch, tag or commit
        ├── AccessBlocked       GitHub blocks access to the repository, for everybody
        └── ResponseTooLarge    a response of GitHub is over its size limit

A message never contains a body, a header, a token or a signature: it is logged and attached to dead letters.
"""


class TelemetryError(Exception):
    """The root of the exceptions that this package raises."""


class BadRequest(TelemetryError):
    """The sender is verified, but the request is not an event (HTTP 400)."""


class Unauthorized(TelemetryError):
    """The HMAC does not verify (HTTP 401)."""


class TooLarge(TelemetryError):
    """The body or the message is over a size limit (HTTP 413)."""


class RetryableError(TelemetryError):
    """The operation may succeed later; `retry_after` is in seconds, if the other side named a time."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unavailable(RetryableError):
    """One of our services cannot be reached or used now."""


class SecretMissing(Unavailable):
    """The secret does not exist, is empty, or is still the placeholder `unset`."""


class Conflict(Unavailable):
    """Another writer was faster: the same write may succeed from the new state."""


class MissingPermission(Unavailable):
    """The token lacks a permission that a read needs: a field that a record can do without is null, with an anomaly."""


class OutOfTime(Unavailable):
    """The time of the batch is over, or its memory is used up: nothing is wrong with the event."""


class TransientReadError(RetryableError):
    """A read of GitHub failed for a transient reason."""


class PermanentError(TelemetryError):
    """The operation can never succeed: a retry changes nothing."""


class NotAvailable(PermanentError):
    """GitHub has the thing, but cannot compute what is asked of it (HTTP 422), such as the diff of a pull request."""


class QueryTooLarge(NotAvailable):
    """GitHub does not answer a GraphQL query of this size; a smaller one may succeed."""


class MalformedPayload(PermanentError):
    """The payload does not have the shape of its event."""


class NotFound(PermanentError):
    """GitHub has no such object (404) or no longer has it (410), or the repository has no commit (409).

    A 404 is also what a token gets that may not see the object, and what GitHub answers before it has the object.
    """


class RefNotFound(NotFound):
    """The repository answers, but has no such branch, tag or commit, or not yet."""


class AccessBlocked(PermanentError):
    """GitHub blocks access to the repository, for example for a violation of its terms of service."""


class ResponseTooLarge(PermanentError):
    """A response of GitHub, or a file, is over its size limit; reading it would use up the memory of the other events."""
