"""Writes commands that somebody can paste: with the options that were given, quoted for the shell."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from telemetry_functions.installation import DISTRIBUTION
from warehouse import DEFAULT_DATABASE

_UVX = "archive-v"
"""Beginning of the name of the folder in uv's cache that holds the environments of `uvx`, which no PATH has afterwards. Child
processes of uv have the variable UV: https://docs.astral.sh/uv/reference/environment/#uv"""
_LITERAL_IN_DOUBLE_QUOTES = frozenset('"$`\\!')


def program() -> str:
    """Return how this program is called from the working folder: `telemetry` if PATH finds it, else its path."""
    path = Path(sys.argv[0])
    if "UV" in os.environ and any(part.startswith(_UVX) for part in path.parts):
        return f"uvx {DISTRIBUTION}"
    if path.name != "telemetry":  # python -m cli, or a test
        return "telemetry"
    found = shutil.which("telemetry")
    return "telemetry" if found and Path(found).samefile(path) else quote(os.path.relpath(path))


def command(*words: str, **options: str) -> str:
    """Return the command line of these words; options without a value, and the default database, are left out."""
    given = {
        name: value for name, value in options.items() if value and (name, value) != ("database", DEFAULT_DATABASE)
    }
    named = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", value)]
    return " ".join((program(), *(quote(word) for word in (*filter(None, words), *named))))


def quote(word: str) -> str:
    """Quote a word for the shell, if it needs that; in double quotes, which read better in SQL, if they change nothing."""
    quoted = shlex.quote(word)
    if quoted == word or not word or _LITERAL_IN_DOUBLE_QUOTES & set(word):
        return quoted
    return f'"{word}"'
