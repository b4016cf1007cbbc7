"""Opens folders of Parquet files that an engine wrote to: on this machine, in S3 or in Cloud Storage.

DuckDB may read no bucket, so files of a bucket are downloaded into a temporary folder, each when its table is read.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from cli.publishing import sources
from core.errors import TelemetryError, Unavailable
from core.stores.bucket_objects import Denied, Objects

MARTS = "marts"
"""The name of a folder of marts, or of the folder of its runs."""
_RUN = "run="
"""What the name of a folder begins with that holds the tables of one run; the greatest name is the newest."""
_MANIFEST = "manifest"


class NoSuchTables(TelemetryError):
    """The address is no folder of tables; the message is one line with what to do."""


class FolderTables:
    """Implements warehouse.engines.parquet.Tables on a local folder."""

    def __init__(self, folder: Path) -> None:
        """Read below a folder; raises NoSuchTables if it does not exist."""
        if not folder.is_dir():
            raise NoSuchTables(f"{folder}: no such folder")
        self._files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        self._folder = folder
        keys = (path.relative_to(folder).as_posix() for path in self._files)
        self._run, self._by_table = _grouped(keys)
        self.address = str(folder / self._run)

    def names(self) -> set[str]:
        """Return the names of the tables that have files."""
        return {*self._by_table}

    def files(self, table: str) -> list[Path]:
        """Return the files of a table."""
        return [self._folder / self._run / key for key in self._by_table.get(table, ())]


class BucketTables:
    """Implements warehouse.engines.parquet.Tables on a bucket."""

    def __init__(self, objects: Objects, address: str, prefix: str, folder: Path) -> None:
        """Read the keys that begin with `prefix`, and download into a folder. Raises Unavailable."""
        self._objects = objects
        self._prefix = prefix
        self._folder = folder
        with named(address):
            keys = [version.key.removeprefix(prefix) for version in objects.versions(prefix)]
        self._run, self._by_table = _grouped(keys)
        self.address = f"{address}/{self._run}".rstrip("/")

    def names(self) -> set[str]:
        """Return the names of the tables that have files."""
        return {*self._by_table}

    def files(self, table: str) -> list[Path]:
        """Download the files of a table, one at a time, unless they are here; return them. Raises Unavailable."""
        found = []
        for position, key in enumerate(self._by_table.get(table, ())):
            path = self._folder / table / f"{position}.parquet"
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(self._content(PurePosixPath(self._run, key)))
            found.append(path)
        return found

    def _content(self, key: PurePosixPath) -> bytes:
        with named(self.address):
            read = self._objects.get(f"{self._prefix}{key}")
        if read is None:
            raise Unavailable(
                f"{self.address}: {key} was removed meanwhile: the engine is writing now; try again later"
            )
        return read[0]


def _grouped(keys: Iterator[str] | list[str]) -> tuple[str, dict[str, list[str]]]:
    """Return the folder of the newest complete run (empty: there are no runs) and its files by table.

    What begins with `_` or `.` is a mark of an engine, and an object that ends with `/` is an empty folder.
    """
    by_run: dict[str, dict[str, list[str]]] = {"": {}}
    for key in sorted(keys):
        parts = PurePosixPath(key).parts
        run = parts[0] if parts and parts[0].startswith(_RUN) else ""
        own = parts[1:] if run else parts
        if len(own) > 1 and not key.endswith("/") and not own[-1].startswith(("_", ".")):
            by_run.setdefault(run, {}).setdefault(own[0], []).append("/".join(own))
    complete = max((run for run, tables in by_run.items() if _MANIFEST in tables), default="")
    return complete, by_run[complete]


@contextmanager
def named(address: str) -> Iterator[None]:
    """Say which permission is missing: the messages of a store are those of our functions."""
    try:
        yield
    except Denied:
        raise Unavailable(f"{address}: your credentials may not list or read the objects there") from None
    except Unavailable as error:
        raise Unavailable(f"{address}: {str(error).removeprefix('STORE_BUCKET: ')}") from None


def is_marts(source: str) -> bool:
    """Return whether a source is a folder of marts: its name is `marts`, or it is a run below such a folder."""
    parts = [part for part in source.rstrip("/").split("/") if part]
    return bool(parts) and (
        parts[-1] == MARTS or (len(parts) > 1 and parts[-2] == MARTS and parts[-1].startswith(_RUN))
    )


@contextmanager
def open_tables(address: str) -> Iterator[FolderTables | BucketTables]:
    """Open a folder, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX. Raises NoSuchTables and Unavailable."""
    if bucket := sources.open_bucket(address):
        with tempfile.TemporaryDirectory(prefix="telemetry-") as folder:
            yield BucketTables(bucket.objects, address.rstrip("/"), bucket.prefix, Path(folder))
    else:
        yield FolderTables(Path(address))
