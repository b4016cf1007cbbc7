"""Reads a JSON file in a source repository that may have a `version`, for two metrics."""

from typing import NamedTuple

from core.bounded_json import bounded_json
from core.errors import NotAvailable, NotFound, RefNotFound, ResponseTooLarge
from core.events import SignedTriggerEvent, repository_of
from core.metric import CollectContext

LONGEST_VERSION = 256
"""npm's limit: https://github.com/npm/node-semver, MAX_LENGTH. Versions of a megabyte would exceed the memory of a worker."""


class JsonFile(NamedTuple):
    """What is known of the file."""

    exists: bool
    """Whether there is such a file; a directory, a symlink or a submodule is none."""
    parsable: bool | None
    """Whether it is a JSON object; null if it does not exist, or is too large to be read."""
    version: str | None
    """Its `version`, if that is a string of at most 256 characters; else null."""


def json_file(event: SignedTriggerEvent, path: str, context: CollectContext, ref: str | None = None) -> JsonFile | None:
    """Read the file at a ref (None: the default branch); return None if GitHub could not be read, or lacks the ref.

    Raises NotFound if GitHub has no such repository.
    """
    repository = repository_of(event)
    try:
        return context.try_read(
            lambda: _parse(context.github.file(repository.owner, repository.name, path, ref), context),
        )
    except RefNotFound:
        context.add_anomaly("ref_not_found")
        return None
    except NotAvailable:
        context.add_anomaly("file_not_available")
        return None
    except NotFound:  # for longer than a 404 passes: there is no such file if there is such a repository
        if not context.has_answered:
            context.github.object(f"/repos/{repository.owner}/{repository.name}")
        return _parse(None, context)
    except ResponseTooLarge:
        context.add_anomaly("file_too_large")
        return JsonFile(exists=True, parsable=None, version=None)


def _parse(content: bytes | None, context: CollectContext) -> JsonFile:
    if content is None:
        return JsonFile(exists=False, parsable=None, version=None)
    try:
        value = bounded_json(content)
    except ValueError:
        value = None
    if type(value) is not dict:
        return JsonFile(exists=True, parsable=False, version=None)
    version = value.get("version")
    if type(version) is str and len(version) > LONGEST_VERSION:
        context.add_anomaly("version_too_long")
        version = None
    return JsonFile(exists=True, parsable=True, version=version if type(version) is str else None)
