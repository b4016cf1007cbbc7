"""Explain DuckDB's errors about a database file in one line, with the remedy.

Nothing is deleted here, because the file may belong to another program. Everything that the database holds is also in
the records.
"""

import re
import shlex
from pathlib import Path

import duckdb

from warehouse import DEFAULT_DATABASE

_REBUILD = "delete it and run {merge} again, which rebuilds it from the records"
_REMEDIES = (
    (r"Conflicting lock", "another process has it open: try again when that has ended"),
    (r"Permission denied", "it may not be read and written by this user"),
    (r"Is a directory", "it is a folder: name a file"),
    (r"No such file or directory", "its folder does not exist"),
    (
        r"No space left|Disk quota|File too large|enough disk space|not enough (?:disk|space)",
        "the disk is full: free some space and run it again; what was merged until then stays",
    ),
    (r"Out of Memory|Allocation failure", "there is too little memory"),
    (r"Read-only file system", "its disk can only be read"),
    (
        r"version number|newer version of DuckDB|storage version",
        f"another version of DuckDB wrote it: update, or {_REBUILD}",
    ),
    (r"replaying WAL|WAL ", f"its .wal file does not fit: {_REBUILD}, and the .wal file with it"),
    (
        r"not a valid DuckDB|external extensions is disabled|autoloaded|Could not fsync|Could not read from file",
        f"it is not a DuckDB database: name another file, or {_REBUILD}",
    ),
    (r"file system operations are disabled|configuration has been locked", "it holds views that read other files"),
)
"""Patterns of DuckDB's messages and their remedies; the first match applies."""


def explain(path: str | Path, error: duckdb.Error) -> str:
    """Return one line with the file, DuckDB's message and the remedy."""
    text = " ".join(re.sub(r"^[A-Z][A-Za-z ]*? Error: ", "", first_line(error)).split())
    remedy = next((remedy for pattern, remedy in _REMEDIES if re.search(pattern, str(error))), "")
    remedy = (remedy or f"it is damaged: {_REBUILD}").replace("{merge}", merge_command(path))
    return f"{path} cannot be used: {text} ({remedy})"


def merge_command(path: str | Path) -> str:
    """Return the command that merges into this file, in backticks and quoted for the shell."""
    option = "" if str(path) == DEFAULT_DATABASE else f" --database {shlex.quote(str(path))}"
    return f"`telemetry merge{option}`"


def is_file_error(error: duckdb.Error) -> bool:
    """Return whether an error is about the file, and not about the query."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return False
    file_errors = (duckdb.OperationalError, duckdb.InternalError, duckdb.FatalException)
    return (
        isinstance(error, file_errors) or type(error) is duckdb.Error
    )  # DuckDB raises the base class for a wrong checksum


def first_line(error: duckdb.Error) -> str:
    """Return the first line of DuckDB's message, without the stack trace."""
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
