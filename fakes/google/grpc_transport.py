"""Serves services over gRPC on 127.0.0.1, without TLS."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import grpc

from fakes.google.errors import AnswerLost, Refused, UnknownRequest
from fakes.google.route import Route
from fakes.google.service import Service

_THREADS = 32
_OPTIONS = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))
"""gRPC's own limit is 4 MB; Pub/Sub has its own."""


@contextmanager
def serve_grpc(services: Sequence[Service], unknown: list[UnknownRequest]) -> Iterator[str]:
    """Serve until exit and yield host:port; unsupported requests are added to `unknown`."""
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=_OPTIONS)
    server.add_generic_rpc_handlers((_Handlers(services, unknown),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


class _Handlers:
    """Implements grpc.GenericRpcHandler; it is not a subclass because grpc has no types."""

    def __init__(self, services: Sequence[Service], unknown: list[UnknownRequest]) -> None:
        self._handlers = {route.grpc_path: _handler(service, route) for service in services for route in service.routes}
        self._unknown = unknown

    def service(self, details: Any) -> Any:
        """Return the handler of a call."""
        handler = self._handlers.get(details.method)
        return handler or grpc.stream_stream_rpc_method_handler(partial(self._refuse, details.method))

    def _refuse(self, path: str, _: object, context: Any) -> None:
        self._unknown.append(UnknownRequest(path))
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"The fake has no {path}.")


def _handler(service: Service, route: Route) -> Any:
    def answer(request: Any, context: Any) -> Any:
        try:
            return service.call(route.name, request)
        except Refused as refused:
            context.abort(grpc.StatusCode[refused.status], refused.message)
        except AnswerLost:
            context.abort(
                grpc.StatusCode.UNAVAILABLE, "Socket closed"
            )  # the status that a client reports for a cut connection

    return grpc.unary_unary_rpc_method_handler(
        answer, route.request.FromString, lambda message: message.SerializeToString()
    )
