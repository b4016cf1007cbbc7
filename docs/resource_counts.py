"""Count the resources that the examples of terraform/examples create, for docs/COSTS.md.

`python -m docs.resource_counts` plans the examples with `terraform test`, which needs Terraform and its providers but no account, and writes
docs/resource_counts.json. A test compares the file with the plans.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "resource_counts.json"
CLOUDS = ("aws", "gcp")
FILTER = "-filter=tests/examples.tftest.hcl"
Counts = dict[str, int]
_FUNCTIONS = ("aws_lambda_function", "google_cloudfunctions2_function")
_SCHEDULES = ("aws_scheduler_schedule", "google_cloud_scheduler_job")
_THRESHOLD_SECONDS = 30
"""How often Cloud Monitoring executes a threshold condition: https://cloud.google.com/stackdriver/observability-pricing-examples."""


def counts(lines: Iterable[str]) -> dict[str, Counts]:
    """Return for each example the number of resources by type, from the output of `terraform test -json -verbose`.

    Raises ValueError with Terraform's message if an example cannot be planned.
    """
    found: dict[str, Counts] = {}
    for line in lines:
        event = json.loads(line)
        if event.get("@level") == "error":
            raise ValueError(f"{event['@message']}: {event.get('diagnostic', {}).get('detail', '')}")
        if "test_plan" in event:
            changes = [change for change in event["test_plan"]["resource_changes"] if change["mode"] == "managed"]
            found[event["@testrun"]] = dict(sorted((_types(changes) + _derived(changes)).items()))
    return found


def _types(changes: Iterable[Mapping[str, Any]]) -> Counter[str]:
    return Counter(change["type"] for change in changes)


def _derived(changes: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Count what is billed and is no resource: custom metrics of AWS, and executions of Google's alert conditions."""
    planned = [(change["type"], change["change"]["after"]) for change in changes]
    addresses = [(change["type"], change["address"]) for change in changes]
    metrics = {
        (values["metric_name"], json.dumps(values["dimensions"], sort_keys=True))
        for kind, values in planned
        if kind == "aws_cloudwatch_metric_alarm" and values["namespace"] == "Telemetry"
    }
    conditions = [
        condition
        for kind, values in planned
        if kind == "google_monitoring_alert_policy"
        for condition in values["conditions"]
    ]
    evaluations = sum(3600 // _seconds(condition) for condition in conditions)
    buckets = sum(1 for kind, values in planned if kind == "google_storage_bucket" and values.get("versioning"))
    keys = sum(1 for kind, values in planned if kind == "aws_sqs_queue" and values.get("kms_master_key_id"))
    keys += sum(1 for kind, values in planned if kind == "google_pubsub_topic" and values.get("kms_key_name"))
    derived = {
        "custom metrics": len(metrics),
        "alert conditions": len(conditions),
        "alert evaluations per hour": evaluations,
        "store buckets": buckets + sum(1 for kind, _ in planned if kind == "aws_s3_bucket"),
        "customer managed keys": min(keys, 1),
        "canaries": sum(1 for kind, address in addresses if kind in _FUNCTIONS and ".module.canary[" in address),
        "scheduled jobs": sum(1 for kind, address in addresses if kind in _SCHEDULES and f".{kind}.job[" in address),
    }
    return Counter({name: number for name, number in derived.items() if number})


def _seconds(condition: Mapping[str, Any]) -> int:
    queries = condition.get("condition_prometheus_query_language") or []
    return int(queries[0]["evaluation_interval"].removesuffix("s")) if queries else _THRESHOLD_SECONDS


def planned(cloud: str, plugins: str = "") -> dict[str, Counts]:
    """Plan the examples of a cloud in a copy; `plugins` is a mirror of providers. Raises ValueError with Terraform's message."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = copytree(ROOT / "terraform", Path(temporary, "terraform"), ignore=ignore_patterns(".terraform*"))
        folder = copy / cloud
        mirror = [f"-plugin-dir={plugins}"] if plugins else []
        _terraform(folder, "init", "-backend=false", "-input=false", "-no-color", *mirror)
        return counts(_terraform(folder, "test", "-json", "-verbose", FILTER).splitlines())


def _terraform(folder: Path, *arguments: str) -> str:
    command = ["terraform", f"-chdir={folder}", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "TF_CLI_CONFIG_FILE"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 (no user input)
    if done.returncode != 0 and "-json" not in arguments:
        raise ValueError(done.stderr.strip())
    return done.stdout


def main() -> int:
    """Write the counts; return the exit status."""
    found = {cloud: planned(cloud, os.environ.get("TF_PLUGIN_DIR", "")) for cloud in CLOUDS}
    FILE.write_text(json.dumps(found, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
