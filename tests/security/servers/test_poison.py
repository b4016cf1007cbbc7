"""One poisonous event among fifty: a worker of the deployed memory loses none of the others, and the poison is accounted for.

The worker is a process, which is killed at 512 MB as Lambda does, and at its timeout. Once it has a tenth of a CPU as well.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core import message
from core.events import SignedTriggerEvent
from core.payload import Json
from tests.environment import PATIENCE
from tests.security.inputs import hostile_github as hostile
from tests.security.inputs.hostile_github import Act

ROOT = Path(__file__).parents[3]
MEMORY = 512
"""Megabytes: `runtime.worker_memory` of Terraform, on both clouds."""
GOOD = 50
SECONDS = 100.0
"""Of an invocation; here fewer than the 300 of Terraform. What hangs is given up after 30, core.github.session.LONGEST_RESPONSE."""
START = PATIENCE
"""Seconds that the process may take to start, on a machine that does other things, too."""
EVIL = "/repos/octo-org/evil"


class Invocation(NamedTuple):
    """What became of one."""

    killed: str
    """For which limit it was killed; empty: it was not."""
    failed: list[str]
    dead: list[str]
    again: int
    peak: int
    """Megabytes."""


def repository(name: str) -> Json:
    return {"id": len(name), "name": name, "owner": {"login": "octo-org"}}


def check_suite(number: int) -> SignedTriggerEvent:
    times = {"created_at": "2026-11-20T00:00:00Z", "updated_at": "2026-11-20T00:00:00Z"}
    suite = {"id": number, "head_sha": "a" * 40, "pull_requests": [], "conclusion": "success", **times}
    return _event(
        "check_suite", number, {"action": "completed", "check_suite": suite, "repository": repository("good")}
    )


def merged(number: int, name: str = "good") -> SignedTriggerEvent:
    """A pull request, for which GitHub is read three times."""
    names = ("created_at", "updated_at", "closed_at", "merged_at")
    pull = {"id": number, "number": number, "merged": True, "head": {"sha": "b" * 40}}
    pull |= dict.fromkeys(names, "2026-11-20T00:00:00Z")
    return _event("pull_request", number, {"action": "closed", "pull_request": pull, "repository": repository(name)})


def deployment(number: int) -> SignedTriggerEvent:
    """The poison: its environment's deployments and its package.json are read from a repository that does harm."""
    times = {"created_at": "2026-11-20T00:00:00Z", "updated_at": "2026-11-20T00:00:00Z"}
    fields = {"id": number, "sha": "c" * 40, "ref": "main", "environment": "production", **times}
    return _event("deployment", number, {"action": "created", "deployment": fields, "repository": repository("evil")})


def long_job(number: int) -> SignedTriggerEvent:
    """A job of 6,000 steps: 0.8 MB of JSON in a message of some kilobytes."""
    times = {"created_at": "2026-11-20T00:00:00Z", "started_at": "2026-11-20T00:00:00Z"}
    times |= {"completed_at": "2026-11-20T00:00:00Z"}
    steps = [
        {"name": f"Step {n}", "number": n, "status": "completed", "conclusion": "success", **times} for n in range(6000)
    ]
    job = {"id": number, "run_attempt": 1, "name": "tests", "conclusion": "success", "steps": steps, **times}
    return _event(
        "workflow_job", number, {"action": "completed", "workflow_job": job, "repository": repository("evil")}
    )


def _event(name: str, number: int, payload: Json) -> SignedTriggerEvent:
    return SignedTriggerEvent(f"github::{name}", f"d-{number}", int(time.time() * 1000), payload)


def records(poisons: int, poison: Callable[[int], SignedTriggerEvent] = deployment) -> list[dict[str, Any]]:
    """A batch as Lambda hands it over, the poison in the middle."""
    good = [check_suite(n) if n % 2 else merged(n) for n in range(GOOD)]
    events = [*good[: GOOD // 2], *(poison(1000 + n) for n in range(poisons)), *good[GOOD // 2 :]]
    return [
        {
            "messageId": event.delivery_id,
            "receiptHandle": event.delivery_id,
            "body": message.encode(event),
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        for event in events
    ]


@contextmanager
def a_tenth_of_a_cpu() -> Iterator[Callable[[int], object]]:
    """A function that limits a process, by a cgroup of either version."""
    first, second = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
    name = f"telemetry-test-{os.getpid()}"
    group, members = (first / name, "tasks") if first.is_dir() else (second / name, "cgroup.procs")
    try:
        group.mkdir()
        if first.is_dir():
            (group / "cpu.cfs_period_us").write_text("100000")
            (group / "cpu.cfs_quota_us").write_text("10000")
        else:
            (group / "cpu.max").write_text("10000 100000")
    except OSError as error:
        pytest.skip(f"a tenth of a CPU needs root and a cgroup to write to: {error}")
    try:
        yield lambda process: (group / members).write_text(str(process))
    finally:
        group.rmdir()


def invoke(
    api: str,
    directory: Path,
    batch: list[dict[str, Any]],
    seconds: float,
    limit: Callable[[int], object] = lambda _: None,
) -> Invocation:
    """Run the worker until it answers, or is over a limit."""
    script = Path(__file__).with_name("poisoned_worker.py")
    with subprocess.Popen(
        [sys.executable, str(script), api, str(directory), str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        limit(process.pid)
        process.stdin.write(json.dumps(batch))
        process.stdin.close()
        killed, ends = "", time.monotonic() + START + seconds
        while process.poll() is None and not killed:
            if _megabytes(process.pid) > MEMORY:
                killed = "memory"
            elif time.monotonic() > ends:
                killed = "time"
            time.sleep(0.01)
        if killed:
            process.kill()
            return Invocation(killed, [], [], 0, MEMORY)
        return Invocation("", **json.loads(process.stdout.read()))


def _megabytes(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    except (OSError, IndexError):  # it has ended
        return 0


def stored(directory: Path) -> set[str]:
    """The repositories and ids of the events that have a record."""
    paths = [path.relative_to(directory).parts for path in directory.rglob("*.json") if "_system" not in path.parts]
    return {f"{parts[1]}-{parts[-1].partition('-')[0].removesuffix('.json')}" for parts in paths}


FILES: list[Act] = [
    hostile.listed_large,
    hostile.listed_small,
    hostile.many_values_in_a_file,
    hostile.inline_large,
]
LISTS: list[Act] = [
    hostile.large_answer,
    hostile.without_length,
    hostile.endless_chunks,
    hostile.gzip_bomb,
    hostile.gzip_of_nothing,
    hostile.deep,
    hostile.many_values,
    hostile.endless_pages,
    hostile.slow_head,
    hostile.slow_body,
    hostile.longer_than_it_says,
    hostile.shorter_than_it_says,
    hostile.redirect_with_a_body,
]
POISON = [*((f"{EVIL}/contents/package.json", act) for act in FILES), *((f"{EVIL}/deployments", act) for act in LISTS)]


def _accounted_for(result: Invocation, directory: Path, poisons: int) -> None:
    assert not result.killed, f"the worker was killed for its {result.killed}"
    names = stored(directory)
    assert {name for name in names if name.startswith("good-")} == {f"good-{n}" for n in range(GOOD)}
    expected = {f"d-{name.partition('-')[2]}" for name in names if name.startswith("evil-")} - set(result.failed)
    assert all(int(id.removeprefix("d-")) >= 1000 for id in result.failed), "a good event must not come back"
    assert len(expected) + len(result.dead) + result.again + len(result.failed) == poisons
    assert result.peak < MEMORY


@pytest.mark.parametrize(("path", "act"), POISON, ids=[act.__name__ for _, act in POISON])
def test_a_poisonous_event_does_not_affect_others(path: str, act: Act, tmp_path: Path) -> None:
    with hostile.serve({path: act}) as github:
        result = invoke(github.url, tmp_path, records(1), SECONDS)
    _accounted_for(result, tmp_path, 1)


@pytest.mark.parametrize(
    "act",
    [
        hostile.large_answer,
        hostile.endless_chunks,
        hostile.gzip_bomb,
        hostile.deep,
        hostile.many_values,
        hostile.slow_body,
    ],
)
def test_a_poisonous_answer_of_graphql_does_not_affect_others(act: Act, tmp_path: Path) -> None:
    with hostile.serve({"/graphql/evil": act}) as github:
        result = invoke(github.url, tmp_path, records(1, partial(merged, name="evil")), SECONDS)
        assert github.requests["/graphql/evil"] > 0
    assert not result.killed, f"the worker was killed for its {result.killed}"
    assert stored(tmp_path) == {f"good-{n}" for n in range(GOOD)} | {"evil-1000"}  # of this one the other records
    assert (result.dead, result.failed, result.again <= 1) == ([], [], True)
    assert result.peak < MEMORY


@pytest.mark.parametrize(
    "act", [hostile.many_values, hostile.emoji, hostile.wide, hostile.gzip_bomb, hostile.large_answer]
)
def test_eight_of_them_side_by_side_fit_into_the_memory(act: Act, tmp_path: Path) -> None:
    """Every one just below or far over the limits: the sum of the limits is what counts."""
    with hostile.serve({f"{EVIL}/deployments": act}) as github:
        result = invoke(github.url, tmp_path, records(8), SECONDS)
    _accounted_for(result, tmp_path, 8)


@pytest.mark.parametrize("act", [hostile.large_answer, hostile.many_values, hostile.gzip_bomb, hostile.slow_body])
def test_a_tenth_of_a_cpu_is_enough(act: Act, tmp_path: Path) -> None:
    with hostile.serve({f"{EVIL}/deployments": act}) as github, a_tenth_of_a_cpu() as limit:
        result = invoke(github.url, tmp_path, records(1), 150.0, limit)
    _accounted_for(result, tmp_path, 1)


def test_a_batch_of_large_events_is_worked_off_in_several_invocations(tmp_path: Path) -> None:
    """A hundred events that are 80 MB of JSON all in all, in a batch of one megabyte."""
    batch, invocations = records(100, long_job), 0
    with hostile.serve({}) as github:
        while batch and invocations < 20:
            result = invoke(github.url, tmp_path, batch, SECONDS)
            assert not result.killed, f"the worker was killed for its {result.killed}"
            assert not result.dead
            assert result.peak < MEMORY
            batch = [record for record in batch if record["messageId"] in result.failed]
            invocations += 1
    assert not batch
    assert len(stored(tmp_path)) == GOOD + 100
