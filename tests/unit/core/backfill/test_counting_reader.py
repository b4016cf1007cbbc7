from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from core.backfill.counting_reader import CountingGitHubReader
from core.errors import TransientReadError
from core.payload import Json

DEPLOYMENTS = "/repos/octo-org/hello-world/deployments"


class Pages:
    """Two pages of every list; the second fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.asked: list[Any] = []
        self._failures = failures

    def page(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Json], Mapping[str, str] | None]:
        query = dict(params or {})
        self.asked.append((path, query))
        if "page" not in query:
            return [{"id": 1}], {**query, "page": "2"}
        if self._failures:
            self._failures -= 1
            raise TransientReadError("502")
        return [{"id": 2}], None

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        raise AssertionError((path, params))

    def object(self, path: str) -> Json:
        return {"path": path}

    def file(self, *_: Any) -> bytes | None:
        return b"{}"

    def repositories(self, owner: str | None = None) -> Iterator[Json]:  # noqa: ARG002
        return iter([{"id": 1}])

    def budget(self, path: str = "") -> float:
        return 0.5 if path else 1.0


def test_every_page_object_and_file_counts_as_one() -> None:
    github = CountingGitHubReader(Pages())
    assert list(github.pages("/repos/o/r/pulls")) == [{"id": 1}, {"id": 2}]
    assert (github.object("/x"), github.file("o", "r", "package.json"), github.calls) == ({"path": "/x"}, b"{}", 4)


def test_a_partly_read_list_counts_the_pages_read() -> None:
    github = CountingGitHubReader(Pages())
    assert next(iter(github.pages(DEPLOYMENTS))) == {"id": 1}
    assert github.calls == 1


@pytest.mark.parametrize(
    ("path", "params"), [(f"{DEPLOYMENTS}/5/statuses", {}), (DEPLOYMENTS, {"environment": "production"})]
)
def test_what_every_deployment_reads_of_those_before_it_is_asked_for_once(path: str, params: dict[str, str]) -> None:
    github = CountingGitHubReader(Pages())
    assert [list(github.pages(path, params)) for _ in range(3)] == [[{"id": 1}, {"id": 2}]] * 3
    assert github.calls == 2


def test_each_environment_is_requested_separately() -> None:
    github = CountingGitHubReader(Pages())
    for name in ("production", "staging", "production"):
        list(github.pages(DEPLOYMENTS, {"environment": name}))
    assert github.calls == 4


def test_a_list_that_failed_is_asked_for_again() -> None:
    github = CountingGitHubReader(Pages(failures=1))
    with pytest.raises(TransientReadError):
        list(github.pages(f"{DEPLOYMENTS}/5/statuses"))
    assert list(github.pages(f"{DEPLOYMENTS}/5/statuses")) == [{"id": 1}, {"id": 2}]


def test_many_that_ask_for_one_list_at_once_get_one_answer() -> None:
    github, together = CountingGitHubReader(Pages()), Barrier(8)

    def ask() -> list[Json]:
        together.wait()
        return list(github.pages(f"{DEPLOYMENTS}/5/statuses"))

    with ThreadPoolExecutor(8) as pool:
        results = [future.result() for future in [pool.submit(ask) for _ in range(8)]]
    assert (results, github.calls) == ([[{"id": 1}, {"id": 2}]] * 8, 2)


def test_the_remaining_budget_is_that_of_github_s_headers() -> None:
    github = CountingGitHubReader(Pages())
    assert (github.budget(), github.budget("/repos/o/r"), list(github.repositories())) == (1.0, 0.5, [{"id": 1}])
