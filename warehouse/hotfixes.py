"""Build the table `hotfixes`: the pull requests that a label, their head branch or their title's kind calls a hotfix."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from duckdb import DuckDBPyConnection

from warehouse.environments import Repository
from warehouse.python_tables import fetched
from warehouse.schema.columns import VARCHAR, Column, SystemTable
from warehouse.services import Services

TABLE = SystemTable(
    "hotfixes",
    "The pull requests that `hotfix` of services.toml takes for hotfixes.",
    (
        Column("host", VARCHAR, "As in `catalog`."),
        Column("repository_key", VARCHAR, "As in `catalog`."),
        Column("identity", VARCHAR, "As in `code_review_involvement`."),
    ),
    ("host", "repository_key", "identity"),
)


def rows(connection: DuckDBPyConnection, _: Iterable[Repository], services: Services) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table; the words are the same for all repositories."""
    words = services.hotfix_words
    found = connection.execute(
        "SELECT host, repository_key, identity, labels, head_ref, title_kind FROM code_review_involvement WHERE merged"
    )
    for *key, labels, head_ref, title_kind in fetched(found):
        named = any(has_word(label, words.labels) for label in labels or ())
        if named or has_word(head_ref, words.branches) or has_word(title_kind, words.titles):
            yield tuple(key)


def has_word(text: str | None, words: Iterable[str]) -> bool:
    """Return whether a text has one of the words between characters that are neither letters nor digits, ignoring case."""
    expression = _expression(tuple(words))
    return text is not None and expression is not None and expression.search(text) is not None


@cache
def _expression(words: tuple[str, ...]) -> re.Pattern[str] | None:
    choices = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?i)(^|[^a-z0-9])({choices})([^a-z0-9]|$)") if choices else None
