"""Fakes an organization's policies: the effective ones of its project, and its custom constraints.

https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2/projects.policies/getEffectivePolicy,
https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2/organizations.customConstraints/list,
https://cloud.google.com/resource-manager/reference/rest/v1/projects/getAncestry
"""

import json
import re
from typing import Any

from fakes.google.http_transport import Answer, Request
from fakes.google.replies import Routes, ok, refused

_PAGE = 1


class Organization:
    """Answers HTTP requests about one project, which may be in an organization."""

    def __init__(self, project: str) -> None:
        self.id = "123456789"
        """Number of the organization; empty: the project is in none."""
        self.legacy: dict[str, Any] = {}
        """The listPolicy of members that may receive a role, by the legacy constraint."""
        self.rules: dict[str, list[dict[str, Any]]] = {}
        """Effective rules by constraint, such as iam.managed.allowedPolicyMembers; others are not enforced."""
        self.custom: list[dict[str, Any]] = []
        """The custom constraints, as the API returns them."""
        self._project = project
        self.routes: Routes = {
            ("POST", re.compile(r"/v1/projects/([^/:]+):getEffectiveOrgPolicy")): (
                "cloudresourcemanager",
                self._legacy,
            ),
            ("POST", re.compile(r"/v1/projects/([^/:]+):getAncestry")): ("cloudresourcemanager", self._ancestry),
            ("GET", re.compile(r"/v2/projects/([^/]+)/policies/[\w.]+:getEffectivePolicy")): (
                "orgpolicy",
                self._effective,
            ),
            ("GET", re.compile(r"/v2/organizations/\d+/customConstraints()")): ("orgpolicy", self._constraints),
        }

    def add_custom(self, name: str, condition: str, action: str = "DENY", **fields: Any) -> None:
        """Add an enforced custom constraint on allow policies; `fields` are others of the API's."""
        self.custom.append(
            {
                "name": f"organizations/{self.id}/customConstraints/{name}",
                "resourceTypes": ["iam.googleapis.com/AllowPolicy"],
                "methodTypes": ["CREATE", "UPDATE"],
                "condition": condition,
                "actionType": action,
                **fields,
            }
        )
        self.rules.setdefault(name, [{"enforce": True}])

    def _legacy(self, request: Request) -> Answer:
        fields = json.loads(request.body)
        return ok({"constraint": fields["constraint"], "listPolicy": self.legacy or {"allValues": "ALLOW"}})

    def _ancestry(self, _: Request) -> Answer:
        ids = [("project", self._project), ("folder", "42"), ("organization", self.id)] if self.id else []
        return ok({"ancestor": [{"resourceId": {"type": kind, "id": id}} for kind, id in ids]})

    def _effective(self, request: Request) -> Answer:
        name = request.path.removeprefix("/v2/").removesuffix(":getEffectivePolicy")
        constraint = name.rpartition("/")[2]
        return ok({"name": name, "spec": {"rules": self.rules.get(constraint, [{"enforce": False}])}})

    def _constraints(self, request: Request) -> Answer:
        if request.path.split("/")[3] != self.id:
            return refused(403, "PERMISSION_DENIED", "")
        start = int(request.query.get("pageToken", 0))
        page: dict[str, Any] = {"customConstraints": self.custom[start : start + _PAGE]} if self.custom else {}
        return ok(page | ({"nextPageToken": str(start + _PAGE)} if start + _PAGE < len(self.custom) else {}))
