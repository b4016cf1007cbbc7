"""Builds the replies of APIs that speak JSON over HTTP, and describes their routes."""

import json
import re
from collections.abc import Callable
from typing import Any

from fakes.google.http_transport import JSON, Answer, Request

Routes = dict[tuple[str, re.Pattern[str]], tuple[str, Callable[[Request], Answer]]]
"""By method and path, whose first group is the project or empty: the API's name, and what answers."""


def ok(body: dict[str, Any]) -> Answer:
    """Return a 200."""
    return Answer(200, JSON, json.dumps(body).encode())


def refused(status: int, code: str, reason: str) -> Answer:
    """Return an error with its code and, unless empty, its reason: https://cloud.google.com/apis/design/errors."""
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    error = {"code": status, "message": "ordered to fail", "status": code, "details": details}
    return Answer(status, JSON, json.dumps({"error": error}).encode())
