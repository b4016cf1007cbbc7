"""The gate before every operation of a service, whichever way it was asked: counts, and the faults that were ordered."""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fakes.google.errors import HTTP_STATUS, LOST, AnswerLost, Refused
from fakes.google.route import Route

_FAULTS = {*HTTP_STATUS, LOST}


class Service:
    """What Pub/Sub and Secret Manager have in common. Thread-safe."""

    def __init__(self, routes: Sequence[Route], operations: Mapping[str, Callable[[Any], Any]]) -> None:
        """`operations` carry out what the routes name: a protobuf message for a protobuf message; or raise Refused."""
        self.routes = tuple(routes)
        self.authenticated = True
        """Whether REST refuses who shows no token; one that is shown must be good, always. gRPC without TLS never has one."""
        self.calls: Counter[str] = Counter()
        """How many calls of each operation came, with those that failed; REST without a good token is not let in."""
        self.down = ""
        """The fault that every call gets while it is set."""
        self.delay = 0.0
        """Seconds that every answer takes."""
        self._operations = dict(operations)
        self._faults: defaultdict[str, deque[str]] = defaultdict(deque)
        self._gate = threading.Lock()
        if {route.name for route in self.routes} != set(operations):
            raise ValueError("routes and operations differ")

    def fail(self, operation: str, *faults: str) -> None:
        """What the next calls of an operation, such as Publish, get, one each: a status such as UNAVAILABLE, or LOST."""
        if operation not in self._operations or not set(faults) <= _FAULTS:
            raise ValueError(f"{operation}: {faults}")
        with self._gate:
            self._faults[operation].extend(faults)

    @property
    def pending_faults(self) -> int:
        """How many faults are still to come."""
        return sum(len(faults) for faults in self._faults.values())

    def call(self, name: str, request: Any) -> Any:
        """The answer; raises Refused or AnswerLost."""
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
