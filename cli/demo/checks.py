"""Generates the CI events of a commit: workflow jobs and their check suite."""

from typing import NamedTuple

from cli.demo.payloads import around, check_suite, workflow_job
from cli.demo.pull_request_payloads import checked_pull_request
from cli.demo.scenario import HUGE, Scenario
from core.payload import Json
from fakes.github.serializers import iso
from fakes.github.state import Repository


class Job(NamedTuple):
    """A workflow job."""

    name: str
    steps: tuple[str, ...]
    minutes: tuple[float, float]

    @property
    def about_tests(self) -> bool:
        """Return whether this is a test job; independent of the metric, which the demo verifies."""
        return self.name not in {"build", "lint"}


class Run(NamedTuple):
    """A workflow run for one commit."""

    repository: Repository
    sha: str
    branch: str
    id: int


JOBS = (
    Job("build", ("Set up job", "Check out", "Build the image", "Complete job"), (2, 6)),
    Job("lint", ("Set up job", "Check out", "Lint", "Complete job"), (0.5, 2)),
    Job("unit tests (3.12)", ("Set up job", "Check out", "Run unit tests", "Upload the report"), (2, 8)),
    Job(
        "e2e-tests (cypress)", ("Set up job", "Check out", "Start the shop", "Run cypress", "Post Run cypress"), (4, 15)
    ),
)
_JOBS_BY_REPOSITORY = {"octo-org/storefront": JOBS, "octo-org/payments": JOBS[:3], "octo-org/infrastructure": JOBS[1:3]}
_OUTCOMES = ("success",) * 14 + ("failure",) * 2 + ("cancelled", "skipped")


def run(scenario: Scenario, repository: Repository, sha: str, at: int, pull_request: Json | None = None) -> int:
    """Generate all jobs of a commit and its check suite; return the end time (UNIX ms)."""
    branch = "main" if pull_request is None else pull_request["head"]["ref"]
    workflow_run = Run(repository, sha, branch, scenario.id())
    jobs = _JOBS_BY_REPOSITORY[repository.full_name]
    end_times = [_job(scenario, workflow_run, job, at + scenario.minutes(0.1, 1)) for job in jobs]
    ended = max(end_times) + 2000
    fork = pull_request is not None and scenario.chance(0.1)
    pull_requests = [] if pull_request is None or fork else [checked_pull_request(repository, pull_request)]
    fields: Json = {
        "head_branch": None if fork else branch,
        "pull_requests": pull_requests,
        "latest_check_runs_count": len(jobs),
    }
    fields["conclusion"] = scenario.random.choice(("success",) * 6 + ("failure", "cancelled", None))
    suite = check_suite(repository, scenario.id(), sha, at, ended, **fields)
    payload = around(repository, scenario.person(), "completed") | {"check_suite": suite}
    scenario.send("check_suite", payload, ended, "check-suite")
    return ended


def _job(scenario: Scenario, run: Run, job: Job, at: int) -> int:
    """Generate a job, with a second attempt after some failures; return the end time (UNIX ms)."""
    outcome = scenario.random.choice(_OUTCOMES)
    ended = _attempt(scenario, run, job, at, outcome)
    if outcome != "failure" or not scenario.chance(0.5):
        return ended
    second_outcome = scenario.random.choice(("success", "success", "failure"))
    return _attempt(scenario, run, job, ended + scenario.minutes(1, 10), second_outcome, attempt=2)


def _attempt(scenario: Scenario, run: Run, job: Job, at: int, outcome: str, attempt: int = 1) -> int:
    """Generate one attempt from queued to completed; return the end time (UNIX ms). A skipped job sends only `completed`."""
    id = HUGE + scenario.id() if scenario.chance(0.02) else scenario.id()
    begins = at + scenario.minutes(0.05, 0.5)
    ends = begins + (2000 if outcome == "skipped" else scenario.minutes(*job.minutes))
    fields: Json = {"name": job.name, "workflow_name": "CI", "head_branch": run.branch, "created_at": iso(at)}
    fields["run_attempt"] = attempt
    fields |= {"started_at": iso(at), "completed_at": None, "conclusion": None, "steps": []}
    if outcome != "skipped":
        no_runner = dict.fromkeys(("runner_id", "runner_name", "runner_group_id", "runner_group_name"))
        _send_job(scenario, run, "queued", at, fields | no_runner | {"id": id})
        fields["started_at"] = iso(begins)
        _send_job(scenario, run, "in_progress", begins, fields | {"id": id})
    fields |= {"started_at": iso(begins), "completed_at": iso(ends), "conclusion": outcome}
    done = fields | {"id": id, "steps": _steps(job, outcome, begins, ends)}
    _add_irregularities(scenario, done, outcome)
    _send_job(scenario, run, "completed", ends + 500, done, *_metrics(job))
    return ends


def _metrics(job: Job) -> tuple[str, ...]:
    return ("workflow-job", "test-coverage") if job.about_tests else ("workflow-job",)


def _send_job(scenario: Scenario, run: Run, action: str, at: int, fields: Json, *metrics: str) -> None:
    job = workflow_job(run.repository, run=run.id, sha=run.sha, **fields, status=action)
    payload = around(run.repository, scenario.person(), action) | {"workflow_job": job}
    scenario.send("workflow_job", payload, at, *metrics)


def _steps(job: Job, outcome: str, begins: int, ends: int) -> list[Json]:
    """Return the steps in sequence; the last step of a cancelled job is skipped and has no times, as at GitHub."""
    if outcome == "skipped":
        return []
    duration = (ends - begins) // len(job.steps)
    steps = []
    for number, name in enumerate(job.steps):
        first, last = begins + number * duration, begins + (number + 1) * duration
        step: Json = {"name": name, "status": "completed", "conclusion": "success", "number": number + 1}
        step |= {"started_at": iso(first), "completed_at": iso(last)}
        if outcome != "success" and number == len(job.steps) - 2:
            step["conclusion"] = outcome
        if outcome == "cancelled" and number == len(job.steps) - 1:
            step |= {"conclusion": "skipped", "started_at": None, "completed_at": None}
        steps.append(step)
    return steps


def _add_irregularities(scenario: Scenario, job: Json, outcome: str) -> None:
    """Add irregularities of recorded webhooks: no creation time, no workflow name, an end before the start, no steps."""
    if outcome == "skipped":
        job["steps"] = scenario.random.choice((None, []))
        job["started_at"], job["completed_at"] = job["completed_at"], job["started_at"]
    if scenario.chance(0.05):
        del job["created_at"]
    if scenario.chance(0.03):
        job["workflow_name"] = None
