"""Prepares an emulator's state on disk: makes it private and deletes tokens that earlier versions stored there."""

import json
from pathlib import Path
from typing import Any

from core.secrets_cache import APP_KEY, DATA_TOKEN, SOURCE_TOKEN
from runtimes.local.state_folder import make_files_private

TOKENS = (SOURCE_TOKEN, DATA_TOKEN, APP_KEY)
"""Secrets of the worker, which reads them in its own process; no emulator stores them."""
_FOLDER = "emulator"
_BEFORE = "emulator-4566"
"""The folder in which versions before 0.1.0 stored the queues of LocalStack's port."""


def prepare(state: Path, *, keep_tokens: bool = False) -> Path:
    """Return the folder of the queues and parameters; migrate an earlier version's folder and delete its tokens."""
    folder, before = state / _FOLDER, state / _BEFORE
    if before.is_dir() and not folder.exists():
        before.rename(folder)
    for path in state.glob(f"{_FOLDER}*"):
        if path.is_dir():
            make_files_private(path)
            if not keep_tokens:
                _delete_tokens(path / "ssm.json")
    return folder


def _delete_tokens(path: Path) -> None:
    """Delete every parameter that holds a token; delete a file that is not JSON, since it may hold one."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return
    except ValueError:
        path.unlink()
        return
    cleaned = _without_tokens(content)
    if cleaned != content:
        path.write_text(json.dumps(cleaned))


def _without_tokens(value: Any) -> Any:
    """Remove members whose key contains a token's name, at any depth: MiniStack keys parameters by account and region."""
    if isinstance(value, dict):
        return {
            key: _without_tokens(member)
            for key, member in value.items()
            if not any(f"/{token}" in key for token in TOKENS)
        }
    if isinstance(value, list):
        return [_without_tokens(member) for member in value]
    return value
