"""Writes files atomically: an interrupted write leaves the previous file unchanged."""

import os
import tempfile
from pathlib import Path

from core.errors import TelemetryError


class NotWritten(TelemetryError):
    """Report a file that cannot be written; the message names the file and the cause."""


def write(path: Path, content: bytes) -> None:
    """Write a file and create its parent folders; the previous file stays until all content is written. Raises NotWritten."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()  # write through a symbolic link instead of replacing it
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {error.strerror}") from None
