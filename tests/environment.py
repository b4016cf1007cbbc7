"""Environment variables that a process started by a test takes over from the test run."""

import os

PATIENCE = 1200.0
"""Seconds that a test waits for another process or thread. Only a test that fails takes them, however busy the machine is."""

RUN_FOLDER = "TELEMETRY_TEST_RUN"
"""The variable that names the temporary folder which all workers of a test run share."""

GO_PROGRAMS = {"GOGC": "400"}
"""For Terraform and its AWS provider, which are written in Go: they collect garbage when their memory has grown to five times what is in
use, not twice, so that a plan takes a fifth less CPU time, and 150 MB more: https://go.dev/doc/gc-guide#GOGC."""

_PREFIXES = ("COVERAGE_", "FAKETIME")
_NAMES = ("LD_PRELOAD", "PATH", "PYTHONPATH", "TZ")


def inherited() -> dict[str, str]:
    """Return PATH, the variables of coverage, the time zone and the clock (`make test-faketime` fakes both).

    A process without them runs by the machine's real clock while its test runs by a faked one.
    """
    return {name: value for name, value in os.environ.items() if name in _NAMES or name.startswith(_PREFIXES)}
