"""Reads a data repository at GitHub: first as one archive, then with a request for each new file.

So the first merge of a million records takes a handful of requests, and the next one as many as there are new records.
If a comparison cannot list those (GitHub's limit is 300 files), the archive is read again.
https://docs.github.com/en/rest/repos/contents#download-a-repository-archive-tar
"""

from collections.abc import Iterator

import requests

from core.errors import ResponseTooLarge, Unavailable
from core.github.api import GitHubApi, TransportError
from core.github.git_data import DataRepository, GitData, is_sha
from core.github.write_errors import WriteErrorMapper
from core.stores.tar_archive import TarArchive

_PIECE = 1 << 20


class RepositoryReader:
    """Implements the reading methods of core.ports.Store on one branch. Closing it removes the downloaded archive."""

    def __init__(self, api: GitHubApi, repository: DataRepository, git: GitData) -> None:
        self._api = api
        self._repository = repository
        self._git = git
        self._head: str | None = None
        self._archive: TarArchive | None = None

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Return the paths written since the cursor, a commit; all paths if it is unknown or too many have changed."""
        self.close()
        self._head = head = self._git.head()
        if head is None or head == cursor:
            return (), head or ""
        changed = self._git.changed(cursor, head) if cursor is not None and is_sha(cursor) else None
        if changed is not None:
            return tuple(sorted(changed)), head
        self._archive = TarArchive(self._pieces(head))
        return tuple(sorted(self._archive.paths())), head

    def read(self, path: str) -> bytes | None:
        """Return the file's content at the commit that `changes` returned last; None if there is none."""
        if self._archive is not None:
            return self._archive.read(path)
        return None if self._head is None else self._git.file(path, self._head)

    def close(self) -> None:
        """Remove the downloaded archive."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None

    def _pieces(self, commit: str) -> Iterator[bytes]:
        """Yield the archive's bytes, from the host to which GitHub redirects."""
        try:
            answer = self._api.send("GET", f"{self._api.url}{self._repository.path}/tarball/{commit}", stream=True)
            with answer:
                if answer.status_code != 200:
                    repository = self._repository
                    raise WriteErrorMapper(
                        self._api, repository.owner, repository.name, repository.branch
                    ).to_exception(answer)
                yield from answer.iter_content(_PIECE)
        except (TransportError, ResponseTooLarge, requests.RequestException) as error:
            raise Unavailable(f"the archive of the data repository: {error}") from None
