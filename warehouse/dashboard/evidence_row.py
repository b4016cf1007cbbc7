"""Encode an item of evidence as a short row: the page's script `evidence_row.js` decodes it and joins the addresses of its links.

What an address is made of is checked here (warehouse/report/links.py), so that the page only joins parts.
"""

from typing import Any

from warehouse.dashboard.series import rounded
from warehouse.report import links
from warehouse.report.model import INFERRED, Evidence, Measure

AUTHOR_KINDS = ("", "person", "bot", "agent", "mixed", "unknown")
"""The kinds of authors by their number in a row; the first is that of an item without a kind."""
_ASSISTED = (None, False, True)


def encode(item: Evidence, index: int, measure: Measure) -> tuple[Any, ...]:
    """Return the row of an item of the measure with this index, without the marks and links that are empty at its end."""
    scope = (item.service, item.repository, item.environment)
    paths = (*_split(item.record_id), *_split(item.path))
    row = (index, *scope, item.at, item.item, rounded(item.value, measure), item.why, *paths)
    more = (_marks(item) or None, *_links(item))
    return (*row, *more[: max((end for end, cell in enumerate(more, 1) if cell is not None), default=0)])


def link_parts(records_url: str) -> dict[str, Any]:
    """Return what the page joins the addresses with, and what the numbers in `marks` mean."""
    return {"paths": links.PATHS, "records": records_url, "written_by": AUTHOR_KINDS}


def _marks(item: Evidence) -> int:
    """Return one number for what an item is filtered by: inferred, listed by environment, assisted and the author's kind."""
    kind = AUTHOR_KINDS.index(item.author_kind) if item.author_kind in AUTHOR_KINDS else 0
    listed = links.environment(item) is not None
    return (item.certainty == INFERRED) + 2 * listed + 4 * _ASSISTED.index(item.assisted) + 12 * kind


def _links(item: Evidence) -> tuple[str | None, ...]:
    """Return the host's address and the parts of the links; none of these if the host or a repository has no address."""
    names = (item.repository, item.code_repository, item.issue_repository)
    if not all(links.repository_url(item.host, name) for name in names if name):
        return (*[None] * 9, item.group)
    parts = (links.sha(item), links.number(item.number), links.run_id(item.run), links.run_id(item.job))
    more = (links.tag(item.tag), links.number(item.issue), item.code_repository, item.issue_repository, item.group)
    return (f"https://{item.host}/", *parts, *more)


def _split(path: str | None) -> tuple[str | None, str | None]:
    """Split a path into its folder, which many items share, and its name."""
    if path is None:
        return None, None
    folder, slash, name = path.rpartition("/")
    return folder + slash, name
