import json
from typing import Any

import pytest

from runtimes.gcp import schedule
from tests.unit.core.jobs.test_survey_tooling import GitHub, services


def respond(body: bytes, made: Any) -> tuple[dict[str, Any], int]:
    told: list[float] = []

    def scheduling(seconds_left: Any) -> Any:
        told.append(seconds_left())
        return made

    answer, status, headers = schedule.respond(body, scheduling)
    assert headers == {"Content-Type": "application/json"}
    assert 270 < told[0] <= 280
    return json.loads(answer), status


def test_a_job_is_run_by_its_name() -> None:
    made, queue, _ = services(GitHub(), watched_repositories="octo-org/a")
    assert respond(b'{"job":"survey_tooling"}', made) == ({"status": "done", "job": "survey_tooling", "done": 1}, 200)
    assert len(queue) == 1


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"job":"nothing"}', b'{"job":null}', b'{"job":["survey_tooling"]}', b"[]"]
)
def test_a_job_that_there_is_not_is_an_error_that_names_those_there_are(body: bytes) -> None:
    told, status = respond(body, services(GitHub())[0])
    assert (status, told["status"]) == (400, "error")
    assert "survey_tooling" in told["reason"]


def test_a_body_that_is_no_json() -> None:
    assert respond(b"{", services(GitHub())[0]) == ({"status": "error", "reason": "the body is no JSON"}, 400)


def test_a_job_with_something_left_is_no_success_and_logged() -> None:
    made, queue, lines = services(GitHub(), watched_repositories="octo-org/a")
    queue.out = True
    told, status = respond(b'{"job":"survey_tooling"}', made)
    assert (status, told["status"]) == (500, "error")
    assert "0 done, 1 left" in told["reason"]
    assert '"outcome": "failed"' in str(lines)
