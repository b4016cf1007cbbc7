import pytest

from core.backfill.retention import gone
from tests.builders import NOW
from tests.github_history import DAY

PUBLIC, PRIVATE = {"private": False}, {"private": True}


def of(repository: dict[str, bool], days: int, host: str = "github.com") -> list[str]:
    return list(gone(repository, host, since=NOW - days * DAY, now=NOW))


@pytest.mark.parametrize("host", ["github.com", "acme.ghe.com", "github.acme.example"])
@pytest.mark.parametrize("repository", [PUBLIC, PRIVATE, {}])
def test_nothing_of_the_last_90_days_is_said_to_be_gone(repository: dict[str, bool], host: str) -> None:
    assert of(repository, 90, host) == []


def test_runs_of_a_public_repository_are_gone_after_90_days() -> None:
    [text] = of(PUBLIC, 91)
    assert text == "workflow runs, jobs and check suites from before 2026-08-26 are gone: GitHub keeps them for 90 days"


def test_runs_of_a_private_repository_depend_on_its_setting() -> None:
    [text] = of(PRIVATE, 91)
    assert "from before 2026-08-26 may be gone: GitHub keeps them for 90 days unless" in text


def test_runs_of_a_private_repository_are_gone_after_400_days() -> None:
    certain, uncertain = of(PRIVATE, 401)
    assert "are gone: GitHub keeps them for 400 days at most" in certain
    assert "may be gone" in uncertain


def test_an_enterprise_server_decides_itself() -> None:
    [text] = of(PUBLIC, 500, "github.acme.example")
    assert "may be gone: the server's administrators choose" in text
