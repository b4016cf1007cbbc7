"""The clock of every runtime."""

import time


def now() -> int:
    """Return UNIX milliseconds."""
    return time.time_ns() // 1_000_000
