"""Fakes Service Usage's service identities: Google's own accounts in a project, which a new project does not have.

https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/services/generateServiceIdentity
"""

import re
from collections.abc import Callable

from fakes.google.http_transport import Answer, Request
from fakes.google.replies import Routes, ok


class ServiceAgents:
    """Answers HTTP requests for service identities."""

    def __init__(self) -> None:
        self.created: list[str] = []
        """Services whose agent was asked for, such as pubsub.googleapis.com, in order."""
        self.on_creation: Callable[[str], None] = lambda _: None
        """Receives the service whose agent was created."""
        self.error: dict[str, int | str] | None = None
        """The error that each operation ends with."""
        self.routes: Routes = {
            ("POST", re.compile(r"/v1beta1/projects/([^/]+)/services/[a-z.]+:generateServiceIdentity")): (
                "serviceusage",
                self._generate,
            ),
            ("GET", re.compile(r"/v1beta1/operations/identity\.\d+()")): ("serviceusage", self._operation),
        }

    def _generate(self, request: Request) -> Answer:
        service = request.path.rpartition("/")[2].removesuffix(":generateServiceIdentity")
        if self.error is None:
            self.created.append(service)
            self.on_creation(service)
        return ok({"name": f"operations/identity.{len(self.created)}"})

    def _operation(self, request: Request) -> Answer:
        outcome = {"response": {}} if self.error is None else {"error": self.error}
        return ok({"name": request.path.removeprefix("/v1beta1/"), "done": True, **outcome})
