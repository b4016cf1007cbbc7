"""Reads a clone of a data repository and finds changed files by commits, because file times are those of the checkout.

A fresh clone, as in GitHub Actions, is therefore merged by the changes since the commit of the previous merge.
https://git-scm.com/docs/git-diff
"""

import re
import subprocess
from pathlib import Path
from urllib.parse import quote

from core.stores.folder_reader import FolderReader
from warehouse.report.links import repository_url

_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_ORIGIN = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^/@]*@)?|[^/@:]+@)(?P<host>[^/@:]+)(?::[0-9]+(?=/))?[:/]"
    r"(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?/?"
)
"""The address of a remote, or `git@HOST:OWNER/NAME`: https://git-scm.com/docs/git-clone#_git_urls"""


class CloneReader(FolderReader):
    """Implements the reading half of core.ports.Store."""

    def __init__(self, root: str | Path) -> None:
        super().__init__(root)
        self._clone = Path(root)

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Return the files changed since the cursor's commit and all uncommitted files; by time if git fails.

        Returns all files if the cursor's commit is unknown.
        """
        try:
            head = self._git("rev-parse", "--verify", "HEAD^{commit}")[0].strip()
            committed = self._since(cursor) if cursor and _COMMIT.fullmatch(cursor) else self._git("ls-files", "-z")
            uncommitted = self._git("ls-files", "-z", "--others", "--modified")
        except (OSError, subprocess.CalledProcessError):
            return super().changes(cursor)
        return tuple(sorted({*committed, *uncommitted} - {""})), head

    def url(self, host: str) -> str | None:
        """Return the address of the clone's files, as of its branch or else its commit; None if `host` is not its origin's."""
        try:
            origin = self._git("remote", "get-url", "origin")[0].strip()
            branch = self._git("branch", "--show-current")[0].strip() or self._git("rev-parse", "HEAD")[0].strip()
        except (OSError, subprocess.CalledProcessError):
            return None
        match = _ORIGIN.fullmatch(origin)
        address = repository_url(host, f"{match['owner']}/{match['name']}") if match and match["host"] == host else None
        return f"{address}/blob/{quote(branch)}/" if address else None

    def _since(self, commit: str) -> list[str]:
        try:
            return self._git("diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", commit, "HEAD")
        except subprocess.CalledProcessError:
            return self._git("ls-files", "-z")

    def _git(self, *arguments: str) -> list[str]:
        command = ["git", "-C", str(self._clone), *arguments]
        output = subprocess.run(command, check=True, capture_output=True).stdout
        return output.decode("utf-8", "surrogateescape").split("\0")
