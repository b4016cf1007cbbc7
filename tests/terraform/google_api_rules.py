"""Runs the stand-in of hashicorp/google with rules of Google's APIs that it lacks. The mirror's own Python runs this file.

The stand-in knows the provider's schema, and keeps objects as files. What an API refuses at apply is added here, each rule with
its source. Arguments: the stand-in's folder, its data file.
"""

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_UNKNOWN_FOR = 600
"""Seconds after its creation in which a log-based metric is unknown to alert policies."""
_AGENT = re.compile(r"serviceAccount:(service-\d+@(?:gcp-sa-)?([\w-]+)\.iam\.gserviceaccount\.com)")
_STORAGE = "gs-project-accounts"
SERVICE_AGENTS = "service-agents"
"""File beside the cloud's objects: the services whose agents exist, one a line. Without the file all exist."""
NO_ALL_USERS = "no-all-users"
"""File beside the cloud's objects: an organization policy forbids allUsers."""
_USER_METRIC = re.compile(r"logging\.googleapis\.com/user/([\w.-]+)")


def refusals(kind: str, planned: dict[str, Any], cloud: Path) -> Iterator[str]:
    """Yield why the API refuses an object; `cloud` has the objects that exist, a file each."""
    if kind == "google_monitoring_alert_policy":
        yield from _unknown_metrics(planned, cloud)
    if kind.endswith("_iam_member"):
        yield from _unknown_agents(planned["member"], cloud.parent / SERVICE_AGENTS)
        if planned["member"] == "allUsers" and (cloud.parent / NO_ALL_USERS).exists():
            yield (
                "400: One or more users named in the policy do not belong to a permitted customer, "
                "perhaps due to an organization policy."
            )


def _unknown_agents(member: str, existing: Path) -> Iterator[str]:
    """Refuse a service agent that the project does not have yet: https://cloud.google.com/iam/docs/service-agent-creation-delay."""
    agent = _AGENT.fullmatch(member)
    if not agent or not existing.exists():
        return
    service = "storage" if agent[2] == _STORAGE else agent[2]
    if f"{service}.googleapis.com" not in existing.read_text().splitlines():
        yield f"400: Service account {agent[1]} does not exist."


def _unknown_metrics(planned: dict[str, Any], cloud: Path) -> Iterator[str]:
    """Refuse a condition on a log-based metric of the last ten minutes, unless it is PromQL that is not validated.

    https://github.com/hashicorp/terraform-provider-google/issues/11102
    """
    for condition in planned.get("conditions") or []:
        for kind in ("condition_threshold", "condition_absent"):
            for block in condition.get(kind) or []:
                yield from _unknown(_USER_METRIC.findall(block.get("filter") or ""), cloud)
        for block in condition.get("condition_prometheus_query_language") or []:
            if not block.get("disable_metric_validation"):
                names = re.findall(r"logging_googleapis_com:user_(\w+)", block.get("query") or "")
                yield from _unknown([name.replace("_", "?") for name in names], cloud)


def _unknown(names: list[str], cloud: Path) -> Iterator[str]:
    for name in names:
        created = [path.stat().st_mtime for path in cloud.glob(f"google_logging_metric__*{name}.json")]
        if not created or time.time() - min(created) < _UNKNOWN_FOR:
            metric = f'Cannot find metric(s) that match type = "logging.googleapis.com/user/{name}".'
            yield f"404: {metric} If a metric was created recently, it could take up to 10 minutes to become available."


def _add_rules(behaviour: Any) -> None:
    apply, folder = behaviour.apply, os.environ.get("TFSTUB_BACKEND")

    def apply_with_rules(engine: Any, kind: str, prior: Any, planned: dict[str, Any], *rest: Any) -> None:
        _, diagnostics, _ = rest  # the configuration, the diagnostics, the context
        for refusal in refusals(kind, planned, Path(folder) / "google") if folder else ():
            diagnostics.err(f"Error {'creating' if prior is None else 'updating'} {kind}: googleapi: Error {refusal}")
        if not diagnostics.failed:
            apply(engine, kind, prior, planned, *rest)

    behaviour.apply = apply_with_rules


if __name__ == "__main__":
    stand_in, data = sys.argv[1:]
    sys.path.insert(0, stand_in)
    import behave_google  # type: ignore[import-not-found]  # the stand-in's module, found on the path above
    from provider import main  # type: ignore[import-not-found]  # as above

    _add_rules(behave_google)
    sys.exit(main(data))
