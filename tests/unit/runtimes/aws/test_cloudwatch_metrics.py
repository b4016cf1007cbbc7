"""Tests that metric log lines and the alarms that watch them have the same names and dimensions."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from runtimes.aws import cloudwatch_metrics
from tests.embedded_metrics import metrics

ALARMS = (Path(__file__).parents[4] / "terraform" / "aws" / "alarms.tf").read_text()


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(capsys.readouterr().out)
    return line


def test_a_count_is_a_line_of_the_embedded_metric_format(capsys: pytest.CaptureFixture[str]) -> None:
    cloudwatch_metrics.count("JobSucceeded", Environment="prod", Job="survey_tooling")
    line = printed(capsys)
    assert metrics(line) == [
        ("Telemetry", "JobSucceeded", "Count", {"Environment": "prod", "Job": "survey_tooling"}, 1)
    ]
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "Telemetry",
        "Dimensions": [["Environment", "Job"]],
        "Metrics": [{"Name": "JobSucceeded", "Unit": "Count"}],
    }
    assert (line["JobSucceeded"], line["Environment"], line["Job"]) == (1, "prod", "survey_tooling")
    assert line["_aws"]["Timestamp"] > 1_700_000_000_000


@pytest.mark.parametrize(
    ("metric", "dimensions"),
    [
        ("EventAge", {"Environment": "prod"}),
        ("Unavailable", {"Environment": "prod"}),
        ("JobSucceeded", {"Environment": "prod", "Job": "survey_tooling"}),
    ],
)
def test_an_alarm_watches_the_metric_that_the_code_prints(
    metric: str, dimensions: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    cloudwatch_metrics.count(metric, **dimensions)
    [directive] = printed(capsys)["_aws"]["CloudWatchMetrics"]
    before, _, after = ALARMS.partition(f'"{metric}"')
    watched = re.search(r"dimensions\s*=\s*\{([^}]*)\}", after)
    assert watched is not None
    assert before.rstrip().endswith("metric =")
    assert f'namespace   = "{directive["Namespace"]}"' in before.splitlines()[-1]
    assert sorted(re.findall(r"(\w+)\s*=", watched[1])) == directive["Dimensions"][0]


def test_every_custom_metric_of_an_alarm_is_printed_by_the_code() -> None:
    watched = set(re.findall(r'namespace\s*=\s*"Telemetry"\s*,\s*metric\s*=\s*"(\w+)"', ALARMS))
    sources = "".join(path.read_text() for path in (Path(cloudwatch_metrics.__file__).parent).glob("*.py"))
    assert watched == set(re.findall(r'(?:cloudwatch_metrics\.count|= embedded)\("(\w+)"', sources))
