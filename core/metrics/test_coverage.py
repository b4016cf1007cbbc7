"""test-coverage: how a job's tests ended and how long they ran.

It measures test *runs*; the wire name is historic and has nothing to do with how much code the tests cover.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from core.events import SignedTriggerEvent
from core.metric import CollectContext, Metric
from core.metrics._conclusion import conclusion_of
from core.metrics._predicates import action_is
from core.metrics._steps import Step, step_of
from core.metrics._workflow_job import is_copy, workflow_job_key

_WORD = re.compile(r"[^\W\d_]+")
_ABOUT_TESTS = re.compile("test|jest|puppeteer|cypress|selenium|playwright|mocha|jasmine")
# English words that merely contain "test": whole ones, and beginnings of others
_NOT_ABOUT_TESTS = re.compile(
    "(?:la|grea|fas|shor|smar|brigh|ligh|tigh|nea|swee|sof|hot|wet|fit|flat|quie|stric|cu)test$"
    "|(?:con|at|pro|de)test|testament|testimon|testif"
)
_FAILED = frozenset({"failure", "timed_out"})


class Output(NamedTuple):
    """One completed job that has to do with tests."""

    id: int
    """The job's id."""
    conclusion: str | None
    """How the job ended."""
    is_job_name_about_test: bool
    """Whether the job's name is about tests."""
    is_workflow_name_about_test: bool
    """Whether the workflow's name is about tests."""
    has_failed_steps: bool
    """Whether a step about tests ran and failed; one that was skipped or cancelled, or whose runner was lost, did not fail."""
    total_tests_duration: int | None
    """Milliseconds of all steps about tests whose duration is known; null if there are steps but none is."""
    steps_about_test: list[Step]
    """The steps whose names are about tests."""
    head_branch: str | None
    """The branch that it ran on; null where GitHub did not tell."""
    is_copy: bool | None
    """Whether it is no test run of this attempt, but a copy of an earlier one, as in `workflow-job`; null where that is not
    known."""


@lru_cache(maxsize=4096)  # the same few names, thousands of times
def is_about_tests(name: str | None) -> bool:
    """Return whether one of the name's words (runs of letters) is about tests."""
    return name is not None and any(_word_is_about_tests(word) for word in _WORD.findall(name.lower()))


def _word_is_about_tests(word: str) -> bool:
    rest = _NOT_ABOUT_TESTS.sub("", word, count=1) if _NOT_ABOUT_TESTS.match(word) else word
    return word == "ava" or _ABOUT_TESTS.search(rest) is not None


def applies(event: SignedTriggerEvent) -> bool:
    """Select completed jobs if the name of the job, of its workflow or of a step is about tests."""
    if not action_is(event, "completed"):
        return False
    job = event.fields("workflow_job")
    names = (job.text_or_none("name"), job.text_or_none("workflow_name"))
    return any(map(is_about_tests, names)) or any(
        is_about_tests(step.text_or_none("name")) for step in job.children("steps")
    )


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload."""
    job = event.fields("workflow_job")
    about_tests = [step for step in job.children("steps") if is_about_tests(step.text_or_none("name"))]
    steps = [step_of(step, context) for step in about_tests]
    return Output(
        id=job.integer("id"),
        conclusion=conclusion_of(job, context),
        is_job_name_about_test=is_about_tests(job.text_or_none("name")),
        is_workflow_name_about_test=is_about_tests(job.text_or_none("workflow_name")),
        has_failed_steps=any(step.conclusion in _FAILED for step in steps),
        total_tests_duration=_total(steps),
        steps_about_test=steps,
        head_branch=job.text_or_none("head_branch"),
        is_copy=is_copy(job),
    )


def _total(steps: list[Step]) -> int | None:
    known = [step.duration for step in steps if step.duration is not None]
    return None if steps and not known else sum(known)


METRIC = Metric("test-coverage", "github::workflow_job", Output, applies, workflow_job_key, collect, versioned=True)
