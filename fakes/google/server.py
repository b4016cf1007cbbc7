"""Runs all fakes of Google Cloud on free ports of 127.0.0.1."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from fakes.google.admin import Console
from fakes.google.errors import UnknownRequest
from fakes.google.grpc_transport import serve_grpc
from fakes.google.http_transport import serve_http
from fakes.google.metadata_server import MetadataServer
from fakes.google.pubsub import PubSub
from fakes.google.rest_transport import Rest
from fakes.google.secret_manager import SecretManager

_OPERATOR_APIS = ("CLOUDRESOURCEMANAGER", "SERVICEUSAGE", "CLOUDBILLING", "LOGGING", "ORGPOLICY", "RUN")


class FakeGoogle:
    """Context manager that runs a project of Google Cloud; `clock` is in UNIX seconds.

    On exit it raises UnknownRequest if it received an unsupported request.
    """

    def __init__(
        self,
        project: str = "demo-project",
        *,
        authenticated: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create a stopped fake; `authenticated`: whether REST refuses requests without a token."""
        self.project = project
        self.metadata = MetadataServer(project, clock)
        self.console = Console(project, self.metadata)
        self.pubsub = PubSub(clock)
        self.secrets = SecretManager(clock)
        self.pubsub.authenticated = self.secrets.authenticated = authenticated
        self.environment: dict[str, str] = {}
        """Variables that direct Google's clients and ours to the fake. google.auth reads them only when it is imported."""
        self.grpc_address = ""
        """host:port of Pub/Sub and of Secret Manager, without TLS."""
        self.unknown: list[UnknownRequest] = []
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start all servers."""
        with ExitStack() as starting:
            self.grpc_address = starting.enter_context(serve_grpc((self.pubsub, self.secrets), self.unknown))
            served = (Rest(service, self.metadata.accepts) for service in (self.pubsub, self.secrets))
            pubsub, secrets = (starting.enter_context(serve_http(rest, self.unknown)) for rest in served)
            metadata = starting.enter_context(serve_http(self.metadata, self.unknown))
            console = starting.enter_context(serve_http(self.console, self.unknown))
            self.environment = {
                "GOOGLE_CLOUD_PROJECT": self.project,
                "PUBSUB_EMULATOR_HOST": self.grpc_address,
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB": f"http://{pubsub}/",
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": f"http://{secrets}/",
                "GCE_METADATA_HOST": metadata,
                "GCE_METADATA_IP": metadata,  # google.auth detects Google Cloud by this address
                **{f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}": f"http://{console}/" for api in _OPERATOR_APIS},
            }
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all servers; raises UnknownRequest."""
        self._running.close()
        if self.unknown and error is None:
            raise self.unknown[0]
