import json
from typing import Any

import pytest

from docs.resource_counts import counts


def planned(example: str, *changes: tuple[str, str, dict[str, Any]]) -> str:
    resources = [
        {"mode": "managed", "type": kind, "address": address, "change": {"after": values}}
        for kind, address, values in changes
    ]
    return json.dumps({"@testrun": example, "test_plan": {"resource_changes": resources}})


def alarm(job: str) -> tuple[str, str, dict[str, Any]]:
    values = {"namespace": "Telemetry", "metric_name": "JobSucceeded", "dimensions": {"Job": job}}
    return "aws_cloudwatch_metric_alarm", "module.telemetry.aws_cloudwatch_metric_alarm.this", values


def policy(**condition: Any) -> tuple[str, str, dict[str, Any]]:
    return "google_monitoring_alert_policy", "google_monitoring_alert_policy.this", {"conditions": [condition]}


def test_resources_are_counted_by_type_and_metrics_by_their_dimensions() -> None:
    found = counts([planned("full", alarm("a"), alarm("a"), alarm("b"))])
    assert found == {"full": {"aws_cloudwatch_metric_alarm": 3, "custom metrics": 2}}


def test_evaluations_of_a_query_and_of_a_threshold_are_counted() -> None:
    query = policy(condition_prometheus_query_language=[{"evaluation_interval": "300s"}])
    found = counts([planned("full", policy(condition_threshold=[{}]), query)])["full"]
    assert (found["alert conditions"], found["alert evaluations per hour"]) == (2, 120 + 12)


def test_an_example_that_cannot_be_planned_is_an_error() -> None:
    line = {"@level": "error", "@message": "Error: Invalid value", "diagnostic": {"detail": "runtime is wrong"}}
    with pytest.raises(ValueError, match="Invalid value: runtime is wrong"):
        counts([json.dumps(line)])
