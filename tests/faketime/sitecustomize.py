# ruff: noqa: INP001 (Python finds this module by its folder, which is no package)
"""Replace `time.sleep` where libfaketime breaks it; Python imports this module by itself from PYTHONPATH.

Since 3.11 `time.sleep` calls clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME), which the libfaketime of Debian 12 (0.9.10)
gets wrong while FAKETIME_DONT_FAKE_MONOTONIC is set: every sleep fails with EINVAL.
https://github.com/wolfcw/libfaketime/issues/426
"""

import os
import select
import time

if "FAKETIME" in os.environ:

    def _sleep(seconds: float, /) -> None:
        ends = time.monotonic() + seconds
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        while (remaining := ends - time.monotonic()) > 0:
            select.select([], [], [], remaining)

    time.sleep = _sleep
