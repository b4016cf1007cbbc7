"""Answers the single reads of pull requests from queries of twenty: each is read from the REST API if that is not certain.

What a metric gets is equal either way, so its record is the same bytes.
"""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from core.backfill.counting_reader import CountingGitHubReader
from core.backfill.pull_request_batch import AT_ONCE, batch_query, parse_batch
from core.errors import MissingPermission, NotAvailable, QueryTooLarge, TelemetryError, TransientReadError
from core.metrics._timeline import TIMELINE_QUERY
from core.payload import Fields, Json
from core.ports import GitHubBrowser

_LIST = re.compile(r"/repos/[^/]+/[^/]+/pulls/([0-9]+)/(commits|files|reviews)", re.ASCII)
_SIDE_BY_SIDE = 5
_SPLIT_ABOVE = 5
"""Pull requests of the largest query that is not split. GitHub ends a query after 10 seconds, by 502 or 504, and large ones often:
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#timeouts and
https://github.com/apache/devlake/issues/3708 (30 pull requests with 100 commits)"""


class BatchedGitHubReader(CountingGitHubReader):
    """A CountingGitHubReader of one repository that asks for pull requests in advance. Thread-safe."""

    def __init__(self, github: GitHubBrowser) -> None:
        super().__init__(github)
        self._timelines: dict[int, Json] = {}
        self._lists: dict[tuple[int, str], list[Json]] = {}
        """By number and `commits`, `files` or `reviews`. Each is returned once: an event that is processed again is read again."""
        self._asked = set[int]()
        self._is_off = False
        """Whether GitHub refuses the query, as an older Enterprise Server that lacks a field."""
        self._facts_lock = threading.Lock()

    def prefetch(self, owner: str, repo: str, numbers: Sequence[int]) -> None:
        """Ask for these pull requests, each once in a run; what fails is read from the REST API. Raises nothing."""
        with self._facts_lock:
            new = [number for number in dict.fromkeys(numbers) if number not in self._asked]
            self._asked.update(new)
        batches = [new[start : start + AT_ONCE] for start in range(0, len(new), AT_ONCE)]
        if batches and not self._is_off:
            with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
                list(pool.map(lambda batch: self._ask(owner, repo, batch), batches))

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        """Implement core.ports.GitHubReader."""
        match = _LIST.fullmatch(path)
        if match:
            with self._facts_lock:
                items = self._lists.pop((int(match[1]), match[2]), None)
            if items is not None:
                return iter(items)
        return super().pages(path, params)

    def graphql(self, query: str, variables: Mapping[str, str | int]) -> Json:
        """Implement core.ports.GitHubReader."""
        number = variables.get("number")
        if query == TIMELINE_QUERY and type(number) is int:
            with self._facts_lock:
                timeline = self._timelines.pop(number, None)
            if timeline is not None:
                return {"repository": {"pullRequest": timeline}}
        return super().graphql(query, variables)

    def _ask(self, owner: str, repo: str, numbers: Sequence[int]) -> None:
        if self._is_off:
            return
        try:
            data = super().graphql(batch_query(numbers), {"owner": owner, "repo": repo})
            repository = Fields(data, "data").child_or_none("repository")
            facts = parse_batch(repository, numbers) if repository else {}
        except TelemetryError as error:
            if _may_be_too_large(error) and len(numbers) > _SPLIT_ABOVE:
                half = len(numbers) // 2
                self._ask(owner, repo, numbers[:half])
                self._ask(owner, repo, numbers[half:])
            elif isinstance(error, (NotAvailable, MissingPermission)) and not isinstance(error, QueryTooLarge):
                self._is_off = True
        else:
            with self._facts_lock:
                for number, (timeline, lists) in facts.items():
                    self._timelines[number] = timeline
                    self._lists |= {(number, name): items for name, items in lists.items()}


def _may_be_too_large(error: TelemetryError) -> bool:
    """Return whether a smaller query may succeed: a rate limit, and a response that did not come in time, name a time to wait."""
    return isinstance(error, QueryTooLarge) or (isinstance(error, TransientReadError) and error.retry_after is None)
