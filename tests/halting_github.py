"""A fake GitHub that stops answering at a condition, so that a process can be interrupted at a known point."""

import time
from collections.abc import Callable, Mapping

from fakes.github.server import FakeGitHub, Response
from fakes.github.state import GitHubState


class HaltingGitHub(FakeGitHub):
    """A fake whose requests wait while `halted` returns true: a process that needs another response goes no further."""

    def __init__(self, state: GitHubState) -> None:
        super().__init__(state)
        self.halted: Callable[[], bool] = lambda: False

    def answer(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        while self.halted():
            time.sleep(0.05)
        return super().answer(method, path, query, headers, body)
