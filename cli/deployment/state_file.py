"""Keeps a Terraform state from being ignored when STATE_BUCKET changes, and moves one from a file into the bucket.

`terraform init -reconfigure` ignores the earlier backend: https://developer.hashicorp.com/terraform/cli/commands/init. With an empty
state the next deployment would create all resources a second time, or fail because they exist.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.deployment.cloud import TargetError
from cli.deployment.target import Backend
from telemetry_functions.installation import instruction

NAME = "terraform.tfstate"
_MOVED = "terraform.tfstate.moved"


def check(folder: Path, backend: Backend | None, target: str) -> None:
    """Raise TargetError if this machine knows a state of the environment that `backend` (None: a file) does not hold.

    `folder` is the environment's state folder; Terraform's own folder in it names the backend of the last run.
    """
    has_file = _resources(_read(folder / NAME))
    if backend is not None and has_file:
        raise TargetError(
            f"STATE_BUCKET is set, but the state of this environment is the file {folder / NAME}: "
            f"`{instruction(f'state-{target}')}` moves it into the bucket"
        )
    record = folder / "terraform" / NAME
    last = _read(record).get("backend") or {}
    bucket = (last.get("config") or {}).get("bucket")
    if bucket and not has_file and (backend is None or f"bucket={bucket}" not in backend.arguments):
        raise TargetError(
            f"the state of this environment is in the bucket {bucket}: set STATE_BUCKET={bucket}; "
            f"if nothing is deployed with it, delete {record}"
        )


def move(folder: Path, pull: Callable[[], str], push: Callable[[Path], object]) -> Path | None:
    """Move the state file of `folder` into the backend, and return its new name; None without one. Raises TargetError.

    `pull` returns the state in the backend, as JSON, or an empty string; `push` sends a file there. The file is kept under
    another name.
    """
    path = folder / NAME
    if not _resources(_read(path)):
        return None
    with _locked(path) as local:
        remote = json.loads(pull() or "{}")
        is_copy = remote.get("lineage") == local["lineage"] and remote.get("serial", 0) >= local["serial"]
        if _resources(remote) and not is_copy:
            raise TargetError(
                f"both the bucket and the file {path} hold a state of this environment: keep the right one, and delete or rename the other"
            )
        if not is_copy:
            push(path)
        return path.rename(folder / _MOVED)


@contextmanager
def _locked(path: Path) -> Iterator[dict[str, Any]]:
    """Hold the lock that Terraform holds on a state file while it runs, an fcntl lock on the file itself, and yield its content.

    A process loses such a lock when it closes any descriptor of the file, so nothing else here may open it meanwhile.
    """
    import fcntl  # noqa: PLC0415 (not on Windows, where `telemetry report` must start)

    with path.open("r+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise TargetError("another deployment of this environment still runs: wait for its end") from None
        yield json.load(file)


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file; empty without a file. Raises TargetError for a damaged one."""
    try:
        content = json.loads(path.read_text() or "{}")
    except FileNotFoundError:
        return {}
    except ValueError:
        raise TargetError(f"{path} is not JSON: restore it from {path.name}.backup") from None
    return content if isinstance(content, dict) else {}


def _resources(state: dict[str, Any]) -> bool:
    return bool(state.get("resources"))
