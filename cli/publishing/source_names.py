"""Translates the name of a source in a database into the words that `telemetry merge` accepts."""

import re

_REPOSITORY = re.compile(r"[^/@]+/([^/@]+/[^/@]+)@[^/]+/(?:(.+)/)?")
"""`HOST/OWNER/NAME@BRANCH/FOLDER/` of cli/publishing/sources.py."""


def words(name: str) -> tuple[str, ...]:
    """Return the arguments that open the source again: a folder or a bucket, or a repository and its folder."""
    match = _REPOSITORY.fullmatch(name)
    if match is None:
        return (name,)
    repository, folder = match.groups()
    return (repository, "--repo-path", folder) if folder else (repository,)
