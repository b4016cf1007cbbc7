"""The fake server: authorizes requests, finds the repository, dispatches to routes, and injects faults."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlencode, urlsplit

from requests.structures import CaseInsensitiveDict

from fakes.github.faults import FAULTS, Fault, Faults, Lost, to_response
from fakes.github.rate_limits import RateLimits
from fakes.github.request import Call
from fakes.github.response import HttpError, Response, UnknownRequest, abort, error, json_answer
from fakes.github.routes import ACCOUNT_ROUTES, REPOSITORY_ROUTES, Route
from fakes.github.serializers import Urls
from fakes.github.state import GitHubState, Repository

__all__ = ["FAULTS", "FakeGitHub", "Lost", "Response", "UnknownRequest", "error"]
_NAMED = re.compile(r"/(?:repos/(?P<name>[^/]+/[^/]+)|repositories/(?P<id>\d+))(?:/(?P<rest>.*))?")


class FakeGitHub:
    """Answers requests about a GitHubState. If `token` is set, requests need it or one of `readers`."""

    def __init__(
        self, state: GitHubState | None = None, *, token: str | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self.state = state or GitHubState()
        self.token = token
        self.readers: set[str] = set()
        """Tokens with read permission only."""
        self.login = "octocat"
        self.api_url = "https://api.github.com"
        self.requests = 0
        self.methods: Counter[str] = Counter()
        """Number of answered requests by method; those of GraphQL are QUERY, not POST: ours write nothing."""
        self.delay = 0.0
        """Delay of every response in seconds."""
        self.down: Response | str | None = None
        """The fault of every request while it is set: a Response, `cut`, `timeout` or a name of FAULTS."""
        self.faults = Faults()
        self.limits: RateLimits | None = None
        """The rate limits of all requests; None: there are none, as at an Enterprise Server by default."""
        self._now = now
        self._lock = threading.Lock()

    def fail(self, *faults: Fault) -> None:
        """Inject faults into the next requests: a Response, `cut`, `timeout`, `stale`, a name of FAULTS, or a Lost of these."""
        self.faults.inject(*faults)

    def fail_at(self, method: str, path: str, *faults: Fault) -> None:
        """Inject faults into the next requests of a method whose path matches a regular expression."""
        self.faults.inject_at(method, path, *faults)

    def miss(self, path: str, times: int = 1) -> None:
        """Answer 404 to the next reads of a path (a regular expression), as GitHub does for a moment after a webhook."""
        self.fail_at("GET", path, *[error(404, "Not Found")] * times)

    def answer(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        """Return the response to a request; raises UnknownRequest, and ConnectionResetError or TimeoutError for a fault."""
        fault = self.down or self.faults.take(method, path)
        if self.delay:
            time.sleep(self.delay)
        with self._lock:  # serialized: comparing and moving a branch must be atomic
            self.requests += 1
            self.methods["QUERY" if path.endswith("/graphql") else method] += 1
            refusal = self.limits.take(method, path, body, self._now()) if self.limits else None
            limits = self.limits.headers(path) if self.limits else {}
            if refusal is not None:
                return refusal._replace(headers={**refusal.headers, **limits})
            if fault is not None and not isinstance(fault, Lost) and fault != "stale":
                return to_response(fault)
            response = self._answer(method, path, query, CaseInsensitiveDict(headers), body, stale=fault == "stale")
            response = response._replace(headers={**response.headers, **limits})
        return to_response(fault.instead) if isinstance(fault, Lost) else response

    def _answer(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes, *, stale: bool
    ) -> Response:
        base = urlsplit(self.api_url).path
        if path == "/api/graphql" and base == "/api/v3":  # where GitHub Enterprise Server has it
            path = f"{base}/graphql"
        if not path.startswith(base):
            raise UnknownRequest(f"{method} {path}")
        call = Call(self.state, self.login, int(self._now()), query, headers, body, stale=stale)
        target = unquote(path.removeprefix(base))
        named = _NAMED.fullmatch(target)
        route, parts = self._route(method, target if named is None else named["rest"] or "", query, named is not None)
        if not self._is_authorized(headers):
            return error(401, "Bad credentials" if "Authorization" in headers else "Requires authentication")
        try:
            if named is None:
                if route.writes:
                    self._check_token(headers, "administration=write")
                account_call = call._replace(
                    parts=parts, urls=Urls(self.api_url, "nobody/nothing"), page_url=self.api_url + target
                )
                return route.respond(account_call)
            return self._repository_response(route, call._replace(parts=parts), named, path.removeprefix(base))
        except HttpError as refusal:
            return refusal.answer

    def _repository_response(self, route: Route, call: Call, named: re.Match[str], path: str) -> Response:
        name = named["name"]
        repository = self.state.find(name, int(named["id"] or 0))
        if repository is None:
            raise abort(404, "Not Found")
        rest = path.split("/", 4 if name else 3)[4 if name else 3 :] if named["rest"] else []
        page_url = "/".join([f"{self.api_url}/repositories/{repository.id}", *rest])
        if name and name.lower() != repository.full_name.lower():
            return _redirect(route.method, page_url + (f"?{urlencode(call.query)}" if call.query else ""))
        if repository.blocked:
            raise HttpError(_blocked(repository.blocked))
        if route.writes:
            self._check_write(call.headers, repository)
        return route.respond(
            call._replace(repository=repository, urls=Urls(self.api_url, repository.full_name), page_url=page_url)
        )

    def _route(
        self,
        method: str,
        target: str,
        query: Mapping[str, str],
        in_repository: bool,  # noqa: FBT001
    ) -> tuple[Route, dict[str, str]]:
        for route in REPOSITORY_ROUTES if in_repository else ACCOUNT_ROUTES:
            match = route.path.fullmatch(target)
            if match and route.method == method:
                unknown = set(query) - route.query
                if unknown:
                    raise UnknownRequest(f"{method} {target}: {sorted(unknown)}")
                return route, match.groupdict()
        raise UnknownRequest(f"{method} {target}")

    def _is_authorized(self, headers: Mapping[str, str]) -> bool:
        return self.token is None or _token(headers) in {self.token, *self.readers}

    def _check_write(self, headers: Mapping[str, str], repository: Repository) -> None:
        self._check_token(headers, "contents=write")
        if repository.archived:
            raise abort(403, "Repository was archived so is read-only.")

    def _check_token(self, headers: Mapping[str, str], permission: str) -> None:
        if _token(headers) in self.readers:
            accepted = {"X-Accepted-GitHub-Permissions": permission}
            raise abort(403, "Resource not accessible by personal access token", accepted)


def _blocked(reason: str) -> Response:
    """Return the response for a repository that GitHub has blocked: github/rest-api-description#3314, caarlos0/fork-cleaner#99."""
    block = {"reason": reason, "created_at": "2026-10-01T00:00:00Z", "html_url": "https://github.com/tos"}
    return json_answer({"message": "Repository access blocked", "block": block}, 451 if reason == "dmca" else 403)


def _token(headers: Mapping[str, str]) -> str:
    return str(headers.get("Authorization", "")).removeprefix("Bearer ")


def _redirect(method: str, url: str) -> Response:
    """Return the redirect of a renamed repository: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api."""
    if method == "GET":
        return error(301, "Moved Permanently", {"Location": url}, url=url)
    return error(307, "Temporary Redirect", {"Location": url}, url=url)
