"""The time from `telemetry try` to the first numbers and to all of them, with GitHub's latency and rate limits.

A repository of 500 pull requests, 3,000 jobs and 100 deployments in 80 days; each response takes 150 ms. The numbers are compared with
those of webhooks about the same history. A second run, without anything new, reads the lists only.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from math import isnan, nan
from pathlib import Path
from typing import NamedTuple

from benchmarks.results import Result
from benchmarks.timing import cpu_of_children
from core.clock import now
from fakes.github.rate_limits import RateLimits
from fakes.github.server import FakeGitHub
from fakes.github.state import Commit, PullRequest, Repository
from fakes.github.transport import serve
from tests.github_history import DAY, HOUR, add_deployment, add_issue, add_pull, add_review, add_run, sha
from tests.webhook_history import store_webhooks

NAME, FOLDER = "octo-org/hello-world", "telemetry-octo-org-hello-world"
_LATENCY = 0.15
"""Seconds."""
_ROOT = Path(__file__).parents[1]
_MINUTE = 60_000


class Size(NamedTuple):
    """How much the repository has; each pull request has two runs of three jobs."""

    pulls: int = 500
    deployments: int = 100
    incidents: int = 10


class Attempt(NamedTuple):
    """What a run of the command printed, and when, in seconds."""

    output: str
    first_at: float
    ended_at: float
    cpu: float
    """CPU seconds of the process."""

    @property
    def estimate(self) -> int:
        """The number of requests that it announced."""
        match = re.search(r"about ([0-9,]+) requests", self.output)
        return int(match[1].replace(",", "")) if match else 0


class NumberKey(NamedTuple):
    """What a number of a report is of."""

    measure: str
    service: str
    repository: str
    environment: str
    kind: str
    """The kind of the period, such as `week`."""
    period: str


def run() -> list[Result]:
    """Read the repository once, with latency and limits."""
    fake = FakeGitHub(token="t")  # noqa: S106 (accepted by the fake only)
    repository = fake.state.repository(NAME)
    add_history(repository, Size())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store_webhooks(fake, repository, folder / "webhooks", set(), received_at=now())
        before = fake.requests
        fake.delay, fake.limits = _LATENCY, RateLimits()
        with serve(fake) as url:
            attempt = attempt_once(folder, url)
            requests = fake.requests - before
            attempt_once(folder, url)
        of_second_run = fake.requests - before - requests
        differing = list(differences(numbers(folder, "webhooks"), numbers(folder, FOLDER)))
    for line in differing[:20]:
        print(line)  # noqa: T201 (what a broken promise is about)
    return [
        Result("until the first numbers", attempt.first_at, "s", 120),
        Result("until all numbers and the dashboard", attempt.ended_at, "s", 360),
        Result("CPU time of the command", attempt.cpu, "s"),
        Result("requests", requests, ""),
        Result("requests ÷ estimate", requests / attempt.estimate, "", 1.1),
        Result("requests of a second run", of_second_run, "", 50),
        Result("requests that GitHub refused", fake.limits.refused, "", 0),
        Result("numbers that differ from those of webhooks", len(differing), "", 0),
    ]


def add_history(repository: Repository, size: Size) -> None:
    """Add pull requests with runs of their head and of their merge, deployments, and incidents; one pull request in ten is a bot's."""
    begin = now() // DAY * DAY - 80 * DAY
    for number in range(1, size.pulls + 1):
        at = begin + number * (79 * DAY // size.pulls) // _MINUTE * _MINUTE
        pull = add_pull(repository, number, at)
        if number % 10 == 0:
            pull["user"] = {"login": "renovate[bot]", "id": 1, "type": "Bot"}
            commit = Commit(sha(f"b{number}"), at - HOUR, at - HOUR, "renovate[bot]")
            repository.pulls[number] = PullRequest([commit], repository.pulls[number].files)
        add_review(repository, number, 50_000 + number, at - HOUR)
        conclusion = "failure" if number % 9 == 0 else "success"
        add_run(repository, 2 * number, at - 2 * HOUR, conclusion=conclusion, commit=pull["head"]["sha"])
        add_run(repository, 2 * number + 1, at + _MINUTE, commit=pull["merge_commit_sha"])
    for number in range(1, size.deployments + 1):
        state, at = "failure" if number % 9 == 0 else "success", begin + number * (79 * DAY // size.deployments)
        add_deployment(repository, number, at, state, ("staging", "production")[number % 2])
    for number in range(1, size.incidents + 1):
        at = begin + number * 7 * DAY
        add_issue(repository, 10_000 + number, at, "incident", ("closed", at + HOUR))


def attempt_once(folder: Path, url: str) -> Attempt:
    """Run `telemetry try` as a process with an empty HOME. Raises RuntimeError if it fails."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1"}
    environment |= {"GITHUB_API_URL": url, "GITHUB_TOKEN": "t"}
    begun, lines, first_at, cpu = time.monotonic(), [], nan, cpu_of_children()
    command = [sys.executable, "-m", "cli", "try", NAME]
    with subprocess.Popen(  # noqa: S603 (this program)
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if isnan(first_at) and line.startswith("Deployment frequency"):
                first_at = time.monotonic() - begun
    if process.returncode:
        raise RuntimeError("".join(lines))
    return Attempt("".join(lines), first_at, time.monotonic() - begun, cpu_of_children() - cpu)


def numbers(folder: Path, source: str) -> dict[NumberKey, object]:
    """Return the numbers of a folder's report; see `by_name`."""
    command = [sys.executable, "-m", "cli", "report", source, "--format", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(  # noqa: S603 (this program)
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return by_name(done.stdout)


def by_name(report: str) -> dict[NumberKey, object]:
    """Return each number of a JSON report with its coverage, by what it is of."""
    return {
        NumberKey(*(str(number.get(name)) for name in NumberKey._fields)): number
        for number in json.loads(report)["numbers"]
    }


def differences(expected: Mapping[NumberKey, object], actual: Mapping[NumberKey, object]) -> Iterator[str]:
    """Yield a line for each number that is not the same; a trial has no numbers of the periods that it read in part."""
    periods = {(key.kind, key.period) for key in actual}
    for key in sorted(expected.keys() | actual.keys()):
        if (key.kind, key.period) in periods and expected.get(key) != actual.get(key):
            yield f"{'/'.join(key)}: {expected.get(key)} != {actual.get(key)}"
