from typing import Any

import pytest

from core.errors import MalformedPayload
from core.metric import CollectContext
from core.metrics._actions_run import LONGEST, CheckRun, WorkflowRun, bounded, check_run, workflow_name, workflow_run
from tests.builders import signed, webhook
from tests.unit.core.metrics.fakes import FakeGitHub

RUN = WorkflowRun(940463255, "Deploy", ".github/workflows/deploy.yml", "push", "main", 2)


def a_context() -> CollectContext:
    return CollectContext(FakeGitHub(), Any)  # type: ignore[arg-type]


def event(**changes: Any) -> Any:
    return signed("github::deployment_status", webhook("deployment_status", **changes))


def test_a_run_is_read_from_the_payload() -> None:
    assert workflow_run(event(), a_context()) == RUN


@pytest.mark.parametrize("run", [None, ..., {}, {"name": "Deploy"}])
def test_a_payload_without_a_run_names_none(run: Any) -> None:
    assert workflow_run(event(workflow_run=run), a_context()) is None


def test_a_run_without_its_details_has_nulls() -> None:
    assert workflow_run(event(workflow_run={"id": 7}, workflow=None), a_context()) == WorkflowRun(7, *[None] * 5)


def test_the_name_of_a_run_is_that_of_its_workflow_and_never_its_title() -> None:
    payload = event(workflow_run__name="Deploy #7: Greet everybody", workflow=None)

    assert workflow_name(payload, a_context()) is None
    assert "Greet" not in str(payload)


@pytest.mark.parametrize(
    "place", ["workflow_run__path", "workflow_run__head_branch", "workflow_run__event", "workflow__name"]
)
def test_a_long_text_is_cut_with_an_anomaly(place: str) -> None:
    context = a_context()

    run = workflow_run(event(**{place: "é" * (LONGEST + 1)}), context)

    assert run is not None
    assert "é" * LONGEST in run
    assert context.anomalies == ["text_truncated"]


def test_a_text_that_just_fits_stays() -> None:
    context = a_context()

    assert (bounded("x" * LONGEST, context), bounded(None, context), context.anomalies) == ("x" * LONGEST, None, [])


def test_a_job_is_the_check_run_with_its_name() -> None:
    assert check_run(event(), a_context()) == CheckRun(2832853777, "deploy to production")


@pytest.mark.parametrize("check", [None, ..., {}, {"name": "deploy"}])
def test_a_payload_without_a_check_run_names_none(check: Any) -> None:
    assert check_run(event(check_run=check), a_context()) is None


@pytest.mark.parametrize("repository", [None, {"id": 186853002}, {}])
def test_a_run_of_this_repository_has_its_job_named(repository: Any) -> None:
    job = check_run(event(workflow_run__repository=repository), a_context())

    assert job == CheckRun(2832853777, "deploy to production")


@pytest.mark.parametrize("changes", [{"workflow_run": None}, {"workflow_run__repository": {"id": 1}}])
def test_a_check_run_that_may_be_no_job_of_this_repository_is_an_id(changes: dict[str, Any]) -> None:
    assert check_run(event(**changes), a_context()) == CheckRun(2832853777, None)


@pytest.mark.parametrize("place", ["workflow_run", "check_run", "workflow"])
def test_what_is_no_object_is_malformed(place: str) -> None:
    with pytest.raises(MalformedPayload, match=f"^{place}: expected an object"):
        (check_run if place == "check_run" else workflow_run)(event(**{place: 7}), a_context())
