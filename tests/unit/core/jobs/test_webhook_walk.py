from collections.abc import Mapping
from typing import Any, cast

import pytest

from core.errors import PermanentError, TransientReadError
from core.github.webhooks import Hook
from core.job import Report
from core.jobs._recovery_cursor import ConcurrentRunError
from core.jobs._webhook_walk import walk
from core.ports import GitHubBrowser
from core.services import JobServices
from tests.builders import Lines, processing

URL = "https://telemetry.example.com/telemetry"


class GitHub:
    """Lists three webhooks of ours for each owner but one."""

    def pages(self, path: str, _: Mapping[str, str] | None = None) -> Any:
        if "gone" in path:
            raise PermanentError(f"GET {path}: 404")
        return iter([{"id": id, "config": {"url": URL}} for id in (7, 8, 9)])


def services(lines: Lines) -> JobServices:
    options = {"watched_hooks": "gone-org,octo-org", "webhook_url": URL}
    github = cast("GitHubBrowser", GitHub())
    return JobServices(processing(None, github, lines=lines, **options), github, lambda: 300.0)


def test_a_webhook_that_fails_does_not_affect_those_of_its_owner() -> None:
    lines, seen = Lines(), list[int]()

    def process(hook: Hook) -> Report:
        seen.append(hook.id)
        if hook.id == 8:
            raise TransientReadError("502")
        return Report(2, 1)

    assert walk(services(lines), "ledger", process) == Report(
        4, 4
    )  # one left of each, and the owner and webhook that failed
    assert seen == [7, 8, 9]
    assert [line["reason"] for line in lines.lines] == [
        "webhooks of gone-org: GET /orgs/gone-org/hooks: 404",
        "webhook 8 of octo-org: 502",
    ]


def test_another_copy_of_the_job_ends_it() -> None:
    def process(hook: Hook) -> Report:
        raise ConcurrentRunError(f"another copy is at work on {hook.id}")

    with pytest.raises(ConcurrentRunError):
        walk(services(Lines()), "recover", process)
