"""Let simulated time pass only while no thread works: one that a busy machine suspends then loses nothing of its time."""

import sys
import threading

_WAITS = {"join", "wait", "_wait_for_tstate_lock"}


class TestThreads:
    """The thread that creates this, and those that are started later."""

    __test__ = False

    def __init__(self) -> None:
        self._others = set(threading.enumerate()) - {threading.current_thread()}

    def all_wait(self) -> bool:
        """Return whether each of them but the caller waits for another thread or for an event."""
        frames = sys._current_frames()
        threads = set(threading.enumerate()) - self._others - {threading.current_thread()}
        return all(_waits(frames.get(thread.ident or 0)) for thread in threads)


def _waits(frame: object) -> bool:
    code = getattr(frame, "f_code", None)  # a thread that has only just begun has no frame, and works
    return code is not None and code.co_filename == threading.__file__ and code.co_name in _WAITS
