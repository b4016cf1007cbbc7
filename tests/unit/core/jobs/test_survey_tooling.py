from typing import Any

import pytest

from core.add_signature import add_signature
from core.errors import Unavailable
from core.events import TriggerEvent
from core.job import Report
from core.jobs import all_jobs
from core.jobs.survey_tooling import JOB, run
from core.message import decode
from core.metrics.tooling_usage import METRIC
from core.services import JobServices
from tests.builders import NOW, Clock, Lines, processing
from tests.memory_adapters import MemoryQueue


class GitHub:
    """Lists repositories."""

    def __init__(self, *repositories: dict[str, Any]) -> None:
        self.listed = repositories
        self.asked: list[str] = []

    def pages(self, path: str, *_: object) -> Any:
        self.asked.append(path)
        return iter(self.listed)

    def repositories(self, _: object = None) -> Any:
        return self.pages("/user/repos")

    def file(self, *_: object, **__: object) -> None:
        raise AssertionError


def listed(owner: str, name: str, id: int, **more: Any) -> dict[str, Any]:
    return {"id": id, "name": name, "owner": {"login": owner}, "archived": False, **more}


def services(
    github: GitHub, seconds_left: Any = lambda: 300.0, **options: Any
) -> tuple[JobServices, MemoryQueue, Lines]:
    clock, lines = Clock(), Lines()
    queue = MemoryQueue(clock.seconds)
    job_services = processing(None, github, queue=queue, clock=clock, lines=lines, **options)
    return JobServices(job_services, github, seconds_left), queue, lines


def queued(queue: MemoryQueue) -> list[Any]:
    return [decode(message.body) for message in queue.receive()]


def test_it_is_one_of_the_jobs() -> None:
    assert all_jobs()["survey_tooling"] == JOB


def test_every_watched_repository_gets_one_event_of_the_day() -> None:
    job_services, queue, _ = services(GitHub(), watched_repositories="octo-org/a,acme/b.c")
    assert run(job_services) == Report(2, 0)
    events = queued(queue)
    assert [event.payload for event in events] == [
        {"owner": "octo-org", "repo": "a", "day": "2026-11-24"},
        {"owner": "acme", "repo": "b.c", "day": "2026-11-24"},
    ]
    assert {(event.trigger_event_signature, event.collected_by, event.received_at) for event in events} == {
        ("deven::tooling-usage", "schedule", NOW)
    }


def test_without_a_list_all_visible_repositories_but_archived_are_surveyed() -> None:
    github = GitHub(
        listed("octo-org", "a", 1), listed("octo-org", "old", 2, archived=True), listed("octo-org", "Telemetry-Data", 3)
    )
    job_services, queue, _ = services(github, repo_owner="octo-org", repo_name="telemetry-data")
    assert run(job_services) == Report(1, 0)
    assert github.asked == ["/user/repos"]
    assert [event.payload["repository_id"] for event in queued(queue)] == [1]


def test_its_events_are_what_the_metric_listens_to() -> None:
    job_services, queue, _ = services(GitHub(listed("octo-org", "a", 1)))
    run(job_services)
    [event] = queued(queue)
    again = add_signature(TriggerEvent("deven", "tooling-usage", event.delivery_id, NOW, event.payload, "schedule"))
    assert again is not None
    assert again.trigger_event_signature == METRIC.trigger
    assert METRIC.key(event).day == "2026-11-24"


def test_the_same_day_names_the_same_deliveries() -> None:
    ids = []
    for _ in range(2):
        job_services, queue, _ = services(GitHub(), watched_repositories="octo-org/a")
        run(job_services)
        ids += [event.delivery_id for event in queued(queue)]
    assert ids == ["survey-tooling-2026-11-24-octo-org-a"] * 2


def test_it_ends_before_its_time_and_says_where() -> None:
    remaining = iter([100.0, 20.0, 14.0])
    job_services, queue, lines = services(GitHub(), lambda: next(remaining), watched_repositories="o/a,o/b,o/c")
    assert run(job_services) == Report(2, 1)
    assert len(queue) == 2
    assert "stopped before o/c" in str(lines)


def test_a_queue_that_is_out_leaves_the_repositories_for_the_next_run() -> None:
    job_services, queue, lines = services(GitHub(), watched_repositories="o/a,o/b")
    queue.out = True
    assert run(job_services) == Report(0, 2)
    assert "o/b" in str(lines)


def test_an_invalid_name_is_logged_and_does_not_affect_others() -> None:
    job_services, queue, lines = services(GitHub(listed("octo-org", "..", 7), listed("-Jerry-", "shop", 8)))
    assert run(job_services) == Report(1, 0)
    assert [event.payload["owner"] for event in queued(queue)] == ["-Jerry-"]
    assert "repository 7: its name is invalid" in str(lines)


def test_an_unreadable_list_is_reported() -> None:
    class Out(GitHub):
        def pages(self, *_: object) -> Any:
            raise Unavailable("the source token is not valid")

    job_services, _, _ = services(Out())
    with pytest.raises(Unavailable):
        run(job_services)
