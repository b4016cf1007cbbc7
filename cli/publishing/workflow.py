"""Renders the report workflow of a data repository for one release, whose checksums are part of the file.

The workflow therefore always runs the same bytes, even if the release is changed later.
"""

import re
from importlib.resources import files

from core.errors import PermanentError
from telemetry_functions.installation import REPOSITORY

REQUIREMENTS = {
    "requirements.txt": "cli/requirements.txt",
    "build-requirements.txt": "cli/build-requirements.txt",
    "pip-requirements.txt": "cli/pip-requirements.txt",
}
"""Requirement files of a release, with their paths in the source; they lock all packages by hash."""
_SUM = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][\w.+-]*)")
_INDENT = " " * 10


def address(version: str, repository: str = REPOSITORY) -> str:
    """Return the base URL of the files of a release."""
    return f"{repository.rstrip('/')}/releases/download/v{version}"


def render(release: str, sums: str) -> str:
    """Render the workflow for the release at this URL with its SHA256SUMS; raises PermanentError if they are invalid."""
    needed = _required_checksums(sums)
    template = files("cli.publishing").joinpath("report_workflow.yml").read_text("utf-8")
    lines = f"\n{_INDENT}".join(f"{total}  {name}" for name, total in needed.items())
    return template.replace("@RELEASE@", release).replace("@SUMS@", lines)


def _required_checksums(sums: str) -> dict[str, str]:
    """Return the checksums of the files to install, by name; raises PermanentError."""
    matches = [_SUM.fullmatch(line) for line in sums.splitlines()]
    checksums = {match[2]: match[1] for match in matches if match}
    needed = {name: total for name, total in checksums.items() if name.endswith(".whl") or name in REQUIREMENTS}
    wheels = [name for name in needed if name.endswith(".whl")]
    if not all(matches) or len(wheels) != 1 or len(needed) != 1 + len(REQUIREMENTS):
        raise PermanentError(
            f"these are not the checksums of a release: it has one wheel, {' and '.join(REQUIREMENTS)}"
        )
    return dict(sorted(needed.items()))
