"""Writes CloudWatch metrics as log lines in the embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
import time

NAMESPACE = "Telemetry"


def count(name: str, **dimensions: str) -> None:
    """Add one to the metric `name`; terraform/aws/alarms.tf watches it under the same dimensions."""
    names = sorted(dimensions)
    metric = {"Namespace": NAMESPACE, "Dimensions": [names], "Metrics": [{"Name": name, "Unit": "Count"}]}
    metadata = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]}
    sys.stdout.write(json.dumps({"_aws": metadata, **dimensions, name: 1}, separators=(",", ":")) + "\n")
