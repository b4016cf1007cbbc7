"""Operations of a service: the gRPC name, and the method and path of REST."""

import re
from typing import Any, NamedTuple

_FIELD = re.compile(r"\{(\w+)=([^}]+)\}")


class Route(NamedTuple):
    """One operation of a service."""

    service: str
    """The gRPC service, such as google.pubsub.v1.Publisher."""
    name: str
    """The operation, such as Publish."""
    request: Any
    """The class of the protobuf request, which also defines its JSON form."""
    method: str
    """The HTTP method; empty for gRPC only."""
    path: re.Pattern[str]
    """The REST path; its groups are fields of the request."""
    body: str
    """The field that the REST body holds; `*`: the whole request; empty: no body, the query holds the fields."""

    @property
    def grpc_path(self) -> str:
        """The gRPC path."""
        return f"/{self.service}/{self.name}"


def route(service: str, rpc: Any, method: str, path: str, body: str = "") -> Route:
    """Return a route. `rpc` is the request class in Google's library (FooRequest for Foo), `path` a google.api.http template.

    https://github.com/googleapis/googleapis/blob/master/google/api/http.proto
    """
    name = rpc.__name__.removesuffix("Request")
    return Route(service, name, rpc.pb(), method, re.compile(_FIELD.sub(_group, path)), body)


def _group(field: re.Match[str]) -> str:
    return f"(?P<{field[1]}>{field[2].replace('*', '[^/:]+')})"
