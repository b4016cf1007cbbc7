"""Limits the CPU and the memory of a process, by cgroups where this machine allows them."""

import resource
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_PERIOD = 0.1
"""Seconds of which a limited process gets a share of the CPU, as Linux's own default."""


@contextmanager
def control_groups(cpus: float, megabytes: int) -> Iterator[list[Path]]:
    """Yield cgroups with these limits; none where we may not make them: https://docs.kernel.org/admin-guide/cgroup-v1/index.html."""
    name, groups = f"telemetry-{uuid.uuid4().hex[:12]}", []
    limits = {
        _GROUPS / "cpu" / name / "cpu.cfs_quota_us": int(cpus * 100_000),
        _GROUPS / "memory" / name / "memory.limit_in_bytes": megabytes * 1_048_576,
    }
    try:
        for file, value in limits.items():
            if value:
                file.parent.mkdir()
                groups.append(file.parent)
                file.write_text(str(value))
    except OSError:
        _remove(groups)
        groups = []
    try:
        yield groups
    finally:
        _remove(groups)


def join(groups: list[Path], megabytes: int) -> None:
    """Limit this process, which is about to become the function."""
    for group in groups:
        (group / "cgroup.procs").write_text("0")
    if megabytes and not groups:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_048_576,) * 2)


@contextmanager
def stopped_in_turns(process: "subprocess.Popen[bytes]", cpus: float) -> Iterator[None]:
    """Let a process run for its share of each period."""
    over = threading.Event()

    def turn() -> None:
        while not over.wait(_PERIOD * cpus) and process.poll() is None:
            process.send_signal(signal.SIGSTOP)
            over.wait(_PERIOD * (1 - cpus))
            process.send_signal(signal.SIGCONT)

    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _remove(groups: list[Path]) -> None:
    """Remove groups; the kernel lets go of an ended process a moment later."""
    for group in groups:
        for _ in range(100):
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.05)
