"""Publishes report pages to a folder or a bucket of AWS or Google Cloud, with their content types.

Pages are private by default: this module never changes access settings.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

from cli import atomic_write
from cli.publishing import dashboard_files
from cli.publishing.dashboard_files import DASHBOARD_FILE
from core.errors import PermanentError, Unavailable
from telemetry_functions import installation

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, https://cloud.google.com/storage/docs/buckets"""


class PageStore(Protocol):
    """Stores pages by key, with `/` between the parts; raises TelemetryError."""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Upload a page, overwriting any existing object; raises Unavailable."""


class Destination(NamedTuple):
    """Parsed destination."""

    scheme: str
    """`s3`, `gs`, or empty for a folder."""
    place: str
    """Bucket or folder."""
    prefix: str
    """Prefix of every key: empty, or ending in a slash."""

    def address(self, name: str) -> str:
        """Return the address of a page for display."""
        return f"{self.scheme}://{self.place}/{self.prefix}{name}" if self.scheme else str(Path(self.place, name))


class FolderPages:
    """Writes pages to a folder, which is created."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def put(self, key: str, content: bytes, content_type: str) -> None:  # noqa: ARG002 (the file name implies the type)
        """Write a file atomically; raises NotWritten."""
        atomic_write.write(self._folder / key, content)


def parse_destination(text: str) -> Destination:
    """Parse `s3://bucket/prefix`, `gs://bucket/prefix` or a folder; raises PermanentError for anything else."""
    match = _SCHEME.fullmatch(text)
    if match is None:
        if not text:
            raise PermanentError("no destination: name a folder, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX")
        return Destination("", text, "")
    scheme, (bucket, _, prefix) = match[1].lower(), match[2].partition("/")
    if scheme not in ("s3", "gs"):
        raise PermanentError(
            f"{scheme}:// is no place to publish to: a folder, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX"
        )
    if not _BUCKET.fullmatch(bucket):
        raise PermanentError(f"{text}: {bucket!r} is not the name of a bucket")
    parts = [part for part in prefix.split("/") if part]
    if any(part in (".", "..") for part in parts) or not prefix.isprintable():
        raise PermanentError(f"{text}: not a prefix of keys")
    return Destination(scheme, bucket, "".join(f"{part}/" for part in parts))


def open_page_store(destination: Destination) -> PageStore:
    """Open the store for a destination; raises Unavailable if credentials or packages are missing."""
    if destination.scheme == "s3":
        from runtimes.aws import s3_pages  # noqa: PLC0415 (loads the SDK only when needed)

        return s3_pages.open_pages(destination.place)
    if destination.scheme == "gs":
        try:
            from runtimes.gcp import gcs_pages  # noqa: PLC0415 (loads the SDK only when needed)
        except ModuleNotFoundError as error:
            raise Unavailable(installation.missing(str(error.name))) from None
        return gcs_pages.open_pages(destination.place)
    return FolderPages(destination.place)


def publish(files: Iterable[tuple[str, str]], destination: Destination, page_store: PageStore) -> list[str]:
    """Upload the files in order, one at a time in memory, and return the addresses of those that are in no folder.

    In a folder, pages of services that are gone are removed; in a bucket they stay, and nothing links to them.
    """
    names = []
    for name, text in files:
        page_store.put(f"{destination.prefix}{name}", text.encode(), TYPES[Path(name).suffix])
        names.append(name)
    if not destination.scheme:
        dashboard_files.remove_old(Path(destination.place, DASHBOARD_FILE), names)
    return [destination.address(name) for name in names if "/" not in name]
