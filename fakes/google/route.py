"""What can be asked of a service: the name that gRPC knows it by, and the method and path of REST."""

import re
from typing import Any, NamedTuple

_FIELD = re.compile(r"\{(\w+)=([^}]+)\}")


class Route(NamedTuple):
    """One operation of a service."""

    service: str
    """Such as google.pubsub.v1.Publisher."""
    name: str
    """Such as Publish."""
    request: Any
    """The class of its protobuf message, which also says how it is read from JSON."""
    method: str
    """REST's; empty if there is gRPC only."""
    path: re.Pattern[str]
    """REST's; its groups are fields of the request."""
    body: str
    """The field that REST's body is; `*`: the request itself; empty: none, the query has the fields."""

    @property
    def grpc_path(self) -> str:
        """What gRPC calls it."""
        return f"/{self.service}/{self.name}"


def route(service: str, rpc: Any, method: str, path: str, body: str = "") -> Route:
    """`rpc` is the request's class of Google's library, FooRequest of the operation Foo; `path` is as google.api.http.

    https://github.com/googleapis/googleapis/blob/master/google/api/http.proto
    """
    name = rpc.__name__.removesuffix("Request")
    return Route(service, name, rpc.pb(), method, re.compile(_FIELD.sub(_group, path)), body)


def _group(field: re.Match[str]) -> str:
    return f"(?P<{field[1]}>{field[2].replace('*', '[^/:]+')})"
