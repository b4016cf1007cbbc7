import json
from typing import Any

import pytest

from runtimes.gcp import schedule
from tests.unit.core.jobs.test_survey_tooling import GitHub, services


def respond(body: bytes, job_services: Any) -> tuple[dict[str, Any], int]:
    limits: list[float] = []

    def scheduling(seconds_left: Any) -> Any:
        limits.append(seconds_left())
        return job_services

    answer, status, headers = schedule.respond(body, scheduling)
    assert headers == {"Content-Type": "application/json"}
    assert 270 < limits[0] <= 280
    return json.loads(answer), status


def test_a_job_is_run_by_its_name() -> None:
    job_services, queue, _ = services(GitHub(), watched_repositories="octo-org/a")
    assert respond(b'{"job":"survey_tooling"}', job_services) == (
        {"status": "done", "job": "survey_tooling", "done": 1},
        200,
    )
    assert len(queue) == 1


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"job":"nothing"}', b'{"job":null}', b'{"job":["survey_tooling"]}', b"[]"]
)
def test_an_unknown_job_is_an_error_that_lists_the_jobs(body: bytes) -> None:
    body_fields, status = respond(body, services(GitHub())[0])
    assert (status, body_fields["status"]) == (400, "error")
    assert "survey_tooling" in body_fields["reason"]


def test_an_invalid_json_body_is_a_400() -> None:
    assert respond(b"{", services(GitHub())[0]) == ({"status": "error", "reason": "the body is no JSON"}, 400)


def test_an_unfinished_job_is_an_error_and_logged() -> None:
    job_services, queue, lines = services(GitHub(), watched_repositories="octo-org/a")
    queue.out = True
    body_fields, status = respond(b'{"job":"survey_tooling"}', job_services)
    assert (status, body_fields["status"]) == (500, "error")
    assert "0 done, 1 left" in body_fields["reason"]
    assert '"outcome": "failed"' in str(lines)
