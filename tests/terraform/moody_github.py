"""A GitHub that can be told to refuse writes to a repository for a while; else it hands on to another, unchanged."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from tests.environment import PATIENCE


class MoodyGitHub:
    """What answers at `url`."""

    url = ""

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.refusing = ""
        """The path's beginning under which writes are refused; none."""
        self.refused = 0


@contextmanager
def moody(behind: str) -> Iterator[MoodyGitHub]:
    mood = MoodyGitHub(behind)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.command != "GET" and mood.refusing and self.path.startswith(mood.refusing):
                mood.refused += 1
                return self.reply(503, b'{"message":"not now"}')
            handed_on = ("authorization", "accept", "content-type")
            headers = {name: value for name, value in self.headers.items() if name.lower() in handed_on}
            answer = requests.request(self.command, behind + self.path, data=body, headers=headers, timeout=PATIENCE)
            return self.reply(answer.status_code, answer.content, link=answer.headers.get("Link"))

        do_GET = do_POST = do_PATCH = do_PUT = handle_any  # noqa: N815 (http.server's own names)

        def reply(self, status: int, body: bytes, link: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if link:
                self.send_header("Link", link.replace(mood.behind, mood.url))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    mood.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield mood
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
