"""The processes of the product, killed at random by SIGKILL and started again at once."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.environment import inherited

_FOLDER = Path(__file__).parents[2]


class Restarted:
    """A process that is always there again, whether it was killed or could not begin."""

    def __init__(self, module: str, arguments: list[str], environment: dict[str, str], output: Path) -> None:
        self.killed = 0
        self._command = [sys.executable, "-m", f"tests.chaos.{module}", *arguments]
        self._environment = {**inherited(), **environment}
        self._output = output
        self._over = threading.Event()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep)
        self._keeper.start()

    def kill(self) -> None:
        """At once, whatever it is doing."""
        self._process.send_signal(signal.SIGKILL)
        self.killed += 1

    def stop(self) -> None:
        """For good."""
        self._over.set()
        self._keeper.join(10)
        self._process.kill()
        self._process.wait(10)

    def _keep(self) -> None:
        while not self._over.wait(0.1):
            if self._process.poll() is not None:
                self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._output.open("ab") as output:
            return subprocess.Popen(self._command, cwd=_FOLDER, env=self._environment, stdout=output, stderr=output)


@contextmanager
def killed_at_random(processes: list[Restarted], chance: random.Random, every: tuple[float, float]) -> Iterator[None]:
    """One of them, so often (seconds, at least and at most)."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(chance.uniform(*every)):
            chance.choice(processes).kill()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


def wait(until: Callable[[], bool], what: str, limit: float) -> None:
    """Raises TimeoutError after so many seconds."""
    ends = time.monotonic() + limit
    while not until():
        if time.monotonic() > ends:
            raise TimeoutError(f"{what}: not within {limit:.0f} s")
        time.sleep(0.1)


def wait_for_none(remaining: Callable[[], int], what: str, limit: float) -> None:
    """Wait until none is left; raises TimeoutError when the number has not changed for `limit` seconds.

    How long it takes in all depends on the machine, and on what else runs there.
    """
    number, ends = remaining(), time.monotonic() + limit
    while number:
        time.sleep(0.1)
        before, number = number, remaining()
        if number != before:
            ends = time.monotonic() + limit
        elif time.monotonic() > ends:
            raise TimeoutError(f"{what}: {number} left, and no change within {limit:.0f} s")
