"""Dispatches the calls of a service from gRPC and REST, counts them, and injects faults."""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fakes.google.errors import HTTP_STATUS, LOST, AnswerLost, Refused
from fakes.google.route import Route

_FAULTS = {*HTTP_STATUS, LOST}


class Service:
    """Base of Pub/Sub and Secret Manager. Thread-safe."""

    def __init__(self, routes: Sequence[Route], operations: Mapping[str, Callable[[Any], Any]]) -> None:
        """Create a service; `operations` map a protobuf request to a response by operation name, or raise Refused."""
        self.routes = tuple(routes)
        self.authenticated = True
        """Whether REST requires a token. A token that is sent must always be valid. gRPC without TLS never sends one."""
        self.calls: Counter[str] = Counter()
        """Number of calls by operation, including failed ones but not REST calls without a valid token."""
        self.down = ""
        """The fault of every call while it is set."""
        self.delay = 0.0
        """Delay of every response in seconds."""
        self._operations = dict(operations)
        self._faults: defaultdict[str, deque[str]] = defaultdict(deque)
        self._gate = threading.Lock()
        if {route.name for route in self.routes} != set(operations):
            raise ValueError("routes and operations differ")

    def fail(self, operation: str, *faults: str) -> None:
        """Inject one fault into each of the next calls of an operation: a status such as UNAVAILABLE, or LOST."""
        if operation not in self._operations or not set(faults) <= _FAULTS:
            raise ValueError(f"{operation}: {faults}")
        with self._gate:
            self._faults[operation].extend(faults)

    @property
    def pending_faults(self) -> int:
        """Number of faults that are not yet used."""
        return sum(len(faults) for faults in self._faults.values())

    def call(self, name: str, request: Any) -> Any:
        """Return the response to a request; raises Refused or AnswerLost."""
        with self._gate:
            self.calls[name] += 1
            faults = self._faults[name]
            fault = self.down or (faults.popleft() if faults else "")
        if self.delay:
            time.sleep(self.delay)
        if fault and fault != LOST:
            raise Refused(fault, f"{name} was ordered to fail.")
        answer = self._operations[name](request)
        if fault:
            raise AnswerLost(name)
        return answer
