import pytest

from core.errors import TelemetryError
from runtimes.aws import schedule
from tests.unit.core.jobs.test_survey_tooling import GitHub, services


def test_a_job_is_run_by_its_name() -> None:
    made, queue, _ = services(GitHub(), watched_repositories="octo-org/a")
    assert schedule.respond({"job": "survey_tooling"}, made) == {"job": "survey_tooling", "done": 1}
    assert len(queue) == 1


@pytest.mark.parametrize("event", [{}, {"job": "nothing"}, {"job": None}, {"job": ["survey_tooling"]}])
def test_a_job_that_there_is_not_is_an_error_that_names_those_there_are(event: dict[str, object]) -> None:
    made, _, _ = services(GitHub())
    with pytest.raises(TelemetryError, match="survey_tooling"):
        schedule.respond(event, made)


def test_a_job_with_something_left_is_no_success() -> None:
    made, queue, lines = services(GitHub(), watched_repositories="octo-org/a")
    queue.out = True
    with pytest.raises(TelemetryError, match="0 done, 1 left"):
        schedule.respond({"job": "survey_tooling"}, made)
    assert '"outcome": "unfinished"' in str(lines)
