"""What an emulator keeps on disk between two starts: made private, and without the tokens that earlier versions put there."""

import json
from pathlib import Path
from typing import Any

from core.secrets_cache import APP_KEY, DATA_TOKEN, SOURCE_TOKEN
from runtimes.local.state_folder import make_files_private

TOKENS = (SOURCE_TOKEN, DATA_TOKEN, APP_KEY)
"""Secrets of the worker: it reads them in its own process, and no emulator holds them."""
_FOLDER = "emulator"
_BEFORE = "emulator-4566"
"""Where versions before 0.1.0 kept the queues of LocalStack's port."""


def prepare(state: Path, *, keep_tokens: bool = False) -> Path:
    """Return the folder of the queues and parameters; an earlier version's is taken over, its tokens are deleted."""
    folder, before = state / _FOLDER, state / _BEFORE
    if before.is_dir() and not folder.exists():
        before.rename(folder)
    for each in state.glob(f"{_FOLDER}*"):
        if each.is_dir():
            make_files_private(each)
            if not keep_tokens:
                _delete_tokens(each / "ssm.json")
    return folder


def _delete_tokens(path: Path) -> None:
    """Delete every parameter that holds a token; a file that is not JSON goes as a whole, since it may hold one."""
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
    """Leave out each member whose name contains a token's, at any depth: MiniStack keys parameters by account and region."""
    if isinstance(value, dict):
        return {
            key: _without_tokens(member)
            for key, member in value.items()
            if not any(f"/{token}" in key for token in TOKENS)
        }
    if isinstance(value, list):
        return [_without_tokens(member) for member in value]
    return value
