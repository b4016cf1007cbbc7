"""Check the place where packaged functions are measured: what it hands over, and that its limits limit."""

from pathlib import Path

import pytest

from benchmarks import process_limits
from benchmarks.lambda_runtime import packaged

FUNCTION = """
import os, sys, time

def handler(event, context):
    if event.get("raise"):
        raise ValueError("no")
    hoard = bytearray(event.get("megabytes", 0) * 1_048_576)
    ends = time.process_time() + event.get("seconds", 0)
    while time.process_time() < ends:
        pass
    left = context.get_remaining_time_in_millis()
    return {"event": event, "left": left, "modules": "pytest" in sys.modules, "variable": os.environ.get("VARIABLE")}
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "function.py").write_text(FUNCTION)
    return tmp_path


@pytest.fixture(params=["cgroups", "signals"])
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Both ways to limit a function; the first only where we may make cgroups."""
    if request.param == "signals":
        monkeypatch.setattr(process_limits, "_GROUPS", tmp_path / "absent")
    else:
        with process_limits.control_groups(0.5, 64) as groups:
            if not groups:
                pytest.skip("cgroups: only root may make them")
    return str(request.param)


def test_an_event_is_answered_with_the_remaining_time_and_our_variables(package: Path) -> None:
    with packaged("function.handler", package, {"VARIABLE": "x"}) as function:
        answered = function.invoke({"seconds": 0})
        again = function.invoke({"seconds": 0})
    assert not answered.failed
    assert b'"variable": "x"' in answered.body
    assert b'"modules": false' in answered.body
    assert 200_000 < int(answered.body.partition(b'"left": ')[2].partition(b",")[0]) <= 300_000
    assert again.body.startswith(b'{"event": {"seconds": 0}')
    assert function.init > 0
    assert function.process.poll() is not None


def test_a_function_that_raises_answers_with_its_error(package: Path) -> None:
    with packaged("function.handler", package, {}) as function:
        answered = function.invoke({"raise": True})
    assert answered.failed
    assert b"ValueError" in answered.body


def test_a_function_that_cannot_be_loaded_fails_in_init(package: Path) -> None:
    with pytest.raises(RuntimeError, match="INIT failed"), packaged("absent.handler", package, {}):
        pass


def test_a_tenth_of_a_cpu_takes_ten_times_as_long(package: Path, limits: str) -> None:
    assert limits
    with packaged("function.handler", package, {}, cpus=0.1) as function:
        assert function.invoke({"seconds": 0.2}).seconds > 1.0


def test_more_memory_than_there_is_ends_the_function(package: Path, limits: str) -> None:
    with packaged("function.handler", package, {}, megabytes=200) as function:
        assert not function.invoke({"megabytes": 50}).failed
        if limits == "cgroups":
            with pytest.raises(RuntimeError, match="ended without a response"):
                function.invoke({"megabytes": 300})
        else:
            assert b"MemoryError" in function.invoke({"megabytes": 300}).body


def test_a_cgroup_is_removed_after_its_function_ended() -> None:
    with process_limits.control_groups(0.5, 200) as groups:
        pass
    assert [group for group in groups if group.exists()] == []
