"""Fakes the APIs that the operator's commands call: token exchange, projects, APIs, billing, logs, and those of other modules.

https://cloud.google.com/resource-manager/reference/rest/v1/projects, https://cloud.google.com/service-usage/docs/reference/rest,
https://cloud.google.com/billing/docs/reference/rest/v1/projects, https://cloud.google.com/logging/docs/reference/v2/rest,
https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from fakes.google.errors import UnknownRequest
from fakes.google.http_transport import JSON, Answer, Request
from fakes.google.metadata_server import MetadataServer
from fakes.google.organization import Organization
from fakes.google.replies import Routes, ok, refused
from fakes.google.run_services import RunServices
from fakes.google.service_agents import ServiceAgents

_PAGE = 1000
_VIEW = re.compile(r"projects/[^/]+/locations/[^/]+/buckets/[^/]+/views/_AllLogs")
_FILTER = re.compile(
    r'resource\.type="cloud_run_revision" resource\.labels\.service_name="([\w-]+)" timestamp>="([^"]+)"'
)


class Console:
    """Answers HTTP requests of all these APIs."""

    def __init__(self, project: str, tokens: MetadataServer) -> None:
        self.project = project
        self.signs_in = True
        """Whether a third-party token can be exchanged for one of Google's."""
        self.state = "ACTIVE"
        self.billing = True
        self.organization = Organization(project)
        self.run = RunServices()
        self.agents = ServiceAgents()
        self.disabled: set[str] = set()
        """Disabled APIs, such as serviceusage."""
        self.denied: set[str] = set()
        """APIs that deny the caller permission."""
        self.entries: list[dict[str, Any]] = []
        """Log entries in order of time, as Cloud Logging returns a LogEntry."""
        self.log_buckets: dict[str, str] = {}
        """State of each log bucket, by full name."""
        self._tokens = tokens
        self._routes: Routes = {
            **self.organization.routes,
            **self.run.routes,
            **self.agents.routes,
            ("GET", re.compile(r"/v1/projects/([^/:]+)")): ("cloudresourcemanager", self._project),
            ("GET", re.compile(r"/v1/projects/([^/:]+)/services/[a-z.]+")): ("serviceusage", self._service),
            ("GET", re.compile(r"/v1/projects/([^/:]+)/billingInfo")): ("cloudbilling", self._billing),
            ("POST", re.compile(r"/v2/entries:list()")): ("logging", self._entries),
            ("GET", re.compile(r"/v2/projects/([^/]+)/locations/[^/]+/buckets/[^/:]+")): ("logging", self._log_bucket),
            ("POST", re.compile(r"/v2/projects/([^/]+)/locations/[^/]+/buckets/[^/:]+:undelete")): (
                "logging",
                self._undelete,
            ),
        }

    def __call__(self, request: Request) -> Answer:
        """Answer a request; raises UnknownRequest."""
        if (request.method, request.path) == ("POST", "/v1/token"):
            return self._exchange(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        for (method, path), (api, respond) in self._routes.items():
            match = path.fullmatch(request.path)
            if not match or method != request.method:
                continue
            if scheme != "Bearer" or not self._tokens.accepts(token):
                return refused(401, "UNAUTHENTICATED", "CREDENTIALS_MISSING")
            if api in self.disabled:
                return refused(403, "PERMISSION_DENIED", "SERVICE_DISABLED")
            if api in self.denied or match[1] not in ("", self.project):
                return refused(403, "PERMISSION_DENIED", "")
            return respond(request)
        raise UnknownRequest(f"{request.method} {request.path}")

    def _exchange(self, request: Request) -> Answer:
        fields = dict(parse_qsl(request.body.decode()))
        if not self.signs_in or not fields.get("subject_token") or not fields.get("audience"):
            refusal = {"error": "invalid_grant", "error_description": "ordered to fail"}
            return Answer(400, JSON, json.dumps(refusal).encode())
        value, seconds = self._tokens.token()
        kind = "urn:ietf:params:oauth:token-type:access_token"
        return ok({"access_token": value, "expires_in": seconds, "token_type": "Bearer", "issued_token_type": kind})

    def _project(self, _: Request) -> Answer:
        return ok({"projectId": self.project, "lifecycleState": self.state})

    def _service(self, _: Request) -> Answer:
        return ok({"state": "ENABLED"})

    def _billing(self, _: Request) -> Answer:
        return ok({"projectId": self.project, **({"billingEnabled": True} if self.billing else {})})

    def _log_bucket(self, request: Request) -> Answer:
        state = self.log_buckets.get(request.path.removeprefix("/v2/"))
        return refused(404, "NOT_FOUND", "") if state is None else ok({"lifecycleState": state})

    def _undelete(self, request: Request) -> Answer:
        name = request.path.removeprefix("/v2/").removesuffix(":undelete")
        if self.log_buckets.get(name) != "DELETE_REQUESTED":
            return refused(400, "FAILED_PRECONDITION", "")
        self.log_buckets[name] = "ACTIVE"
        return ok({})

    def _entries(self, request: Request) -> Answer:
        query = json.loads(request.body)
        match = _FILTER.fullmatch(query["filter"])
        if not match or not _VIEW.fullmatch(query["resourceNames"][0]) or query["orderBy"] != "timestamp asc":
            raise UnknownRequest(f"entries:list of {query}")
        service, since = match.groups()
        start, size = int(query.get("pageToken", 0)), min(query["pageSize"], _PAGE)
        chosen = [
            entry
            for entry in self.entries
            if entry["resource"]["labels"]["service_name"] == service and entry["timestamp"] >= since[:19]
        ]
        page = {"entries": chosen[start : start + size]}
        return ok(page | ({"nextPageToken": str(start + size)} if start + size < len(chosen) else {}))
