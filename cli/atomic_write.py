"""Files for people: each appears whole or not at all, whatever ends us meanwhile."""

import os
import tempfile
from pathlib import Path

from core.errors import TelemetryError


class NotWritten(TelemetryError):
    """The file cannot be written; the message says which, and why."""


def write(path: Path, content: bytes) -> None:
    """The file with this content, its folders made; what stood there stays until all of it is written. Raises NotWritten."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()  # a link stays one
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
