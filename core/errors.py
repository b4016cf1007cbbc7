"""What can go wrong, by consequence. A skip is a value; a failure is one of these.

    TelemetryError
    ├── BadRequest      400: verified, but it is no event
    ├── Unauthorized    401: the signature is missing, malformed or wrong
    ├── TooLarge        413: the body, or the event in the queue, is over a limit
    ├── Later           may work later, and may say when
    │   ├── Unavailable     a store, a queue, a secret or a token of ours is out: 503 at the front door;
    │   │   │               behind the queue the event waits, and its age decides
    │   │   └── OutOfTime   … because the batch's time or memory is used up: the event comes back soon
    │   └── TransientReadError      GitHub could not be read for a passing reason: the event is read again later
    └── PermanentError       will never work: dead letter, with this reason
        ├── MalformedPayload   … because the payload is not the shape of its event; names the field
        └── ResponseTooLarge … because a response of GitHub is over the limit of its size

A message never holds a body, a header, a token or a signature: it is logged and travels on dead letters.
"""


class TelemetryError(Exception):
    """The root of all that this package raises on purpose."""


class BadRequest(TelemetryError):
    """The sender is known but what it sent is no event (HTTP 400)."""


class Unauthorized(TelemetryError):
    """The HMAC does not verify (HTTP 401)."""


class TooLarge(TelemetryError):
    """More bytes than can be taken (HTTP 413)."""


class RetryableError(TelemetryError):
    """What may work later; `retry_after` is in seconds, if whoever refused said so."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unavailable(RetryableError):
    """Something of ours cannot be reached or used now."""


class SecretMissing(Unavailable):
    """The secret does not exist, is empty, or is still the placeholder `unset`."""


class Conflict(Unavailable):
    """Another writer was faster: the same write may succeed from the new state."""


class OutOfTime(Unavailable):
    """The time of the batch is over, or its memory is used up: nothing is wrong with the event."""


class TransientReadError(RetryableError):
    """A read of GitHub failed for a passing reason."""


class PermanentError(TelemetryError):
    """Trying again changes nothing."""


class MalformedPayload(PermanentError):
    """A payload that is not the shape of its event."""


class ResponseTooLarge(PermanentError):
    """A response of GitHub, or a file, that is not read to its end: it would cost the other events the memory."""
