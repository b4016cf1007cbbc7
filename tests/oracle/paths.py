"""Section 9: which changes are of a part of a repository."""

import re

from tests.oracle.items import UNKNOWN
from tests.oracle.model import Attempt, Change
from tests.oracle.settings import Service

FILES_NOT_KNOWN = "which files it changes is not known"


def keep_part(attempt: Attempt, service: Service) -> None:
    """Hide the changes of other parts: "a change of several parts counts in each, one of unknown paths is unknown"."""
    globs = service.keys.get("paths")
    if globs is None:
        return
    for change in attempt.changes:
        answer = _is_of_part(change, globs)
        if answer is None and change.certainty != UNKNOWN:
            change.certainty, change.reason = UNKNOWN, FILES_NOT_KNOWN
        change.is_shown = answer is not False


def _is_of_part(change: Change, globs: list[str]) -> bool | None:
    paths = change.pull.paths if change.pull else None
    if paths is None:
        return None
    answers = [_touches(name, glob) for name in paths["names"] for glob in globs]
    if True in answers:
        return True
    return None if paths["cut"] or None in answers else False


def _touches(name: str, glob: str) -> bool | None:
    """Return whether a changed folder (`api/src/`) or file of the root is matched; None: the glob goes deeper.

    Records hold folders to two levels: `api/` has the files that are directly in it, `api/src/` also deeper ones.
    """
    pattern = re.escape(glob).replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    if not name.endswith("/"):
        return re.fullmatch(pattern, name) is not None
    is_top = name.count("/") == 1
    if all(re.fullmatch(pattern, file) for file in ([f"{name}x"] if is_top else [f"{name}x/y", f"{name}x"])):
        return True
    if is_top and glob.replace("**/", "").count("/") > 1:
        return False
    fixed = re.split(r"[*?]", glob)[0]
    return None if fixed.startswith(name) or name.startswith(fixed) else False
