"""Encode an item of evidence as short cells: the page's script `evidence_row.js` decodes it and joins the addresses of its links.

What an address is made of is checked here (warehouse/report/links.py), so that the page only joins parts.
"""

from typing import Any

from warehouse.report import links
from warehouse.report.model import INFERRED, Evidence

AUTHOR_KINDS = ("", "person", "bot", "agent", "mixed", "unknown")
"""The kinds of authors by their number in a row; the first is that of an item without a kind."""
FIELDS = (
    "repository", "environment", "item", "why", "marks",
    "host", "sha", "number", "run", "job", "tag", "issue", "codeRepository", "issueRepository", "group",
)  # fmt: skip
"""The columns of the cells of `encode`, as the page's script names them."""
_ASSISTED = (None, False, True)


def encode(item: Evidence) -> tuple[str | int | None, ...]:
    """Return the cells of an item in the order of FIELDS, without its time, its value and its record."""
    return (item.repository, item.environment, item.item, item.why, _marks(item), *_links(item))


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
    names = (item.repository, *filter(None, (item.code_repository, item.issue_repository)))
    if not all(links.repository_url(item.host, name) for name in names):
        return (*[None] * 9, item.group)
    parts = (links.sha(item), links.number(item.number), links.run_id(item.run), links.run_id(item.job))
    more = (links.tag(item.tag), links.number(item.issue), item.code_repository, item.issue_repository, item.group)
    return (f"https://{item.host}/", *parts, *more)
