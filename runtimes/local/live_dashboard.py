"""Builds the dev server's dashboard on request, never while an event is handled.

One thread builds. The request that started it waits briefly; other requests get the last page. So only one database is
open at a time, and the threads that accept webhooks stay free.
"""

import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from core.errors import PermanentError, TelemetryError
from core.log import Log
from core.progress import ProgressCallback
from core.sanitize import sanitize_text

FRESH = 5.0
"""Seconds for which a page is not built again."""
WAIT = 3.0
"""Seconds that the request that starts a build waits for it."""
_END_LIMIT = 10.0
"""Seconds to wait for a build to stop: a batch of files takes less."""


class DashboardOutcome(StrEnum):
    """The outcome of building the dashboard, in the log."""

    FAILED = "failed"


class Look(NamedTuple):
    """The state of the dashboard."""

    page: bytes | None
    """The HTML page; None if none was built yet or there are no records."""
    message: str
    """Progress of the build, or why there is no page."""
    building: bool


class LiveDashboard:
    """Caches the page that `build` returns; None means that there are no records."""

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
        """Return the newest page; start a build if it is not fresh."""
        begun = self._begin()
        if begun is not None:
            begun.join(self._wait)
        return self._look

    def close(self) -> None:
        """Stop the running build; what is already merged stays merged."""
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
        except Exception as error:  # noqa: BLE001 (webhooks must still be accepted, and the next request tries again)
            message = f"There is no dashboard: {type(error).__name__}"
            self._log("warning", "dashboard", DashboardOutcome.FAILED, reason=type(error).__name__)
        with self._lock:
            self._built_at = self._clock()
            self._look = Look(page, message, building=False)

    def _advance(self, done: int, total: int) -> None:
        if self._closed:
            raise PermanentError("the server stops")
        self._look = self._look._replace(message=f"{done:,} of {total:,} files are merged")
