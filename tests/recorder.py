"""An adapter to the fake GitHub that keeps every exchange, to be held against GitHub's OpenAPI."""

from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import requests

from fakes.github.server import FakeGitHub
from fakes.github.transport import FakeGitHubAdapter
from tests import openapi

GRAPHQL = "/graphql"


class Exchange(NamedTuple):
    """What was asked and what was answered."""

    method: str
    path: str
    query: dict[str, str]
    sent: bytes
    status: int
    body: bytes
    is_raw: bool
    """Whether the answer is a file and no JSON."""


class Recorder(FakeGitHubAdapter):
    """The exchanges are checked afterwards, since whoever asks would take a failed check for a failure."""

    def __init__(self, fake: FakeGitHub) -> None:
        super().__init__(fake)
        self.seen: list[Exchange] = []

    def send(self, request: requests.PreparedRequest, *options: Any, **more: Any) -> requests.Response:
        response = super().send(request, *options, **more)
        parts = urlsplit(request.url)
        path, query = parts.path.removeprefix(urlsplit(self.fake.api_url).path), dict(parse_qsl(parts.query))
        sent = request.body.encode() if isinstance(request.body, str) else request.body or b""
        is_raw = "raw" in request.headers["Accept"] and response.status_code == 200
        exchange = (query, sent, response.status_code, response.content, is_raw)
        self.seen.append(Exchange(request.method, path, *exchange))
        return response

    def checked(self) -> list[tuple[str, int]]:
        """The operation and the status of each exchange; GitHub knows them all.

        OpenAPI does not describe GraphQL: tests/contract/test_github_graphql.py holds its queries against GitHub's schema.
        """
        problems = []
        for seen in self.seen:
            if seen.path == GRAPHQL:
                problems.append((f"{seen.method} {GRAPHQL}", seen.status))
                continue
            operation = openapi.check_request(seen.method, seen.path, seen.query, seen.sent)
            if not seen.is_raw:
                openapi.check_response(seen.method, seen.path, seen.status, seen.body)
            problems.append((f"{seen.method} {operation.template}", seen.status))
        return problems
