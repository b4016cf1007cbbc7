"""Explains GitHub's refusals of requests about webhooks: a message names a cause only if the response proves it.

A 404 also stands for a missing permission: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from typing import Any

import requests

from core.errors import MissingPermission, NotFound, PermanentError, TelemetryError, Unavailable
from core.github.responses import accepted_permissions, parse_json_response, says

_LONGEST = 200


def explain_read(owner: str, error: TelemetryError) -> TelemetryError:
    """Return the error of a list of webhooks, with the causes that it may have; `owner` is OWNER or OWNER/NAME."""
    if isinstance(error, NotFound):
        return Unavailable(f"{owner}: {_absent(owner)} ({error})")
    if isinstance(error, MissingPermission):
        return Unavailable(f"{owner}: {_permission(owner)} ({error})")
    return Unavailable(f"{owner}: {error}") if isinstance(error, PermanentError) else error


def explain_write(owner: str, response: requests.Response, what: str) -> TelemetryError:
    """Return the error of a refused write; `what` is the request, such as `POST /orgs/octo-org/hooks`."""
    status = response.status_code
    if status == 401:
        return Unavailable(f"GITHUB_ACCESS_TOKEN is not valid or has expired ({what}: 401)")
    if status == 404:
        return Unavailable(f"{owner}: {_absent(owner)} ({what}: 404)")
    if status == 403 and "X-GitHub-SSO" in response.headers:
        return Unavailable(f"{owner}: the token is not authorized for the organisation's single sign-on ({what}: 403)")
    if status == 403 and (says(response, "resource not accessible by") or accepted_permissions(response)):
        return Unavailable(f"{owner}: {_permission(owner)} ({what}: 403)")
    return Unavailable(f"{owner}: {what}: GitHub answered {status}{_reasons(response)}")


def _absent(owner: str) -> str:
    kind = (
        "there is no such repository"
        if "/" in owner
        else "there is no such organisation (a person's account has no webhooks: name OWNER/NAME)"
    )
    return f"{kind}, or {_permission(owner)}"


def _permission(owner: str) -> str:
    scope = "admin:repo_hook" if "/" in owner else "admin:org_hook"
    of = "" if "/" in owner else " of the organisation"
    return (
        f"the token may not administer its webhooks: fine-grained *Webhooks: read and write*{of}, or classic `{scope}`, "
        f"of an account that is {'an administrator' if '/' in owner else 'an owner'} there"
    )


def _reasons(response: requests.Response) -> str:
    """Return GitHub's own reasons, such as `: Hook already exists on this repository`."""
    try:
        body = parse_json_response(response)
    except TelemetryError:
        return ""
    if not isinstance(body, dict):
        return ""
    listed: Any = body.get("errors")
    errors = (
        [error.get("message") if isinstance(error, dict) else error for error in listed or ()]
        if isinstance(listed, list)
        else []
    )
    reasons = [reason for reason in (*errors, body.get("message")) if isinstance(reason, str) and reason]
    return f": {reasons[0][:_LONGEST]}" if reasons else ""
