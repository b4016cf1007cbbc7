"""Calls Google Cloud REST APIs with the application default credentials, without one client library per API.

https://cloud.google.com/docs/authentication/application-default-credentials
"""

import time
from collections.abc import Mapping
from typing import Any

import google.auth
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from requests import RequestException

from cli.deployment.cloud import TargetError
from core.url_security import problem

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_TIMEOUT = 30
_POLL, _LONGEST = 1.0, 120.0
"""Seconds between two looks at an operation, and until it is given up."""
_CODES = {3: "INVALID_ARGUMENT", 6: "ALREADY_EXISTS", 7: "PERMISSION_DENIED", 9: "FAILED_PRECONDITION"}
"""Names of an operation's error codes: https://cloud.google.com/apis/design/errors#handling_errors."""
SIGN_IN = "sign in, for example with `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS"


class GoogleRefused(Exception):
    """Report an error response of a Google API."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(f"{code or status}{f' ({reason})' if reason else ''}")
        self.status = status
        """HTTP status."""
        self.code = code
        """Status code, e.g. PERMISSION_DENIED."""
        self.reason = reason
        """Reason, e.g. SERVICE_DISABLED: https://cloud.google.com/apis/design/errors#error_info"""


class GoogleRest:
    """REST client for Google Cloud services; gcloud's variables can override an endpoint."""

    def __init__(self, project: str, environment: Mapping[str, str]) -> None:
        self._project = project
        self._environment = environment
        self._session: AuthorizedSession | None = None

    def sign_in(self) -> None:
        """Find credentials and check that they are valid; raises TargetError."""
        self._authorized_session()

    def get(self, service: str, path: str, **query: str) -> dict[str, Any]:
        """Send a GET request and return the JSON object; raises GoogleRefused, and TargetError without credentials."""
        return self._request("GET", service, path, params=query)

    def post(self, service: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a POST request and return the JSON object; raises GoogleRefused, and TargetError without credentials."""
        return self._request("POST", service, path, json=body)

    def patch(self, service: str, path: str, body: Mapping[str, Any], **query: str) -> dict[str, Any]:
        """Send a PATCH request and return the JSON object; raises GoogleRefused, and TargetError without credentials."""
        return self._request("PATCH", service, path, params=query, json=body)

    def finish(self, service: str, version: str, operation: Mapping[str, Any]) -> None:
        """Wait for a long-running operation; raises GoogleRefused for its error, TargetError after two minutes.

        https://cloud.google.com/apis/design/design_patterns#long_running_operations
        """
        ends = time.monotonic() + _LONGEST
        while not operation.get("done"):
            if time.monotonic() > ends:
                raise TargetError(f"Google Cloud does not finish {operation.get('name')}: {service}")
            time.sleep(_POLL)
            operation = self.get(service, f"{version}/{operation['name']}")
        if "error" in operation:
            raise _refusal(
                0, {"error": {**operation["error"], "status": _CODES.get(operation["error"].get("code"), "")}}
            )

    def _request(self, method: str, service: str, path: str, **options: Any) -> dict[str, Any]:
        variable = f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service.upper()}"
        override = self._environment.get(variable, "").rstrip("/")
        reason = problem(override) if override else None
        if reason is not None:
            raise TargetError(f"{variable}: {reason}")
        url = f"{override or f'https://{service}.googleapis.com'}{path}"
        try:
            response = self._authorized_session().request(method, url, timeout=_TIMEOUT, **options)  # type: ignore[no-untyped-call]
        except (GoogleAuthError, RequestException) as error:
            raise TargetError(f"Google Cloud does not answer ({type(error).__name__}): {service}") from None
        try:
            body = response.json()
        except ValueError:
            body = None
        if response.status_code == 200 and isinstance(body, dict):
            return body
        raise _refusal(response.status_code, body)

    def _authorized_session(self) -> AuthorizedSession:
        if self._session is None:
            try:
                credentials, _ = google.auth.default(scopes=[_SCOPE], quota_project_id=self._project)
                self._session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
                credentials.refresh(google.auth.transport.requests.Request())  # type: ignore[no-untyped-call]
            except (GoogleAuthError, RequestException) as error:
                self._session = None
                raise TargetError(f"Google Cloud rejects the credentials ({type(error).__name__}): {SIGN_IN}") from None
        return self._session


def _refusal(status: int, body: object) -> GoogleRefused:
    error = body.get("error") if isinstance(body, dict) else None
    fields = error if isinstance(error, dict) else {}
    details = [detail for detail in fields.get("details", []) if isinstance(detail, dict)]
    reason = next((str(detail["reason"]) for detail in details if "reason" in detail), "")
    return GoogleRefused(status, str(fields.get("status", "")), reason)
