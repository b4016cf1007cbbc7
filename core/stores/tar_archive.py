"""A .tar.gz that is read by path: unpacked into one temporary file, of which only the places of its files are kept."""

import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator

from core.errors import Unavailable
from core.stores.folder_reader import LONGEST


class TarArchive:
    """Made of the pieces of a download. Raises Unavailable for one that was cut short or is no archive."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close())
        try:
            for piece in _unpacked(pieces):
                self._file.write(piece)
            self._places = dict(self._found())
        except BaseException:
            self._file.close()
            raise

    def paths(self) -> Iterable[str]:
        """Of all regular files, without the folder that GitHub puts around them."""
        return self._places.keys()

    def read(self, path: str) -> bytes | None:
        """The file's content, or its beginning (see LONGEST); None if there is none."""
        place = self._places.get(path)
        if place is None:
            return None
        start, size = place
        return os.pread(self._file.fileno(), min(size, LONGEST + 1), start)

    def close(self) -> None:
        """Take the temporary file away."""
        self._file.close()

    def _found(self) -> Iterator[tuple[str, tuple[int, int]]]:
        self._file.flush()
        self._file.seek(0)
        try:
            with tarfile.open(fileobj=self._file, mode="r:") as archive:
                for member in archive:
                    path = member.name.partition("/")[2]
                    if member.isreg() and path:
                        yield path, (member.offset_data, member.size)
                    archive.members = []  # type: ignore[attr-defined]  # else it keeps a kilobyte for each
        except tarfile.TarError:
            raise Unavailable("the archive of the data repository cannot be read") from None


def _unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(wbits=31)  # gzip
    try:
        for piece in pieces:
            yield unpacking.decompress(piece)
    except zlib.error:
        raise Unavailable("the archive of the data repository is no archive") from None
    if not unpacking.eof:
        raise Unavailable("the archive of the data repository was cut short")
