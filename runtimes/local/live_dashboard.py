"""The dashboard of a server that runs: built anew when somebody looks, never on the way of an event.

One thread builds; whoever began it waits a moment for it, everybody else is given the last one. So however many look, one
database is open, and the threads that take webhooks stay free.
"""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from core.errors import PermanentError, TelemetryError
from core.log import Log
from core.progress import ProgressCallback
from core.sanitize import sanitize_text

FRESH = 5.0
"""Seconds in which a page is not built again."""
WAIT = 3.0
"""Seconds that whoever begins a build waits for it."""
_END_LIMIT = 10.0
"""Seconds: a batch of files takes less."""


class Look(NamedTuple):
    """What there is to see."""

    page: bytes | None
    """None: there is none yet, or nothing to show."""
    message: str
    """What is being done, or why there is none."""
    building: bool


class LiveDashboard:
    """Asks `build` for the page; None of it means that there are no records."""

    def __init__(
        self,
        build: Callable[[ProgressCallback], bytes | None],
        log: Log,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: float = WAIT,
    ) -> None:
        self._build = build
        self._log = log
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._built_at = float("-inf")
        self._look = Look(None, "", building=False)

    def look(self) -> Look:
        """The newest there is; where that is not fresh, another one is begun."""
        begun = self._begin()
        if begun is not None:
            begun.join(self._wait)
        return self._look

    def close(self) -> None:
        """Let the build in hand end where it is: what is merged stays merged."""
        with self._lock:
            self._closed = True
        if self._thread is not None:
            self._thread.join(_END_LIMIT)

    def _begin(self) -> threading.Thread | None:
        with self._lock:
            if self._closed or self._look.building or self._clock() - self._built_at < FRESH:
                return None
            self._look = self._look._replace(building=True)
            self._thread = threading.Thread(target=self._run, name="dashboard", daemon=True)
            self._thread.start()
            return self._thread

    def _run(self) -> None:
        page, message = self._look.page, ""
        try:
            page = self._build(self._advance)
        except TelemetryError as error:
            message = f"There is no dashboard: {sanitize_text(str(error))}"
        except Exception as error:  # noqa: BLE001 (whatever it is, webhooks are taken, and the next look tries again)
            message = f"There is no dashboard: {type(error).__name__}"
            self._log("warning", "dashboard", "failed", reason=type(error).__name__)
        with self._lock:
            self._built_at = self._clock()
            self._look = Look(page, message, building=False)

    def _advance(self, done: int, total: int) -> None:
        if self._closed:
            raise PermanentError("the server stops")
        self._look = self._look._replace(message=f"{done:,} of {total:,} files are merged")
