"""Maps the error responses of reads to exceptions: each has one consequence for the event (core/errors.py)."""

import requests

from core.errors import (
    AccessBlocked,
    MissingPermission,
    NotAvailable,
    NotFound,
    PermanentError,
    ResponseTooLarge,
    TelemetryError,
    TransientReadError,
    Unavailable,
)
from core.github.api import GitHubApi, TransportError
from core.github.responses import accepted_permissions, block_reason, retry_after, says

_LACKS = "resource not accessible by"
"""https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible"""
_SSO = (
    "https://docs.github.com/en/github/authenticating-to-github/"
    "authorizing-a-personal-access-token-for-use-with-saml-single-sign-on"
)
"""The header X-GitHub-SSO of the response has an address with a request for this token, which is not to be logged."""
HANGING_PAUSE = 5.0
"""Seconds without further requests after one has timed out: a batch must not wait for a time-out at each request."""
EMPTY = "repository is empty"
"""In the 409, or 404 for contents, of a repository without a commit: https://docs.github.com/en/rest/git/commits"""


def transport_failure(api: GitHubApi, error: TransportError) -> TransientReadError:
    """Return the exception of a request without a response; after a time-out further requests are blocked for a while."""
    if error.timed_out:
        api.close(HANGING_PAUSE)
    return TransientReadError(str(error), retry_after=HANGING_PAUSE if error.timed_out else None)


def to_exception(api: GitHubApi, response: requests.Response, what: str) -> TelemetryError:
    """Return the exception of an error response; a rate limit blocks the further requests of `api`."""
    status = response.status_code
    if status in (401, 403, 429, 451):
        return _refusal(api, response, what)
    if status == 410 or (status == 409 and says(response, EMPTY)):
        return NotFound(what)
    if status >= 500 or status in (408, 409, 425):
        return TransientReadError(what, retry_after=retry_after(response))
    return NotAvailable(what) if status == 422 else PermanentError(what)


def _refusal(api: GitHubApi, response: requests.Response, what: str) -> TelemetryError:
    """Return the exception of a refusal: for everybody, for a while, or for this token."""
    blocked = block_reason(response)
    if blocked is not None:
        return AccessBlocked(f"{what}: GitHub blocks access to the repository ({blocked})")
    pause = api.rate_limit(response)
    if pause is not None:
        return TransientReadError(f"{what} (rate limit)", retry_after=pause)
    if says(response, "too_large"):
        return ResponseTooLarge(f"{what}: too large for GitHub to send")
    if "X-GitHub-SSO" in response.headers:
        return Unavailable(
            f"{what}: the source token is not authorized for the single sign-on of the organization: {_SSO}"
        )
    permissions = accepted_permissions(response)
    hint = f": GitHub asks for {permissions}" if permissions else ""
    if response.status_code == 403 and (permissions is not None or says(response, _LACKS)):
        return MissingPermission(f"{what}: the source token lacks a right{hint}")
    refused = "GitHub refuses it; the source token may lack a right"
    reason = "the source token is not valid or has expired" if response.status_code == 401 else refused
    return Unavailable(f"{what}: {reason}{hint}")
