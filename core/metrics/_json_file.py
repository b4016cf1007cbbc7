"""A JSON file in a source repository that may have a `version`, as two metrics read it."""

from typing import NamedTuple

from core.events import SignedTriggerEvent, repository_of
from core.metric import Observation
from core.payload import parse_json


class JsonFile(NamedTuple):
    """What is known of the file."""

    exists: bool
    """Whether there is such a file; a directory, a symlink or a submodule is none."""
    parsable: bool | None
    """Whether it is a JSON object; null if it does not exist."""
    version: str | None
    """Its `version`, if that is a string; else null."""


def json_file(
    event: SignedTriggerEvent, path: str, observation: Observation, ref: str | None = None
) -> JsonFile | None:
    """The file at a ref (None: the default branch); None if GitHub could not be read."""
    repository = repository_of(event)
    return observation.read(
        lambda: _judged(observation.github.file(repository.owner, repository.name, path, ref)),
    )


def _judged(content: bytes | None) -> JsonFile:
    if content is None:
        return JsonFile(exists=False, parsable=None, version=None)
    try:
        value = parse_json(content.decode("utf-8-sig"))
    except ValueError:
        value = None
    if type(value) is not dict:
        return JsonFile(exists=True, parsable=False, version=None)
    version = value.get("version")
    return JsonFile(exists=True, parsable=True, version=version if type(version) is str else None)
