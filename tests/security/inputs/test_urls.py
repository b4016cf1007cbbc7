"""URLs that would send a secret in the clear are refused at the start; a password in one is never printed."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests

from core.canary import CanaryServices, send
from core.canary_poster import make_poster
from core.errors import Unavailable
from core.github.api import GitHubApi, TransportError
from core.github.session import pooled_session
from core.log import Log
from core.secrets_cache import SOURCE_TOKEN, WEBHOOK_SECRET, SecretsCache
from core.settings import Settings, SettingsError, described, load
from core.url_security import problem, without_userinfo
from runtimes.gcp.google_api import GoogleApi, GoogleError, MetadataToken
from tests.memory_adapters import MemorySecrets

PASSWORD = "hunter2-hunter2"
WITH_SECRETS = ["GITHUB_API_URL", "WEBHOOK_URL", "AWS_ENDPOINT_URL", "QUEUE_URL", "RETRIES_URL", "DEAD_LETTERS_URL"]
HERE = [
    "http://127.0.0.1:4566",
    "http://127.9.9.9",
    "http://localhost:8080",
    "http://[::1]:8080",
    "http://[::ffff:127.0.0.1]",
    "http://LOCALHOST.",
    "http://abc.execute-api.localhost:4566/x",
]
ELSEWHERE = [
    "http://api.github.com",
    "http://ghe.example/api/v3",
    "http://10.0.0.5:4566",
    "http://192.168.1.5",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://0.0.0.0:4566",
    "http://[::]",
    "http://0x7f.1",
    "http://2130706433",
    "HTTP://ghe.example",
]
WITH_USERINFO = [
    f"https://octo:{PASSWORD}@ghe.example/api/v3",
    f"http://{PASSWORD}@127.0.0.1:4566",
    f"https://:{PASSWORD}@ghe.example",
    f"https://octo:{PASSWORD}@ghe.example:99999",
    f"https://octo:p@{PASSWORD}@ghe.example",
    f"http://ghe.example\\@{PASSWORD}@127.0.0.1",
]


@pytest.mark.parametrize("variable", WITH_SECRETS)
def test_http_is_for_this_machine_only(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in HERE:
        monkeypatch.setenv(variable, url)
        load()
    for url in ELSEWHERE:
        monkeypatch.setenv(variable, url)
        with pytest.raises(SettingsError) as raised:
            load()
        [line] = str(raised.value).splitlines()
        assert line.startswith(f"{variable}: must begin with https://"), url


@pytest.mark.parametrize("variable", WITH_SECRETS)
@pytest.mark.parametrize("url", WITH_USERINFO)
def test_a_password_in_a_url_is_refused_and_not_repeated(
    variable: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(SettingsError) as raised:
        load()
    assert (str(raised.value).startswith(f"{variable}: must be a URL"), PASSWORD in str(raised.value)) == (True, False)


def test_names_of_topics_are_no_urls() -> None:
    assert (
        load(queue_url="projects/p/topics/t", dead_letters_url="projects/p/topics/d").queue_url == "projects/p/topics/t"
    )


def test_github_s_token_is_not_sent_to_localstack(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://abc.execute-api.localhost.localstack.cloud:4566/telemetry"
    monkeypatch.setenv("WEBHOOK_URL", url)
    assert load().webhook_url == url
    monkeypatch.setenv("GITHUB_API_URL", url)
    with pytest.raises(SettingsError):
        load()


def test_in_lambda_the_endpoint_is_the_platforms_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "worker")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://172.17.0.2:4566")
    assert load().aws_endpoint_url == "http://172.17.0.2:4566"
    monkeypatch.setenv("GITHUB_API_URL", "http://172.17.0.2")
    with pytest.raises(SettingsError):
        load()


@pytest.mark.parametrize(
    "url", ["", "https://", "ftp://x", "x", "https://h:0", "https://h:x", "https://h x", "https://h\n"]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    assert problem(url) is not None


MASKED = {
    f"cannot reach https://octo:{PASSWORD}@ghe.example/x": "cannot reach https://***@ghe.example/x",
    f"http://{PASSWORD}@proxy:3128 and s3://{PASSWORD}@b": "http://***@proxy:3128 and s3://***@b",
    f"'https://a:{PASSWORD}@h', \"https://b:{PASSWORD}@h\"": "'https://***@h', \"https://***@h\"",
    f"https://a:p@{PASSWORD}@h": "https://***@h",
    "mail octo@example.com, see https://github.com/a/b": "mail octo@example.com, see https://github.com/a/b",
    "https://npm.example/@scope/x": "https://npm.example/@scope/x",
    "https://h/?q=a@b": "https://h/?q=a@b",
}


@pytest.mark.parametrize(("text", "masked"), MASKED.items())
def test_a_password_is_masked_wherever_it_is_printed(text: str, masked: str) -> None:
    assert without_userinfo(text) == masked


def test_a_log_line_has_no_password() -> None:
    lines: list[str] = []
    Log("info", lines.append)("error", "store", "failed", reason=f"https://o:{PASSWORD}@h", more="a@b")
    assert lines == ['{"severity":"ERROR","step":"store","outcome":"failed","reason":"https://***@h","more":"a@b"}']


def test_telemetry_settings_shows_no_password() -> None:
    shown = described(Settings.model_construct(github_api_url=f"https://o:{PASSWORD}@h", store_directory="d"))
    assert PASSWORD not in str(shown)


def telemetry(folder: Path, *words: str, **environment: str) -> tuple[int, str]:
    """Exit code and all that a command prints."""
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(Path(__file__).parents[3]),
        **environment,
    }
    done = subprocess.run(
        [sys.executable, "-m", "cli", *words],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("command", ["serve --queue sqlite", "settings", "doctor", "report"])
@pytest.mark.parametrize("url", ["http://ghe.example/api/v3", f"https://o:{PASSWORD}@ghe.example"])
def test_a_command_stops_with_one_line_that_names_the_variable(command: str, url: str, tmp_path: Path) -> None:
    code, text = telemetry(tmp_path, *command.split(), GITHUB_API_URL=url, GITHUB_ACCESS_TOKEN="token")
    assert (code, text.count("GITHUB_API_URL: must")) == (2, 1)
    assert not [word for word in ("Traceback", PASSWORD) if word in text]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("send", "ping", "ping.json", "--url", f"https://o:{PASSWORD}@h"), "--url: must be a URL without"),
        (("send", "ping", "ping.json", "--url", "http://192.0.2.1/telemetry"), "--url: must begin with https://"),
        (("webhook", "check", "octo-org", "--url", f"https://o:{PASSWORD}@h"), "--url: must be a URL without"),
        (("webhook", "add", "octo-org", "--url", "http://abc.example/telemetry"), "--url: must begin with https://"),
        (
            ("report", f"https://o:{PASSWORD}@elsewhere.example/o/r"),
            "https://***@elsewhere.example/o/r: no such folder",
        ),
        (("merge", f"https://o:{PASSWORD}@elsewhere.example/o/r"), "https://***@elsewhere.example/o/r: no such folder"),
    ],
)
def test_a_url_of_the_command_line_is_held_to_the_same(words: tuple[str, ...], named: str, tmp_path: Path) -> None:
    (tmp_path / "ping.json").write_text("{}")
    code, text = telemetry(tmp_path, *words, GITHUB_WEBHOOK_SECRET="secret")
    assert code != 0
    assert named in text
    assert not [word for word in ("Traceback", PASSWORD) if word in text]


def test_a_proxys_password_is_in_no_error(tmp_path: Path) -> None:
    proxy = f"http://octo:{PASSWORD}@127.0.0.1:9"
    code, text = telemetry(tmp_path, "report", "octo-org/data", HTTPS_PROXY=proxy, https_proxy=proxy)
    assert code != 0
    assert not [word for word in ("Traceback", PASSWORD) if word in text]


# redirects


class Redirecting(requests.adapters.BaseAdapter):
    """Answers from a script of `url: Location`, else 200; keeps what was asked for."""

    def __init__(self, locations: Mapping[str, str], status: int = 302) -> None:
        super().__init__()
        self.asked: list[tuple[str, str | None]] = []
        self._locations = locations
        self._status = status

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]
        url = str(request.url)
        self.asked.append((url, request.headers.get("Authorization")))
        response = requests.Response()
        response.request, response.url = request, url
        response.status_code = self._status if url in self._locations else 200
        response._content = b"{}"
        if url in self._locations:
            response.headers["Location"] = self._locations[url]
        return response

    def close(self) -> None:
        """Nothing is open."""


START = "https://api.github.com/repos/o/r"


def asked(location: str, method: str = "GET", status: int = 302) -> list[tuple[str, str | None]]:
    session, adapter = pooled_session(), Redirecting({START: location}, status)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    with contextlib.suppress(requests.RequestException):
        session.request(method, START, headers={"Authorization": "Bearer token"}, data="x" if method != "GET" else None)
    return adapter.asked


def test_the_token_follows_no_redirect_to_http() -> None:
    for location in ("http://api.github.com/x", "http://evil.example/x", "http://127.0.0.1/x", "//evil.example/../x"):
        [_, (_, token)] = asked(location)
        assert token is None


def test_the_token_follows_no_redirect_to_another_host() -> None:
    assert asked("https://codeload.github.com/x")[1:] == [("https://codeload.github.com/x", None)]
    assert asked("https://api.github.com:8443/x")[1:] == [("https://api.github.com:8443/x", None)]
    assert asked("https://api.github.com/repositories/1")[1:] == [
        ("https://api.github.com/repositories/1", "Bearer token")
    ]


@pytest.mark.parametrize("status", [307, 308])
def test_what_is_written_follows_no_redirect_to_another_host_or_to_http(status: int) -> None:
    assert len(asked("https://evil.example/x", "POST", status)) == 1
    assert len(asked("http://api.github.com/x", "POST", status)) == 1
    assert len(asked("https://api.github.com/repositories/1", "POST", status)) == 2


def test_a_refused_redirect_is_a_failure_in_one_line() -> None:
    session, adapter = pooled_session(), Redirecting({START: "https://evil.example/x"}, 307)
    session.mount("https://", adapter)
    secrets = SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"}))
    with pytest.raises(TransportError, match=r"^POST /repos/o/r: a redirect out of our API is not followed$"):
        GitHubApi(session, secrets, SOURCE_TOKEN, "https://api.github.com").send("POST", START, json={})


# the functions


@pytest.mark.parametrize("url", ["http://hook.example/telemetry", f"https://o:{PASSWORD}@hook.example"])
def test_the_canary_names_the_variable(url: str) -> None:
    lines: list[str] = []
    secrets = SecretsCache(MemorySecrets({WEBHOOK_SECRET: "secret"}))
    with pytest.raises(Unavailable, match="WEBHOOK_URL: must") as raised:
        send(CanaryServices(secrets, make_poster(url), lambda: 0, Log("info", lines.append)))
    assert PASSWORD not in str(raised.value)


def test_google_s_token_is_not_sent_over_plain_http() -> None:
    environment = {"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": "http://192.0.2.1"}
    token = MetadataToken({"GCE_METADATA_HOST": "127.0.0.1:9"})
    with pytest.raises(GoogleError, match="UNSAFE_ENDPOINT"):
        GoogleApi("secretmanager", token, environment).access("projects/p/secrets/s")
