"""Writes CloudWatch metrics as log lines in the embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
import time
from typing import Any

NAMESPACE = "Telemetry"


def count(name: str, **dimensions: str) -> None:
    """Add one to the metric `name`; terraform/aws/alarms.tf watches it under the same dimensions."""
    sys.stdout.write(json.dumps(embedded(name, 1, "Count", **dimensions), separators=(",", ":")) + "\n")


def embedded(name: str, value: float, unit: str, **dimensions: str) -> dict[str, Any]:
    """Return the members that make a JSON line a metric. CloudWatch reads them from lines of standard output.

    `unit` is one of https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html.
    """
    metric = {"Namespace": NAMESPACE, "Dimensions": [sorted(dimensions)], "Metrics": [{"Name": name, "Unit": unit}]}
    metadata = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]}
    return {"_aws": metadata, **dimensions, name: value}
