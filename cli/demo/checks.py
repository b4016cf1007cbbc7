"""What continuous integration does for a commit: jobs, as they go, and the check suite at their end."""

from typing import NamedTuple

from cli.demo.payloads import around, check_suite, workflow_job
from cli.demo.pull_request_payloads import checked_pull_request
from cli.demo.scenario import HUGE, Scenario
from core.payload import Json
from fakes.github.serializers import iso
from fakes.github.state import Repository


class Job(NamedTuple):
    """What a workflow runs."""

    name: str
    steps: tuple[str, ...]
    minutes: tuple[float, float]

    @property
    def about_tests(self) -> bool:
        """Said here, and not asked of the metric: the demo's numbers are counted without it."""
        return self.name not in {"build", "lint"}


class Run(NamedTuple):
    """A workflow's run of one commit."""

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
_OF = {"octo-org/storefront": JOBS, "octo-org/payments": JOBS[:3], "octo-org/infrastructure": JOBS[1:3]}
_OUTCOMES = ("success",) * 14 + ("failure",) * 2 + ("cancelled", "skipped")


def run(scene: Scenario, repository: Repository, sha: str, at: int, pull: Json | None = None) -> int:
    """All jobs of a commit, and its check suite; when they ended."""
    branch = "main" if pull is None else pull["head"]["ref"]
    this = Run(repository, sha, branch, scene.id())
    jobs = _OF[repository.full_name]
    ends = [_job(scene, this, job, at + scene.minutes(0.1, 1)) for job in jobs]
    ended = max(ends) + 2000
    fork = pull is not None and scene.chance(0.1)
    pulls = [] if pull is None or fork else [checked_pull_request(repository, pull)]
    told: Json = {"head_branch": None if fork else branch, "pull_requests": pulls, "latest_check_runs_count": len(jobs)}
    told["conclusion"] = scene.random.choice(("success",) * 6 + ("failure", "cancelled", None))
    suite = check_suite(repository, scene.id(), sha, at, ended, **told)
    payload = around(repository, scene.person(), "completed") | {"check_suite": suite}
    scene.send("check_suite", payload, ended, "check-suite")
    return ended


def _job(scene: Scenario, run: Run, job: Job, at: int) -> int:
    """One job, and where it fails by chance, as somebody hopes, once more; when it ended."""
    outcome = scene.random.choice(_OUTCOMES)
    ended = _attempt(scene, run, job, at, outcome)
    if outcome != "failure" or not scene.chance(0.5):
        return ended
    again = scene.random.choice(("success", "success", "failure"))
    return _attempt(scene, run, job, ended + scene.minutes(1, 10), again, number=2)


def _attempt(scene: Scenario, run: Run, job: Job, at: int, outcome: str, number: int = 1) -> int:
    """From its queue to its end; when that was. A skipped one is only told of when it is."""
    id = HUGE + scene.id() if scene.chance(0.02) else scene.id()
    begins = at + scene.minutes(0.05, 0.5)
    ends = begins + (2000 if outcome == "skipped" else scene.minutes(*job.minutes))
    told: Json = {"name": job.name, "workflow_name": "CI", "head_branch": run.branch, "created_at": iso(at)}
    told["run_attempt"] = number
    told |= {"started_at": iso(at), "completed_at": None, "conclusion": None, "steps": []}
    if outcome != "skipped":
        nobody = dict.fromkeys(("runner_id", "runner_name", "runner_group_id", "runner_group_name"))
        _tell(scene, run, "queued", at, told | nobody | {"id": id})
        told["started_at"] = iso(begins)
        _tell(scene, run, "in_progress", begins, told | {"id": id})
    told |= {"started_at": iso(begins), "completed_at": iso(ends), "conclusion": outcome}
    done = told | {"id": id, "steps": _steps(job, outcome, begins, ends)}
    _odd(scene, done, outcome)
    _tell(scene, run, "completed", ends + 500, done, *_metrics(job))
    return ends


def _metrics(job: Job) -> tuple[str, ...]:
    return ("workflow-job", "test-coverage") if job.about_tests else ("workflow-job",)


def _tell(scene: Scenario, run: Run, action: str, at: int, told: Json, *metrics: str) -> None:
    job = workflow_job(run.repository, run=run.id, sha=run.sha, **told, status=action)
    payload = around(run.repository, scene.person(), action) | {"workflow_job": job}
    scene.send("workflow_job", payload, at, *metrics)


def _steps(job: Job, outcome: str, begins: int, ends: int) -> list[Json]:
    """One after the other; what comes after a failure is skipped, and has no times where GitHub gives none."""
    if outcome == "skipped":
        return []
    each = (ends - begins) // len(job.steps)
    steps = []
    for number, name in enumerate(job.steps):
        first, last = begins + number * each, begins + (number + 1) * each
        told: Json = {"name": name, "status": "completed", "conclusion": "success", "number": number + 1}
        told |= {"started_at": iso(first), "completed_at": iso(last)}
        if outcome != "success" and number == len(job.steps) - 2:
            told["conclusion"] = outcome
        if outcome == "cancelled" and number == len(job.steps) - 1:
            told |= {"conclusion": "skipped", "started_at": None, "completed_at": None}
        steps.append(told)
    return steps


def _odd(scene: Scenario, job: Json, outcome: str) -> None:
    """What recorded webhooks have: no creation time, no workflow's name, an end before the start, no list of steps."""
    if outcome == "skipped":
        job["steps"] = scene.random.choice((None, []))
        job["started_at"], job["completed_at"] = job["completed_at"], job["started_at"]
    if scene.chance(0.05):
        del job["created_at"]
    if scene.chance(0.03):
        job["workflow_name"] = None
