"""Fakes the services of Cloud Run: their invoker IAM check, changed by a long-running operation.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
"""

import json
import re
from typing import Any

from fakes.google.http_transport import Answer, Request
from fakes.google.replies import Routes, ok, refused


class RunServices:
    """Answers HTTP requests about services."""

    def __init__(self) -> None:
        self.services: dict[str, dict[str, Any]] = {}
        """By full name, as the API returns them."""
        self.requires_check = False
        """Whether constraints/run.managed.requireInvokerIam is enforced."""
        self.keeps_check = False
        """Whether a change of the check is accepted and has no effect."""
        self.changes = 0
        self._operations: dict[str, int] = {}
        path = r"/v2/projects/([^/]+)/locations/[^/]+/services/[^/:]+"
        self.routes: Routes = {
            ("GET", re.compile(path)): ("run", self._get),
            ("PATCH", re.compile(path)): ("run", self._patch),
            ("GET", re.compile(r"/v2/projects/([^/]+)/locations/[^/]+/operations/[^/]+")): ("run", self._operation),
        }

    def add(self, name: str) -> None:
        """Add a service as Cloud Functions creates it: its revision has a name."""
        revision = f"{name.rpartition('/')[2]}-00001-abc"
        self.services[name] = {"name": name, "template": {"revision": revision}}

    def _get(self, request: Request) -> Answer:
        service = self.services.get(request.path.removeprefix("/v2/"))
        return refused(404, "NOT_FOUND", "") if service is None else ok(service)

    def _patch(self, request: Request) -> Answer:
        name, body = request.path.removeprefix("/v2/"), json.loads(request.body)
        if name not in self.services:
            return refused(404, "NOT_FOUND", "")
        if request.query.get("updateMask") != "invokerIamDisabled,template.revision":
            # Without an empty revision name the changed service would reuse the name of a revision that exists.
            return refused(409, "ALREADY_EXISTS", "")
        if body["invokerIamDisabled"] and self.requires_check:
            return refused(400, "FAILED_PRECONDITION", "")
        self.changes += 1
        if not self.keeps_check:
            service = {key: value for key, value in self.services[name].items() if key != "invokerIamDisabled"}
            disabled = {"invokerIamDisabled": True} if body["invokerIamDisabled"] else {}  # JSON leaves false out
            self.services[name] = {**service, **disabled}
        operation = f"{name.rpartition('/services/')[0]}/operations/{self.changes}"
        self._operations[operation] = 1
        return ok({"name": operation})

    def _operation(self, request: Request) -> Answer:
        name = request.path.removeprefix("/v2/")
        if name not in self._operations:
            return refused(404, "NOT_FOUND", "")
        self._operations[name] -= 1
        return ok({"name": name, **({} if self._operations[name] >= 0 else {"done": True, "response": {}})})
