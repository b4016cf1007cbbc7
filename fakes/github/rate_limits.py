"""GitHub's rate limits: requests an hour, points of GraphQL an hour, and points a minute, refused as GitHub refuses them.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api and
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

import re
from collections import deque

from fakes.github.response import Response, error, json_answer

_HOUR, _MINUTE = 3600, 60
_PRIMARY = "API rate limit exceeded for user ID 1."
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "For more on scraping GitHub and how it may affect your rights, please review our Terms of Service."
)
"""The messages are those of reports: KnpLabs/php-github-api#1070, mozilla-mobile/firefox-android."""
_ALIASED = re.compile(r"\bp\d+: pullRequest\(")
_CONNECTIONS = 10 + 40
"""Connections of one pull request in our largest query: ten lists, and the parents of 40 commits."""


class RateLimits:
    """The limits of one token. Its caller serializes the calls."""

    def __init__(self, *, an_hour: int = 5_000, points_a_minute: int = 900, graphql_points: int = 5_000) -> None:
        self.refused = 0
        """Number of refused requests."""
        self._an_hour = {"core": an_hour, "graphql": graphql_points}
        self._used = {"core": 0, "graphql": 0}
        self._resets_at = 0.0
        self._points_a_minute = points_a_minute
        self._points: deque[tuple[float, int]] = deque()
        self._blocked_until = 0.0

    def take(self, method: str, path: str, body: bytes, now: float) -> Response | None:
        """Count a request at `now` (UNIX seconds), and return its refusal; None if it is allowed."""
        if now >= self._resets_at:
            self._used = {"core": 0, "graphql": 0}
            self._resets_at = now + _HOUR
        resource = _resource(path)
        refusal = self._secondary(method, resource, now) or self._primary(resource, _cost(body, resource))
        if refusal is not None:
            self.refused += 1
        return refusal

    def headers(self, path: str) -> dict[str, str]:
        """Return the headers that every response has."""
        resource = _resource(path)
        limit, used = self._an_hour[resource], self._used[resource]
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - used)),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Reset": str(int(self._resets_at)),
            "X-RateLimit-Resource": resource,
        }

    def _primary(self, resource: str, cost: int) -> Response | None:
        """Return the refusal of a request over the hour's limit: of GraphQL it is an error in a 200."""
        if self._used[resource] + cost <= self._an_hour[resource]:
            self._used[resource] += cost
            return None
        self._used[resource] = self._an_hour[resource]
        if resource == "graphql":
            return json_answer({"errors": [{"type": "RATE_LIMITED", "message": _PRIMARY}]})
        return error(403, _PRIMARY)

    def _secondary(self, method: str, resource: str, now: float) -> Response | None:
        """Return the refusal of a request over the points a minute: a GET and a query have one, other requests five."""
        while self._points and self._points[0][0] <= now - _MINUTE:
            self._points.popleft()
        points = 1 if method == "GET" or resource == "graphql" else 5
        if now >= self._blocked_until and sum(spent for _, spent in self._points) + points <= self._points_a_minute:
            self._points.append((now, points))
            return None
        self._blocked_until = max(self._blocked_until, now + _MINUTE)
        return error(403, _SECONDARY, {"Retry-After": str(_MINUTE)})


def _resource(path: str) -> str:
    return "graphql" if path.endswith("/graphql") else "core"


def _cost(body: bytes, resource: str) -> int:
    """Return the points of the hour: a query's connections by the hundred, at least one."""
    connections = len(_ALIASED.findall(body.decode("utf-8", "replace"))) * _CONNECTIONS if resource == "graphql" else 0
    return max(1, round(connections / 100))
