"""Reads a .tar.gz by path: it is decompressed into one temporary file, and only the locations of its files are in memory."""

import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator

from core.errors import Unavailable
from core.github.bounded_response import CutShort, Unreadable, gunzip
from core.stores.folder_reader import LONGEST

MOST = 32 * 1024**3
"""Bytes, uncompressed. A repository at GitHub has at most 10 GB, compressed.
https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits"""
MOST_FILES = 20_000_000


class TarArchive:
    """An archive from the pieces of a download. Raises Unavailable if it is truncated or not an archive."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close())
        try:
            self._write(pieces)
            self._locations = dict(self._members())
        except BaseException:
            self._file.close()
            raise

    def paths(self) -> Iterable[str]:
        """Return the paths of all regular files, without the top folder that GitHub adds."""
        return self._locations.keys()

    def read(self, path: str) -> bytes | None:
        """Return the file's content, or its first bytes (see LONGEST); None if there is none."""
        location = self._locations.get(path)
        if location is None:
            return None
        start, size = location
        return os.pread(self._file.fileno(), min(size, LONGEST + 1), start)

    def close(self) -> None:
        """Remove the temporary file."""
        self._file.close()

    def _write(self, pieces: Iterable[bytes]) -> None:
        size = 0
        try:
            for piece in gunzip(iter(pieces)):
                size += len(piece)
                if size > MOST:
                    raise Unavailable(f"the archive of the data repository is over {MOST // 1024**3} GB")
                self._file.write(piece)
        except CutShort:
            raise Unavailable("the archive of the data repository is truncated") from None
        except Unreadable:
            raise Unavailable("the archive of the data repository is not a tar archive") from None
        except OSError as error:
            raise Unavailable(f"the archive of the data repository cannot be unpacked: {error.strerror}") from None
        if not size:
            raise Unavailable("the archive of the data repository is truncated")

    def _members(self) -> Iterator[tuple[str, tuple[int, int]]]:
        self._file.flush()
        self._file.seek(0)
        try:
            with tarfile.open(fileobj=self._file, mode="r:") as archive:
                for number, member in enumerate(archive):
                    if number >= MOST_FILES:
                        raise Unavailable(f"the archive of the data repository has over {MOST_FILES:,} files")
                    path = member.name.partition("/")[2]
                    if member.isreg() and path:
                        yield path, (member.offset_data, member.size)
                    archive.members = []  # type: ignore[attr-defined]  # else it keeps a kilobyte for each
        except tarfile.TarError:
            raise Unavailable("the archive of the data repository cannot be read") from None
