"""The part of services.toml that belongs to a random history."""

import random
from typing import Any


def team_settings(chance: random.Random, seed: int, kind: str) -> dict[str, Any]:
    """Return the tables of a history's own services and repositories."""
    repository, rule = f"octo-{seed}/shop", _rule(chance, kind)
    document: dict[str, Any] = {"repositories": {repository: rule}} if rule else {}
    if chance.random() < 0.1:
        document["environment_aliases"] = {f"shop-{seed}": "production"}
    choice = chance.random()
    if choice < 0.15 and kind == "statuses":
        document["services"] = {
            f"{part}-{seed}": {"repositories": [repository], "workflows": [f"Deploy {part}"], "paths": [f"{part}/**"]}
            for part in ("api", "web")
        }
    elif choice < 0.3:
        document["services"] = {f"api-{seed}": {"repositories": [repository], "incidents": [f"octo-{seed}/incidents"]}}
    elif choice < 0.4:
        document["services"] = {
            f"api-{seed}": {"repositories": [repository], "incidents": [f"octo-{seed}/incidents"]},
            f"web-{seed}": {"repositories": [f"octo-{seed}/cart"], "incidents": [f"octo-{seed}/incidents"]},
        }
    elif choice < 0.47 and kind == "statuses":
        code = {"repositories": [repository], "branch": "main"}
        document["services"] = {f"api-{seed}": {"repositories": [repository], "code": code}}
    return document


def _rule(chance: random.Random, kind: str) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    if kind == "workflow":
        table = {"kind": "workflow", "workflow": "Deploy", "branches": ["main"]}
        rule |= {"deployments": {**table, **chance.choice([{}, {"job": "deploy"}])}, "branch": "main"}
    elif kind == "releases":
        rule |= {"deployments": "releases", "branch": "main"}
    elif kind == "merges":
        rule |= {"deployments": "merges", "branch": "main"}
    elif chance.random() < 0.2:
        rule["deployments"] = {"kind": "statuses", "exclude": [{"event": "schedule"}]}
    if chance.random() < 0.2:
        rule["lead_time_from"] = chance.choice(["committed", "opened", "merged"])
    if chance.random() < 0.15:
        rule["failed_attempts"] = "count"
    if chance.random() < 0.15:
        rule |= {"failure_hours": 24, "hotfix_hours": 6}
    return rule
