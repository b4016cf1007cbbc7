"""Turn stored records into those of schema 1: without the fields that came later."""

import json
from pathlib import Path
from typing import Any

from core.backfill.new_fields import NEW_FIELDS


def make_older(folder: Path, **changes: Any) -> dict[Path, dict[str, Any]]:
    """Rewrite every record below the folder to schema 1, with changed fields, and return the records by path."""
    older = {}
    for path in sorted(folder.rglob("*.json")):
        record = json.loads(path.read_text())
        if "_system" not in path.parts and record["metric_signature"] in NEW_FIELDS:
            for name in NEW_FIELDS[record["metric_signature"]].names():
                remove(record["output"], name)
            older[path] = {**record, "schema": 1, **changes}
            path.write_text(json.dumps(older[path], separators=(",", ":")) + "\n")
    return older


def remove(value: Any, path: str) -> None:
    """Delete a field, such as `changes.commits[].sha`, wherever it is."""
    name, _, rest = path.partition(".")
    key = name.removesuffix("[]")
    if not isinstance(value, dict) or key not in value:
        return
    if not rest:
        del value[key]
    elif name.endswith("[]"):
        for item in value[key] or ():
            remove(item, rest)
    else:
        remove(value[key], rest)


def absent(old: Any, new: Any, path: str = "") -> set[str]:
    """Return the fields that the new value has and the old one lacks, at every depth."""
    if isinstance(old, dict) and isinstance(new, dict):
        own = {f"{path}{name}" for name in new.keys() - old.keys()}
        return own.union(*(absent(old[name], new[name], f"{path}{name}.") for name in new.keys() & old.keys()))
    if isinstance(old, list) and isinstance(new, list):
        inner = f"{path.removesuffix('.')}[]."
        return set().union(*(absent(*pair, inner) for pair in zip(old, new, strict=True)))
    return set()


def without_new(new: Any, old: Any) -> Any:
    """Return the parts of a value that the old value has, at every depth."""
    if isinstance(new, dict) and isinstance(old, dict):
        return {name: without_new(new[name], value) for name, value in old.items()}
    if isinstance(new, list) and isinstance(old, list):
        return [without_new(*pair) for pair in zip(new, old, strict=True)]
    return new


def remove_later_fields(output: dict[str, Any]) -> None:
    """Delete the fields that no event has, which a backfill fills in records of any age."""
    for path in LATER:
        remove(output, path)


LATER = (
    "run_event",
    "workflow_path",
    "changes.commits[].number_kind",
    "commits.commit_timestamps[].number_kind",
)
