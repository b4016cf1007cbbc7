import pytest

from core.errors import TelemetryError
from runtimes.aws import schedule
from tests.unit.core.jobs.test_survey_tooling import GitHub, services


def test_a_job_is_run_by_its_name() -> None:
    job_services, queue, _ = services(GitHub(), watched_repositories="octo-org/a")
    assert schedule.respond({"job": "survey_tooling"}, job_services) == {"job": "survey_tooling", "done": 1}
    assert len(queue) == 1


@pytest.mark.parametrize("event", [{}, {"job": "nothing"}, {"job": None}, {"job": ["survey_tooling"]}])
def test_an_unknown_job_is_an_error_that_lists_the_jobs(event: dict[str, object]) -> None:
    job_services, _, _ = services(GitHub())
    with pytest.raises(TelemetryError, match="survey_tooling"):
        schedule.respond(event, job_services)


def test_an_unfinished_job_is_an_error() -> None:
    job_services, queue, lines = services(GitHub(), watched_repositories="octo-org/a")
    queue.out = True
    with pytest.raises(TelemetryError, match="0 done, 1 left"):
        schedule.respond({"job": "survey_tooling"}, job_services)
    assert '"outcome": "unfinished"' in str(lines)
