"""Faults that can be ordered: in place of an answer, or after the request was carried out."""

import re
import threading
from collections import deque
from typing import NamedTuple

from fakes.github.response import Response

FAULTS = {"html": Response(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><p>Unicorn!"), "empty": Response(200)}
"""Faults that have names; `cut` and `timeout` are no answers at all, `stale` is the branch's head before the last."""


class Lost(NamedTuple):
    """The request is carried out, and only its answer is replaced: by an Answer, `cut` or `timeout`."""

    instead: Response | str


Fault = Response | Lost | str


class _Rule(NamedTuple):
    method: str
    path: re.Pattern[str]
    faults: deque[Fault]


class Faults:
    """What the requests to come get. Thread-safe."""

    def __init__(self) -> None:
        self._next: deque[Fault] = deque()
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def order(self, *faults: Fault) -> None:
        """For the next requests, one each."""
        with self._lock:
            self._next.extend(faults)

    def order_at(self, method: str, path: str, *faults: Fault) -> None:
        """For the next requests of this method whose path this regular expression finds."""
        with self._lock:
            self._rules.append(_Rule(method, re.compile(path), deque(faults)))

    def take(self, method: str, path: str) -> Fault | None:
        """The fault of this request, if one was ordered."""
        with self._lock:
            if self._next:
                return self._next.popleft()
            for rule in self._rules:
                if rule.faults and rule.method == method and rule.path.search(path):
                    return rule.faults.popleft()
        return None

    @property
    def pending(self) -> int:
        """How many are still to come."""
        return len(self._next) + sum(len(rule.faults) for rule in self._rules)


def to_response(fault: Response | str) -> Response:
    """The answer that a fault is; raises ConnectionResetError or TimeoutError for one that is none."""
    if fault == "cut":
        raise ConnectionResetError
    if fault == "timeout":
        raise TimeoutError
    return FAULTS[fault] if isinstance(fault, str) else fault
