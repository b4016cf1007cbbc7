"""The client alone, over the fake GitHub's adapter: which requests it sends, and what each answer means for an event."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from core.errors import (
    AccessBlocked,
    MissingPermission,
    NotAvailable,
    NotFound,
    PermanentError,
    RefNotFound,
    ResponseTooLarge,
    SecretMissing,
    TelemetryError,
    TransientReadError,
    Unavailable,
)
from core.github.api import pooled_session
from core.github.read_errors import HANGING_PAUSE
from core.github.reader import GitHubClient
from core.github.responses import LONGEST_PAUSE
from core.secrets_cache import RENEWAL_PAUSE, SOURCE_TOKEN, SecretsCache
from fakes.github.server import FakeGitHub, Response, error
from fakes.github.state import Commit, File, PullRequest, Submodule, Symlink
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, Clock
from tests.memory_adapters import MemorySecrets

TOKEN = "ghs_" + "0aZ_" * 149  # 600 characters: tokens are opaque
COMMITS = "/repos/octo-org/hello-world/pulls/2/commits"
FILES = "/repos/octo-org/hello-world/pulls/2/files"
JSON = {"Content-Type": "application/json; charset=utf-8"}
OUR_API = "https://api.github.com"


class Recorder(FakeGitHubAdapter):
    """Keeps every request; a foreign host answers an empty list, so that a leak would be seen."""

    def __init__(self, fake: FakeGitHub) -> None:
        super().__init__(fake)
        self.sent: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *options: Any, **more: Any) -> requests.Response:
        self.sent.append(request)
        if request.url.startswith((f"{self.fake.api_url}/", f"{self.fake.api_url.removesuffix('/v3')}/graphql")):
            return super().send(request, *options, **more)
        response = requests.Response()
        response.status_code, response.url, response._content = 200, request.url, b"[]"
        return response


class Harness:
    """A client, the GitHub it reads, and what it is handed."""

    def __init__(self, *, token: str | None = TOKEN, anonymous: bool = False, api_url: str = OUR_API) -> None:
        self.clock = Clock()
        self.fake = FakeGitHub(token=token)
        self.fake.api_url = api_url
        self.repository = self.fake.state.repository("octo-org/hello-world")
        self.repository.put("package.json", b"{}")
        self.source = MemorySecrets({} if token is None else {SOURCE_TOKEN: token})
        self.secrets = SecretsCache(self.source, monotonic=self.clock.seconds)
        self.adapter = Recorder(self.fake)
        self.github = GitHubClient(self.session(), self.secrets, api_url, anonymous=anonymous, now=self.clock.seconds)

    def session(self) -> requests.Session:
        session = pooled_session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, self.adapter)
        return session

    def commits(self) -> list[dict[str, Any]]:
        return list(self.github.pages(COMMITS))

    def file(self) -> bytes | None:
        return self.github.file("octo-org", "hello-world", "package.json")

    def urls(self) -> list[str | None]:
        return [request.url for request in self.adapter.sent]

    def tokens(self) -> list[str | None]:
        return [request.headers.get("Authorization") for request in self.adapter.sent]


READS: dict[str, Callable[[Harness], object]] = {"pages": Harness.commits, "file": Harness.file}
each_read = pytest.mark.parametrize("read", READS.values(), ids=READS.keys())


def many_commits(number: int) -> list[Commit]:
    return [Commit(f"{n:040x}", NOW, NOW) for n in range(number)]


# pages


def test_every_page_of_a_list_is_read_a_hundred_items_at_a_time() -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest(many_commits(201))
    commits = harness.commits()
    assert [commit["sha"] for commit in commits] == [commit.sha for commit in many_commits(201)]
    further = f"{OUR_API}/repositories/{harness.repository.id}/pulls/2/commits?per_page=100&page="
    assert harness.urls() == [f"{OUR_API}{COMMITS}?per_page=100", f"{further}2", f"{further}3"]


@pytest.mark.parametrize(("number", "requests"), [(0, 1), (1, 1), (100, 1), (101, 2), (200, 2)])
def test_no_page_after_the_last_is_requested(number: int, requests: int) -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest(many_commits(number))
    commits = harness.commits()
    assert (len(commits), harness.fake.requests) == (number, requests)


def test_every_page_of_a_list_has_its_filters() -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest(files=[File(f"{n}.md") for n in range(150)])
    next_page = {**JSON, "Link": f'<{OUR_API}/repositories/1/deployments?environment=a+%26+b&page=2>; rel="next"'}
    harness.fake.fail(Response(200, next_page, b"[]"), Response(200, JSON, b"[]"))
    list(harness.github.pages("/repos/octo-org/hello-world/deployments", {"environment": "a & b"}))
    assert harness.urls() == [
        f"{OUR_API}/repos/octo-org/hello-world/deployments?environment=a+%26+b&per_page=100",
        f"{OUR_API}/repositories/1/deployments?environment=a+%26+b&page=2",
    ]


def test_the_first_items_are_there_before_the_next_page_is_read() -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest(many_commits(150))
    first = next(harness.github.pages(COMMITS))
    assert (first["sha"], harness.fake.requests) == ("0" * 40, 1)


def test_a_later_page_that_fails_is_a_failed_read() -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest(many_commits(150))
    items = harness.github.pages(COMMITS)
    for _ in range(100):
        next(items)
    harness.fake.fail(Response(502))
    with pytest.raises(TransientReadError, match="502"):
        next(items)


def test_a_repeated_next_page_is_a_failed_read_not_a_loop() -> None:
    harness = Harness()
    again = Response(200, {**JSON, "Link": f'<{OUR_API}/repositories/1/pulls/2/commits?page=2>; rel="next"'}, b"[]")
    harness.fake.fail(*[again] * 5)
    with pytest.raises(TransientReadError, match="loop"):
        harness.commits()
    assert harness.fake.requests == 2


def test_a_next_page_that_is_no_address_is_a_failed_read() -> None:
    harness = Harness()
    harness.fake.fail(Response(200, {**JSON, "Link": '<https://[/>; rel="next"'}, b"[]"))
    with pytest.raises(TransientReadError):
        harness.commits()


# where the token goes


def test_every_request_says_who_asks_for_which_version_of_the_api() -> None:
    harness = Harness()
    harness.file()
    [request] = harness.adapter.sent
    headers = {
        name: request.headers[name] for name in ("Accept", "X-GitHub-Api-Version", "User-Agent", "Authorization")
    }
    assert headers == {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "telemetry-functions",
        "Authorization": f"Bearer {TOKEN}",
    }


PAGE_2 = "/repositories/1/pulls/2/commits?page=2"
ELSEWHERE = [
    "https://evil.example/x",
    "http://api.github.com/x",
    "https://api.github.com:8443/x",
    "https://somebody@evil.example/x",
    "https://api.github.com@evil.example/x",
    "https://somebody@api.github.com/x",
    "https://api.github.com.evil.example/x",
    "https://api.github.com\\@evil.example/x",
    "//evil.example/x",
    "https://[/",
]
ENTERPRISE = "https://github.example.com/api/v3"
OFF_PATH = ["/x", "/api/v3evil/x", "/api/v3/../x", "/api/v3/%2e%2E/x", "/api", "https://github.example.com/login"]


def linked(url: str) -> Response:
    return Response(200, {**JSON, "Link": f'<{url}>; rel="next"'}, b"[]")


@pytest.mark.parametrize("api_url", [OUR_API, ENTERPRISE])
@pytest.mark.parametrize("origin", ["https://api.github.com", "https://github.example.com", ""])
def test_the_next_page_of_our_own_api_is_read(api_url: str, origin: str) -> None:
    harness = Harness(api_url=api_url)
    link = api_url.replace(origin, "") + PAGE_2  # with and without the host
    harness.fake.fail(linked(link), Response(200, JSON, b"[]"))
    harness.commits()
    assert harness.urls() == [f"{api_url}{COMMITS}?per_page=100", f"{api_url}{PAGE_2}"]


@pytest.mark.parametrize(
    ("api_url", "target"), [*((OUR_API, url) for url in ELSEWHERE), *((ENTERPRISE, url) for url in OFF_PATH)]
)
def test_a_next_page_out_of_our_api_is_never_requested(api_url: str, target: str) -> None:
    harness = Harness(api_url=api_url)
    harness.fake.fail(linked(target))
    with pytest.raises(TransientReadError, match="the next page is not at our API"):
        harness.commits()
    assert len(harness.adapter.sent) == 1


@pytest.mark.parametrize(
    ("api_url", "target"), [*((OUR_API, url) for url in ELSEWHERE), *((ENTERPRISE, url) for url in OFF_PATH)]
)
@each_read
def test_a_redirect_out_of_our_api_is_never_followed(
    read: Callable[[Harness], object], api_url: str, target: str
) -> None:
    harness = Harness(api_url=api_url)
    harness.fake.fail(error(302, "Found", {"Location": target}))
    with pytest.raises(TransientReadError, match="a redirect out of our API is not followed"):
        read(harness)
    assert len(harness.adapter.sent) == 1


def test_a_renamed_repository_is_followed_with_the_token() -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest(many_commits(101))
    harness.repository.put("package.json", b"{}")
    harness.fake.state.rename("octo-org/hello-world", "octo-org/hello-moon")
    assert (len(harness.commits()), harness.file()) == (101, b"{}")
    assert harness.tokens() == [f"Bearer {TOKEN}"] * 5
    assert harness.urls()[1] == f"{OUR_API}/repositories/{harness.repository.id}/pulls/2/commits?per_page=100"


def test_redirects_without_end_are_a_failed_read() -> None:
    harness = Harness()
    harness.fake.fail(*[error(301, "Moved Permanently", {"Location": f"{OUR_API}{COMMITS}"})] * 20)
    with pytest.raises(TransientReadError, match="TooManyRedirects"):
        harness.commits()
    assert harness.fake.requests == 6


@each_read
def test_a_redirect_to_nowhere_is_a_failed_read(read: Callable[[Harness], object]) -> None:
    harness = Harness()
    harness.fake.fail(error(301, "Moved Permanently"))
    with pytest.raises(TransientReadError):
        read(harness)


def test_an_enterprise_server_is_read_below_its_own_path() -> None:
    harness = Harness(api_url="https://github.example.com/api/v3")
    harness.repository.pulls[2] = PullRequest(many_commits(101))
    harness.repository.put("package.json", b"{}")
    assert (len(harness.commits()), harness.file()) == (101, b"{}")
    assert harness.urls() == [
        f"https://github.example.com/api/v3{COMMITS}?per_page=100",
        f"https://github.example.com/api/v3/repositories/{harness.repository.id}/pulls/2/commits?per_page=100&page=2",
        "https://github.example.com/api/v3/repos/octo-org/hello-world/contents/package.json",
    ]


def test_a_slash_at_the_end_of_the_base_url_changes_nothing() -> None:
    harness = Harness()
    github = GitHubClient(harness.session(), harness.secrets, f"{OUR_API}/")
    github.file("octo-org", "hello-world", "package.json")
    assert harness.urls() == [f"{OUR_API}/repos/octo-org/hello-world/contents/package.json"]


@pytest.mark.parametrize("token", [TOKEN, None])
def test_a_netrc_password_never_replaces_the_token(
    token: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine api.github.com login me password theirs\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    harness = Harness(token=token, anonymous=token is None)
    harness.fake.state.rename("octo-org/hello-world", "octo-org/hello-moon")
    harness.file()
    assert harness.tokens() == [None if token is None else f"Bearer {token}"] * 2


def test_proxies_and_certificates_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ca.pem")
    used = pooled_session().merge_environment_settings(OUR_API, {}, stream=None, verify=None, cert=None)
    assert (used["proxies"]["https"], used["verify"]) == ("http://proxy.example:3128", "/etc/ca.pem")


# the token itself


@each_read
def test_without_a_token_nothing_is_asked(read: Callable[[Harness], object]) -> None:
    harness = Harness(token=None)
    with pytest.raises(SecretMissing):
        read(harness)
    assert harness.fake.requests == 0


def test_an_anonymous_client_reads_without_a_token() -> None:
    harness = Harness(token=None, anonymous=True)
    harness.repository.put("package.json", b"{}")
    assert (harness.file(), harness.tokens()) == (b"{}", [None])


def test_an_anonymous_client_shows_the_token_that_there_is() -> None:
    harness = Harness(anonymous=True)
    harness.file()
    assert harness.tokens() == [f"Bearer {TOKEN}"]


def test_unavailable_secrets_are_retryable_even_for_an_anonymous_client() -> None:
    harness = Harness(anonymous=True)
    harness.source.out = True
    with pytest.raises(Unavailable):
        harness.file()
    assert harness.fake.requests == 0


@each_read
def test_a_rotated_token_is_refreshed_and_used_at_once(read: Callable[[Harness], object]) -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest()
    harness.secrets.get(SOURCE_TOKEN)
    harness.fake.token = harness.source.values[SOURCE_TOKEN] = "new"
    read(harness)
    assert harness.tokens() == [f"Bearer {TOKEN}", "Bearer new"]


@each_read
def test_a_token_that_is_refused_and_has_no_successor_makes_the_event_wait(read: Callable[[Harness], object]) -> None:
    harness = Harness()
    harness.fake.token = "another"
    with pytest.raises(Unavailable, match="not valid"):
        read(harness)
    assert (harness.fake.requests, harness.source.asked) == (1, 2)


def test_a_successor_that_is_refused_too_makes_the_event_wait() -> None:
    harness = Harness()
    harness.secrets.get(SOURCE_TOKEN)
    harness.fake.token, harness.source.values[SOURCE_TOKEN] = "another", "new"
    with pytest.raises(Unavailable, match="not valid"):
        harness.commits()
    assert harness.tokens() == [f"Bearer {TOKEN}", "Bearer new"]


def test_refreshes_of_a_rejected_token_are_rate_limited() -> None:
    harness = Harness()
    harness.fake.token = "another"
    asked = []
    for pause in (0, RENEWAL_PAUSE - 1, 1):
        harness.clock.move(pause)
        with pytest.raises(Unavailable):
            harness.file()
        asked.append(harness.source.asked)
    assert asked == [2, 2, 3]


def test_a_token_that_another_thread_has_renewed_meanwhile_is_used() -> None:
    harness = Harness()
    harness.repository.put("package.json", b"{}")
    harness.secrets.get(SOURCE_TOKEN)

    class Rotated(FakeGitHub):
        def answer(self, *asked: Any) -> Response:
            harness.source.values[SOURCE_TOKEN] = "new"
            harness.secrets.refresh(SOURCE_TOKEN, TOKEN)
            return super().answer(*asked)

    harness.adapter.fake = Rotated(harness.fake.state, token="new")
    assert (harness.file(), harness.tokens()) == (b"{}", [f"Bearer {TOKEN}", "Bearer new"])


@pytest.mark.parametrize("token", ["tökén", "\N{KEY}", "two\nlines", "a\x00b"])
def test_a_token_that_no_header_can_hold_makes_the_event_wait(token: str) -> None:
    harness = Harness(token=token)
    with pytest.raises(Unavailable, match="token"):
        harness.file()
    assert harness.fake.requests == 0


# passing failures

PASSING: dict[str, Response | str] = {
    **{str(status): Response(status) for status in (408, 409, 425, 500, 502, 503, 504)},
    "html": "html",
    "empty": "empty",
    "cut": "cut",
    "no content": Response(204),
    "not modified": Response(304),
    "null": Response(200, JSON, b"null"),
    "a number": Response(200, JSON, b"7"),
    "an object": Response(200, JSON, b"{}"),
    "half an answer": Response(200, JSON, b'[{"sha":'),
    "no text": Response(200, JSON, b"\xff\xfe\xfa"),
    "too deep": Response(200, JSON, b"[" * 100_000),
    "a number that is not finite": Response(200, JSON, b'[{"sha":1e999}]'),
    "not a number": Response(200, JSON, b'[{"sha":NaN}]'),
    "a number of 5,000 digits": Response(200, JSON, b'[{"sha":' + b"1" * 5000 + b"}]"),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
@each_read
def test_a_passing_failure_is_a_failed_read_and_the_next_one_may_succeed(
    read: Callable[[Harness], object], fault: Response | str
) -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest()
    harness.fake.fail(fault)
    with pytest.raises(TransientReadError) as caught:
        read(harness)
    assert (TOKEN in str(caught.value), caught.value.retry_after) == (False, None)
    read(harness)
    assert harness.fake.requests == 2


@pytest.mark.parametrize("items", [[1], [None], [[]], ["a"], [{}, None]])
def test_a_list_of_anything_but_objects_is_a_failed_read(items: list[object]) -> None:
    harness = Harness()
    harness.fake.fail(Response(200, JSON, json.dumps(items).encode()))
    with pytest.raises(TransientReadError, match="no list of objects"):
        harness.commits()


@each_read
def test_a_timeout_is_a_failed_read_and_pauses_other_reads(
    read: Callable[[Harness], object],
) -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest()
    harness.fake.fail("timeout")
    with pytest.raises(TransientReadError) as caught:
        read(harness)
    assert caught.value.retry_after == HANGING_PAUSE
    with pytest.raises(Unavailable):
        read(harness)
    assert harness.fake.requests == 1
    harness.clock.move(HANGING_PAUSE)
    read(harness)


@pytest.mark.parametrize(
    ("header", "retry_after"), [("7", 7.0), ("9" * 400, LONGEST_PAUSE), ("soon", None), ("-1", None)]
)
def test_retry_after_of_a_failing_server_is_passed_on_up_to_a_limit(header: str, retry_after: float | None) -> None:
    harness = Harness()
    harness.fake.fail(Response(503, {"Retry-After": header}))
    with pytest.raises(TransientReadError) as caught:
        harness.commits()
    assert caught.value.retry_after == retry_after


# rate limits

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
ABUSE = "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again."
RESET = NOW // 1000 + 90
LIMITS: dict[str, tuple[Response, float]] = {
    "primary": (
        error(403, "API rate limit exceeded", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(RESET)}),
        90,
    ),
    "primary as 429": (
        error(429, "API rate limit exceeded", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(RESET)}),
        90,
    ),
    "primary, a reset far away": (
        error(403, "", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(RESET + 100_000)}),
        LONGEST_PAUSE,
    ),
    "primary, a reset that has passed": (
        error(403, "", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(RESET - 100_000)}),
        1,
    ),
    "primary, no reset": (error(403, "", {"X-RateLimit-Remaining": "0"}), 60),
    "secondary, 403 with Retry-After": (error(403, SECONDARY, {"Retry-After": "45"}), 45),
    "secondary, Retry-After before the reset": (
        error(403, SECONDARY, {"Retry-After": "45", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(RESET)}),
        45,
    ),
    "secondary, 403 by its words alone": (error(403, SECONDARY), 60),
    "secondary, Retry-After far away": (error(403, SECONDARY, {"Retry-After": "86400"}), LONGEST_PAUSE),
    "abuse detection of an old server": (error(403, ABUSE), 60),
    "abuse detection, with Retry-After": (error(403, ABUSE, {"Retry-After": "30"}), 30),
    "429": (Response(429), 60),
    "429 with Retry-After": (Response(429, {"Retry-After": "5"}), 5),
    "429 with a date": (Response(429, {"Retry-After": "Tue, 24 Nov 2026 07:00:00 GMT"}), 60),
}


@pytest.mark.parametrize(("answer", "pause"), LIMITS.values(), ids=LIMITS.keys())
@each_read
def test_an_exhausted_rate_limit_blocks_all_reads_until_it_resets(
    read: Callable[[Harness], object], answer: Response, pause: float
) -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest()
    harness.fake.fail(answer)
    with pytest.raises(TransientReadError, match="rate limit") as first:
        read(harness)
    harness.clock.move(pause - 0.5)
    with pytest.raises(Unavailable) as meanwhile:
        harness.file()
    with pytest.raises(Unavailable):
        harness.commits()
    assert (first.value.retry_after, meanwhile.value.retry_after, harness.fake.requests) == (pause, 0.5, 1)
    harness.clock.move(0.5)
    read(harness)
    assert harness.fake.requests == 2


def test_a_shorter_limit_does_not_open_a_longer_one() -> None:
    harness = Harness()
    harness.fake.fail(Response(429, {"Retry-After": "100"}))
    with pytest.raises(TransientReadError):
        harness.file()
    harness.clock.move(100)
    harness.fake.fail(Response(429, {"Retry-After": "1"}))
    with pytest.raises(TransientReadError):
        harness.file()
    with pytest.raises(Unavailable) as caught:
        harness.file()
    assert caught.value.retry_after == 1


def test_the_last_request_of_a_limit_is_still_an_answer() -> None:
    harness = Harness()
    harness.fake.fail(Response(200, {**JSON, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(RESET)}, b"[]"))
    assert harness.commits() == []


# lasting failures


@each_read
def test_a_token_that_lacks_a_right_makes_the_event_wait(read: Callable[[Harness], object]) -> None:
    harness = Harness()
    harness.fake.fail(error(403, "Resource not accessible by personal access token", {"X-RateLimit-Remaining": "4999"}))
    with pytest.raises(MissingPermission, match="lacks a right") as caught:
        read(harness)
    assert caught.value.retry_after is None


@each_read
def test_a_token_without_single_sign_on_is_not_called_a_missing_right(read: Callable[[Harness], object]) -> None:
    """https://gist.github.com/lukeenterprise/5a00b95ad9d3b6ab5467833f6a3b4b14 has the response."""
    harness = Harness()
    asks = {"X-GitHub-SSO": "required; url=https://github.com/orgs/octo-org/sso?authorization_request=s3cret"}
    harness.fake.fail(error(403, "Resource protected by organization SAML enforcement. You must grant access.", asks))
    with pytest.raises(Unavailable, match="not authorized for the single sign-on of the organization") as caught:
        read(harness)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("pull_requests=read", ": GitHub asks for pull_requests=read"),
        ("contents=read; pull_requests=read", ": GitHub asks for contents=read"),
        ("contents=read,issues=write", ": GitHub asks for contents=read,issues=write"),
        ("", ""),
        ("contents=read\x1b[2J", ""),
        ("see https://evil.example", ""),
    ],
)
@each_read
def test_a_missing_right_is_named_and_the_event_waits(
    read: Callable[[Harness], object], header: str, named: str
) -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest()
    accepted = {"X-Accepted-GitHub-Permissions": header, "X-RateLimit-Remaining": "4999"}
    harness.fake.fail(error(403, "Resource not accessible by integration", accepted))
    with pytest.raises(Unavailable) as caught:
        read(harness)
    assert str(caught.value).endswith(f": 403: the source token lacks a right{named}")
    read(harness)


BLOCKED = '{"message":"Repository access blocked","block":{"reason":"%s","created_at":"2026-01-01T00:00:00Z"}}'


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (403, BLOCKED % "tos", "tos"),
        (403, BLOCKED.replace(":", ": ") % "unavailable", "unavailable"),
        (451, BLOCKED % "dmca", "dmca"),
        (451, "{}", "no reason given"),
        (403, BLOCKED % "<b>x</b>", "no reason given"),
        (403, '{"message":"Access to this repository has been disabled by GitHub staff."}', "no reason given"),
    ],
)
@each_read
def test_a_blocked_repository_is_final_with_its_reason(
    read: Callable[[Harness], object], status: int, body: str, reason: str
) -> None:
    harness = Harness()
    harness.repository.pulls[2] = PullRequest()
    harness.fake.fail(Response(status, {**JSON, "X-RateLimit-Remaining": "0"}, body.encode()))
    with pytest.raises(AccessBlocked) as caught:
        read(harness)
    assert str(caught.value).endswith(f": {status}: GitHub blocks access to the repository ({reason})")
    read(harness)


def test_a_file_too_large_for_github_to_send_is_not_a_missing_right() -> None:
    harness = Harness()
    body = b'{"message":"The requested blob is too large to fetch via the API.","errors":[{"code":"too_large"}]}'
    harness.fake.fail(Response(403, JSON, body))
    with pytest.raises(ResponseTooLarge):
        harness.file()


@pytest.mark.parametrize("status", [400, 404, 405, 406, 410, 422])
def test_an_absent_list_is_a_permanent_error(status: int) -> None:
    harness = Harness()
    harness.fake.fail(error(status, "No"))
    with pytest.raises(PermanentError, match=f"{COMMITS}: {status}"):
        harness.commits()
    assert harness.fake.requests == 1


@pytest.mark.parametrize(("status", "message"), [(404, "Not Found"), (410, "Gone"), (409, "Git Repository is empty.")])
def test_a_list_that_does_not_exist_is_not_found(status: int, message: str) -> None:
    harness = Harness()
    harness.fake.fail(error(status, message))
    with pytest.raises(NotFound, match=f"{COMMITS}: {status}"):
        harness.commits()


def test_what_github_cannot_compute_is_not_available() -> None:
    harness = Harness()
    harness.fake.fail(error(422, "Server Error: Sorry, this diff is taking too long to generate."))
    with pytest.raises(NotAvailable, match=f"{COMMITS}: 422"):
        harness.commits()


@pytest.mark.parametrize("status", [400, 410, 422])
def test_a_file_that_may_not_be_had_is_no_absent_file(status: int) -> None:
    harness = Harness()
    harness.fake.fail(error(status, "No"))
    with pytest.raises(PermanentError, match=str(status)):
        harness.file()


@pytest.mark.parametrize(
    "answer", [Response(s) for s in (400, 401, 403, 404, 422, 429, 500)] + ["cut", "timeout", "html"]
)
def test_no_error_names_the_token(answer: Response | str) -> None:
    harness = Harness()
    harness.fake.fail(answer)
    with pytest.raises(TelemetryError) as caught:
        harness.commits()
    assert TOKEN not in repr(caught.value)


# files


def test_a_file_is_its_bytes() -> None:
    harness = Harness()
    content = bytes(range(256)) * 10  # several lines of base64
    harness.repository.put("package.json", content)
    assert harness.file() == content


def test_an_empty_file_exists() -> None:
    harness = Harness()
    harness.repository.put("package.json", b"")
    assert harness.file() == b""


def test_a_file_is_read_at_its_ref() -> None:
    harness = Harness()
    harness.repository.put("package.json", b"now")
    harness.repository.put("package.json", b"then", "release/1 & 2")
    assert harness.github.file("octo-org", "hello-world", "package.json", "release/1 & 2") == b"then"
    assert harness.urls() == [f"{OUR_API}/repos/octo-org/hello-world/contents/package.json?ref=release%2F1+%26+2"]


def test_a_path_with_strange_letters_is_that_file() -> None:
    harness = Harness()
    harness.repository.put("docs/ü & #?.md", b"strange")
    assert harness.github.file("octo-org", "hello-world", "docs/ü & #?.md") == b"strange"


@pytest.mark.parametrize("path", ["LICENSE", "docs/LICENSE", "docs/api/LICENSE", "none/such/LICENSE", "README.md/x"])
def test_a_file_is_absent_if_the_listing_of_its_folder_lacks_it(path: str) -> None:
    harness = Harness()
    harness.repository.put("README.md", b"")
    harness.repository.put("docs/api/a.md", b"")
    assert harness.github.file("octo-org", "hello-world", path) is None


def test_an_absent_file_takes_two_requests() -> None:
    harness = Harness()
    assert harness.github.file("octo-org", "hello-world", "LICENSE", "main") is None
    contents = f"{OUR_API}/repos/octo-org/hello-world/contents"
    assert harness.urls() == [f"{contents}/LICENSE?ref=main", f"{contents}?ref=main"]


@pytest.mark.parametrize(
    "faults",
    [
        [error(404, "Not Found")] * 2,
        [error(404, "Not Found"), Response(200, JSON, b"[]")],
    ],
)
def test_a_404_of_a_file_without_proof_of_its_absence_is_not_found(faults: list[Response]) -> None:
    harness = Harness()
    harness.fake.fail(*faults)
    with pytest.raises(NotFound, match=r"contents/package\.json: 404"):
        harness.file()
    assert harness.file() == b"{}"


def test_an_empty_repository_has_no_file() -> None:
    harness = Harness()
    harness.fake.fail(error(404, "This repository is empty."))
    assert harness.file() is None


def test_a_404_of_a_file_that_is_listed_is_a_failed_read() -> None:
    harness = Harness()
    harness.fake.fail(error(404, "Not Found"))
    with pytest.raises(TransientReadError, match="404, although the file is listed"):
        harness.file()


def test_a_missing_ref_and_a_missing_repository_are_not_missing_files() -> None:
    harness = Harness()
    with pytest.raises(RefNotFound):
        harness.github.file("octo-org", "hello-world", "README.md", "no-such-ref")
    with pytest.raises(NotFound) as caught:
        harness.github.file("octo-org", "nothing", "README.md")
    assert not isinstance(caught.value, RefNotFound)


def test_a_directory_a_symlink_and_a_submodule_are_no_files() -> None:
    harness = Harness()
    harness.repository.put("docs/a.md", b"")
    harness.repository.put("link", Symlink("elsewhere"))
    harness.repository.put("vendor", Submodule("https://github.com/octo-org/vendor.git"))
    contents = [harness.github.file("octo-org", "hello-world", path) for path in ("docs", "link", "vendor")]
    assert contents == [None, None, None]
    assert harness.fake.requests == 3


def test_a_submodule_that_calls_itself_a_file_is_no_file() -> None:
    harness = Harness()
    body = {"type": "file", "submodule_git_url": "https://github.com/o/r.git", "content": "", "encoding": "base64"}
    harness.fake.fail(Response(200, JSON, json.dumps(body).encode()))
    assert harness.file() is None


def test_a_symlink_to_a_file_is_that_file() -> None:
    harness = Harness()
    harness.repository.put("package.json", Symlink("app/package.json"))
    harness.repository.put("app/package.json", b"{}")
    assert harness.file() == b"{}"


def test_a_file_over_a_megabyte_is_read_raw() -> None:
    harness = Harness()
    content = b"\x00\xff" * 600_000
    harness.repository.put("package.json", content)
    assert harness.file() == content
    accepted = [request.headers["Accept"] for request in harness.adapter.sent]
    assert accepted == ["application/vnd.github+json", "application/vnd.github.raw+json"]


def big_file(fault: Response | str) -> Harness:
    """A client whose raw read of a big file gets this."""
    harness = Harness()
    harness.fake.fail(Response(200, JSON, b'{"type":"file","encoding":"none","content":"","size":1100000}'), fault)
    return harness


@pytest.mark.parametrize("fault", ["html", "empty", "cut", Response(500)], ids=str)
def test_a_raw_read_that_fails_is_no_content(fault: Response | str) -> None:
    harness = big_file(fault)
    with pytest.raises(TransientReadError):
        harness.file()


def test_a_big_file_that_vanishes_between_two_reads_is_a_failed_read() -> None:
    harness = big_file(error(404, "Not Found"))
    with pytest.raises(TransientReadError):
        harness.file()


@pytest.mark.parametrize(
    "body",
    [
        {"type": "file", "encoding": "base64", "content": "a"},
        {"type": "file", "encoding": "base64", "content": None},
        {"type": "file", "encoding": "base64", "content": 7},
        {"type": "file", "encoding": "base64", "content": "ü"},
        {"type": "file", "encoding": "base64"},
        {"type": None},
        {"message": "Moved"},
    ],
)
def test_invalid_content_is_a_failed_read(body: dict[str, object]) -> None:
    harness = Harness()
    harness.fake.fail(Response(200, JSON, json.dumps(body).encode()))
    with pytest.raises(TransientReadError):
        harness.file()


def test_a_ref_that_has_no_utf_8_can_never_be_read() -> None:
    harness = Harness()
    with pytest.raises(PermanentError, match="the path is not valid UTF-8"):
        harness.github.file("octo-org", "hello-world", "package.json", ref="\ud800")
