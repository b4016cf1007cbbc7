"""Faults that can be injected: instead of a response, or after the request was carried out."""

import re
import threading
from collections import deque
from typing import NamedTuple

from fakes.github.response import Response

FAULTS = {"html": Response(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><p>Unicorn!"), "empty": Response(200)}
"""Faults by name. `cut` and `timeout` send no response; `stale` returns the branch's previous head."""


class Lost(NamedTuple):
    """A fault that carries out the request and replaces only its response: by a Response, `cut` or `timeout`."""

    instead: Response | str


Fault = Response | Lost | str


class _Rule(NamedTuple):
    method: str
    path: re.Pattern[str]
    faults: deque[Fault]


class Faults:
    """The faults of later requests. Thread-safe."""

    def __init__(self) -> None:
        self._next: deque[Fault] = deque()
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def inject(self, *faults: Fault) -> None:
        """Inject one fault into each of the next requests."""
        with self._lock:
            self._next.extend(faults)

    def inject_at(self, method: str, path: str, *faults: Fault) -> None:
        """Inject one fault into each of the next requests of a method whose path matches a regular expression."""
        with self._lock:
            self._rules.append(_Rule(method, re.compile(path), deque(faults)))

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault of a request and use it up; None if there is none."""
        with self._lock:
            if self._next:
                return self._next.popleft()
            for rule in self._rules:
                if rule.faults and rule.method == method and rule.path.search(path):
                    return rule.faults.popleft()
        return None

    @property
    def pending(self) -> int:
        """Number of faults that are not yet used."""
        return len(self._next) + sum(len(rule.faults) for rule in self._rules)


def to_response(fault: Response | str) -> Response:
    """Return the response of a fault; raises ConnectionResetError for `cut` and TimeoutError for `timeout`."""
    if fault == "cut":
        raise ConnectionResetError
    if fault == "timeout":
        raise TimeoutError
    return FAULTS[fault] if isinstance(fault, str) else fault
