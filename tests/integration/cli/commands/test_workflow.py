"""`telemetry workflow` against a server of releases on 127.0.0.1."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner, Result

from cli.app import app

SUMS = "".join(
    f"{'0' * 63}{n}  {name}\n"
    for n, name in enumerate(("telemetry.whl", "requirements.txt", "build-requirements.txt", "pip-requirements.txt"))
)


class Releases(BaseHTTPRequestHandler):
    """Has one release, 1.0.0; 5.0.3 is answered with 503."""

    def do_GET(self) -> None:
        status = 200 if "/v1.0.0/" in self.path else 503 if "/v5.0.3/" in self.path else 404
        body = SUMS.encode() if status == 200 else b"Not Found"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Releases)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/octo-org/fork"
    server.shutdown()
    thread.join()
    server.server_close()


def printed(url: str, version: str) -> Result:
    return CliRunner().invoke(app, ["workflow", "--release", version, "--repository", url])


def test_the_workflow_of_a_release_has_its_sums(url: str) -> None:
    result = printed(url, "1.0.0")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"RELEASE: {url}/releases/download/v1.0.0\n" in result.stdout
    assert f"{'0' * 63}1  requirements.txt\n" in result.stdout


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("9.9.9", ": 404: there is no such release, or it is private: --release names another, --sums a file"),
        ("5.0.3", ": 503: try again later; --sums takes a file"),
    ],
)
def test_a_release_that_cannot_be_fetched_has_the_causes_of_its_status(url: str, version: str, reason: str) -> None:
    result = printed(url, version)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.rstrip().endswith(reason)
