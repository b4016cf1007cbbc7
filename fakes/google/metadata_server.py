"""Fakes the metadata server, which gives a function its identity and tokens of the service account `default`.

https://cloud.google.com/compute/docs/metadata/overview, https://cloud.google.com/run/docs/container-contract#metadata-server
"""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any, NamedTuple

from fakes.google.errors import UnknownRequest
from fakes.google.http_transport import Answer, Request

_FLAVOR = {"Metadata-Flavor": "Google", "Server": "Metadata Server for VM"}
_JSON = {**_FLAVOR, "Content-Type": "application/json"}
_TEXT = {**_FLAVOR, "Content-Type": "application/text"}
_RENEWED = 300.0
"""Seconds before expiry at which a token is replaced; until then all callers get the same one."""
_SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


class _Token(NamedTuple):
    value: str
    ends: float


class MetadataServer:
    """Answers HTTP requests. `clock` is in UNIX seconds. Thread-safe."""

    def __init__(self, project: str, clock: Callable[[], float] = time.time) -> None:
        self.email = f"telemetry@{project}.iam.gserviceaccount.com"
        self.lifetime = 3600.0
        """Lifetime of a token in seconds."""
        self.down = False
        """Whether every connection is cut instead of answered."""
        self.status = 0
        """If not zero, the status of every response, such as 503."""
        self.delay = 0.0
        """Delay of every response in seconds."""
        self.tokens_issued = 0
        self._clock = clock
        self._token = _Token("", 0.0)
        self._ends: dict[str, float] = {}
        self._lock = threading.Lock()
        account = "/computeMetadata/v1/instance/service-accounts"
        self._answers: dict[str, Callable[[Mapping[str, str]], Answer]] = {
            "/": lambda _: _text("computeMetadata/\n"),
            "/computeMetadata/v1/project/project-id": lambda _: _text(project),
            "/computeMetadata/v1/universe/universe-domain": lambda _: _text("googleapis.com"),
        }
        for name in ("default", self.email):
            self._answers[f"{account}/{name}/token"] = self._give_token
            self._answers[f"{account}/{name}/identity"] = self._give_identity
            self._answers[f"{account}/{name}/email"] = lambda _: _text(self.email)
            self._answers[f"{account}/{name}/"] = lambda query: self._tell(query, self._account())
        self._answers[f"{account}/"] = lambda query: self._tell(
            query, {"default": self._account(), self.email: self._account()}
        )

    def accepts(self, token: str) -> bool:
        """Return whether the token was issued by this server and has not expired."""
        with self._lock:
            return self._clock() < self._ends.get(token, 0.0)

    def token(self) -> tuple[str, int]:
        """Return the current token and its remaining lifetime in seconds."""
        with self._lock:
            now = self._clock()
            if self._token.ends - now <= _RENEWED:
                self.tokens_issued += 1
                self._token = _Token(f"ya29.{token_hex(16)}", now + self.lifetime)
                self._ends[self._token.value] = self._token.ends
            return self._token.value, int(self._token.ends - now)

    def revoke(self) -> None:
        """Revoke all tokens that were issued; the next request gets a new one."""
        with self._lock:
            self._ends.clear()
            self._token = _Token("", 0.0)

    def __call__(self, request: Request) -> Answer:
        """Answer a request; raises UnknownRequest, and ConnectionResetError while it is down."""
        if self.delay:
            time.sleep(self.delay)
        if self.down:
            raise ConnectionResetError
        if self.status:
            return Answer(self.status, _TEXT, b"ordered to fail")
        respond = self._answers.get(request.path)
        if respond is None or request.method != "GET":
            raise UnknownRequest(f"{request.method} {request.path}")
        if request.path != "/" and request.headers.get("Metadata-Flavor") != "Google":
            return Answer(403, _TEXT, b"Missing required header: Metadata-Flavor: Google")
        return respond(request.query)

    def _give_token(self, _: Mapping[str, str]) -> Answer:
        value, seconds = self.token()
        return _json({"access_token": value, "expires_in": seconds, "token_type": "Bearer"})

    def _give_identity(self, query: Mapping[str, str]) -> Answer:
        """Return a JSON Web Token with an invalid signature."""
        if not query.get("audience"):
            return Answer(400, _TEXT, b"non-empty audience parameter required")
        now = int(self._clock())
        claims = {"aud": query["audience"], "iss": "https://accounts.google.com", "iat": now, "exp": now + 3600}
        claims |= {"email": self.email, "email_verified": True, "sub": "100000000000000000000"}
        head = {"alg": "RS256", "kid": "fake", "typ": "JWT"}
        return _text(".".join((_base64(json.dumps(head)), _base64(json.dumps(claims)), _base64("unsigned"))))

    def _account(self) -> dict[str, Any]:
        return {"aliases": ["default"], "email": self.email, "scopes": _SCOPES}

    def _tell(self, query: Mapping[str, str], values: dict[str, Any]) -> Answer:
        if query.get("recursive") != "true":
            return _text("".join(f"{name}\n" for name in values))
        return _json(values)


def _text(text: str) -> Answer:
    return Answer(200, _TEXT, text.encode())


def _json(value: dict[str, Any]) -> Answer:
    return Answer(200, _JSON, json.dumps(value).encode())


def _base64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
