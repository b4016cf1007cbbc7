"""Writes the dashboard's pages: the main page, and a folder of pages of services beside it if the main page is too small."""

from collections.abc import Iterable
from pathlib import Path

from cli import atomic_write
from cli.atomic_write import NotWritten
from runtimes.local.state_folder import STATE

DASHBOARD_FILE = "dashboard.html"
"""Default name of the main page's file."""
_MARK = b'<meta name="generator" content="telemetry-functions dashboard">'
_HEAD = 4_096
"""Bytes of a file in which the mark is looked for."""


def write(folder: Path, pages: Iterable[tuple[str, str]]) -> None:
    """Write the pages, the main page last, and remove those of services that are gone; raises NotWritten."""
    name = ""
    written = []
    for name, html in pages:
        atomic_write.write(folder / name, html.encode())
        written.append(name)
    remove_old(folder / name, written)


def remove_old(main_page: Path, written: Iterable[str]) -> None:
    """Remove the pages of services that belong to a main page and are not among the written ones; raises NotWritten.

    Somebody may keep own files in the folder: a file is removed only if its name and its content are those of such a page.
    """
    from warehouse.dashboard import PAGE_NAME, folder_of  # noqa: PLC0415 (reads its scripts when imported)

    folder = main_page.with_name(folder_of(main_page.name))
    kept = {main_page.parent / name for name in written}
    try:
        if folder.is_symlink() or not folder.is_dir():
            return
        for path in sorted(folder.iterdir()):
            if path not in kept and PAGE_NAME.fullmatch(path.name) and _is_page(path):
                path.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(f"an old page in {folder} cannot be removed: {error.strerror}") from None


def live_page(name: str, folder: Path = STATE) -> bytes | None:
    """Return a page of a service that the running server wrote; None if no page has this name."""
    from warehouse.dashboard import PAGE_NAME, folder_of  # noqa: PLC0415 (reads its scripts when imported)

    path = folder / folder_of(DASHBOARD_FILE) / name
    return path.read_bytes() if PAGE_NAME.fullmatch(name) and _is_page(path) else None


def _is_page(path: Path) -> bool:
    """Return whether this is a file that a dashboard was written to."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return _MARK in file.read(_HEAD)
