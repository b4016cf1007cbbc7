"""What GitHub answers oddly, by a seed: 404s that pass, pages that are shorter than requested, odd files and odd dates.

GitHub's 404s right after a webhook: https://github.com/runatlantis/atlantis/issues/1019. A short page although there are more:
https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
"""

import hashlib
import random
import re
import zlib
from collections.abc import Mapping
from typing import Any

from fakes.github.state import Commit, Repository, Symlink

NOT_FOUND, SHORT = "404", "short page"
SHORT_PAGE = 17
"""Items of a short page."""
_FULL_PAGE = re.compile(r"(?<=[?&])per_page=100(?=&|$)")
_README, _PACKAGE = "README.md", "package.json"
_ABSENT = {"exists": False, "parsable": None, "version": None}
_UNPARSABLE = {"exists": True, "parsable": False, "version": None}
_WITHOUT_VERSION = {"exists": True, "parsable": True, "version": None}
_ODD: Mapping[str, tuple[Any, dict[str, Any], list[str]]] = {
    "absent": (None, _ABSENT, []),
    "a folder": (b"in it", _ABSENT, []),
    "a symlink": (Symlink("elsewhere.json"), _ABSENT, []),
    "empty": (b"", _UNPARSABLE, []),
    "cut": (b'{"version":"1.2', _UNPARSABLE, []),
    "a list": (b"[]", _UNPARSABLE, []),
    "no version": (b"{}", _WITHOUT_VERSION, []),
    "a number": (b'{"version":1.5}', _WITHOUT_VERSION, []),
    "a long version": (b'{"version":"%s"}' % (b"1" * 300), _WITHOUT_VERSION, ["version_too_long"]),
}
"""By kind: the content of package.json, and what must be stored of it: the file, and the anomalies."""
ODD_SHARE = 0.4
_ODD_DATES: Mapping[str | None, str] = {
    None: "missing_time",
    "": "impossible_time",
    "0001-01-01T00:00:00Z": "impossible_time",
    "1969-12-31T23:59:59Z": "impossible_time",
    "10000-01-01T00:00:00Z": "impossible_time",
}
"""Dates that a commit may have, or lack, and the anomaly of each. https://github.com/apache/devlake/issues/8536"""
ODD_DATES_SHARE = 0.1
MESSAGES_SHARE = 0.3
_ASSISTED = "Co-authored-by: Claude <noreply@anthropic.com>"


def shorten(path: str, seed: int) -> str:
    """Return the path with a smaller page size for a third of all lists: the same list always has the same size.

    So the server itself makes the short pages and the links between them, and no item is lost.
    """
    name = path.partition("?")[0]
    if zlib.crc32(f"{seed} {name}".encode()) % 3:
        return path
    return _FULL_PAGE.sub(f"per_page={SHORT_PAGE}", path)


def put_package(repository: Repository, chance: random.Random, number: int, sha: str) -> None:
    """Give a commit a package.json: of the version 1.NUMBER.0, or an odd one."""
    repository.put(_README, b"", sha)
    kind = chance.choice(list(_ODD)) if chance.random() < ODD_SHARE else ""
    content = _ODD[kind][0] if kind else b'{"version":"1.%d.0"}' % number
    if content is not None:
        repository.put(f"{_PACKAGE}/x" if kind == "a folder" else _PACKAGE, content, sha)


def expected_package(repository: Repository, sha: str) -> tuple[dict[str, Any], list[str]]:
    """Return what must be stored of a commit's package.json, and the anomalies."""
    tree = repository.trees[sha]
    content = tree.get(_PACKAGE)
    for odd, stored, anomalies in _ODD.values():
        if content == odd:
            return stored, anomalies
    assert isinstance(content, bytes)
    return {"exists": True, "parsable": True, "version": content.decode().split('"')[3]}, []


def put_odd_dates(commits: list[Commit], chance: random.Random) -> None:
    """Give some of the commits a date that is none, for their author, for their committer or for both."""
    for index, commit in enumerate(commits):
        if chance.random() < ODD_DATES_SHARE:
            commits[index] = commit._replace(authored=None, odd_authored=chance.choice(list(_ODD_DATES)))
        if chance.random() < ODD_DATES_SHARE:
            commits[index] = commits[index]._replace(committed=None, odd_committed=chance.choice(list(_ODD_DATES)))


def put_messages(commits: list[Commit], chance: random.Random, number: int) -> None:
    """Give some of the commits a message that names a pull request, a number that GitHub does not have, or an assistant."""
    named = f"Change (#{number})", f"Change (#{number + 500_000})", f"Change\n\n{_ASSISTED}"
    for index, commit in enumerate(commits):
        if chance.random() < MESSAGES_SHARE:
            commits[index] = commit._replace(message=chance.choice(named))


def expected_commits(repository: Repository, commits: list[Commit]) -> list[dict[str, Any]]:
    """Return what must be stored of the commits, apart from their dates."""
    stored = []
    for commit in commits:
        line = commit.message.splitlines()[0]
        number = int(line.split("#")[1].rstrip(")")) if "#" in line else None
        stable = f"{commit.authored}\n{line.partition(' (#')[0]}".encode()
        stored.append(
            {
                "sha": commit.sha,
                "parents": 1,
                "author_kind": "person",
                "assistants": ["claude"] * (_ASSISTED in commit.message),
                "fingerprint": hashlib.sha256(stable).hexdigest()[:16] if commit.authored is not None else None,
                "title_kind": "other",
                "revert_depth": 0,
                "reverts_sha": None,
                "reverts_number": None,
                "number": number,
                "number_kind": number and ("pull_request" if number in repository.history.pulls else "none"),
            }
        )
    return stored


def expected_dates(commits: list[Commit]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return what must be stored of the dates, and the anomalies in the order in which they occur."""
    stored = [{"authored": commit.authored, "committed": commit.committed} for commit in commits]
    dates = [date for c in commits for date in ((c.authored, c.odd_authored), (c.committed, c.odd_committed))]
    return stored, list(dict.fromkeys(_ODD_DATES[text] for time, text in dates if time is None))
