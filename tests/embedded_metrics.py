"""Reads metrics from log lines as CloudWatch does; refuses what violates its embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import re
from collections.abc import Mapping
from typing import Any

Metric = tuple[str, str, str, dict[str, str], float]
"""Namespace, name, unit, dimensions and value."""
_RATES = "Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits|Count"
_UNITS = re.compile(rf"Seconds|Microseconds|Milliseconds|Percent|None|({_RATES})(/Second)?")
_MOST_DIMENSIONS = 30
_MOST_METRICS = 100


def metrics(line: Mapping[str, Any]) -> list[Metric]:
    """Return the metrics of a line, one for each directive, dimension set and definition; empty if it has none."""
    if "_aws" not in line:
        return []
    metadata = line["_aws"]
    assert isinstance(metadata["Timestamp"], int), "the time is UNIX milliseconds, an integer"
    return [
        metric
        for directive in metadata["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in _metrics(line, directive, dimensions)
    ]


def _metrics(line: Mapping[str, Any], directive: Mapping[str, Any], dimensions: list[str]) -> list[Metric]:
    assert set(directive) == {"Namespace", "Dimensions", "Metrics"}, "a directive has exactly these members"
    assert 1 <= len(directive["Namespace"]) <= 255
    assert len(dimensions) <= _MOST_DIMENSIONS
    assert len(directive["Metrics"]) <= _MOST_METRICS
    values = {name: line[name] for name in dimensions}
    assert all(isinstance(value, str) and value for value in values.values()), "a dimension's target is a string"
    return [_metric(line, directive["Namespace"], definition, values) for definition in directive["Metrics"]]


def _metric(
    line: Mapping[str, Any], namespace: str, definition: Mapping[str, Any], dimensions: dict[str, str]
) -> Metric:
    assert set(definition) <= {"Name", "Unit", "StorageResolution"}
    value = line[definition["Name"]]
    assert isinstance(value, int | float), "a metric's target is a number of the root node"
    assert not isinstance(value, bool)
    assert _UNITS.fullmatch(definition["Unit"])
    return namespace, definition["Name"], definition["Unit"], dimensions, value
