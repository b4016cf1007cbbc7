"""`telemetry try` against a fake GitHub on 127.0.0.1: one whole run for all tests of it, and short runs that fail."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner, Result

from cli.app import app
from core.clock import now
from fakes.github.response import error
from fakes.github.server import FakeGitHub
from fakes.github.state import GitHubState, Repository
from fakes.github.transport import serve
from tests.github_history import DAY, HOUR, add_deployment, add_pull, add_review, add_run

NAME = "octo-org/hello-world"
FOLDER = "telemetry-octo-org-hello-world"


class Run(NamedTuple):
    result: Result
    folder: Path
    fake: FakeGitHub


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("try"))
        for name in ("GITHUB_ACCESS_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "NO_COLOR"):
            patch.delenv(name, raising=False)
        patch.setenv("GITHUB_TOKEN", "t")
        patch.setenv("PATH", "/nonexistent")
        yield patch


def attempt(fake: FakeGitHub, *arguments: str) -> Result:
    with serve(fake) as url:
        return CliRunner().invoke(app, ["try", *arguments], env={"GITHUB_API_URL": url})


def items(result: Result) -> int:
    """Return how many items a run was to read."""
    return int(result.stdout.partition(" items since ")[0].rpartition(" ")[2].replace(",", ""))


def add_history(repository: Repository, pulls: int) -> None:
    """Pull requests of the last weeks, each with a review and a run of three jobs, and deployments."""
    begin = now() - 80 * DAY
    for number in range(1, pulls + 1):
        at = begin + number * (75 * DAY // pulls)
        add_pull(repository, number, at)
        add_review(repository, number, 50_000 + number, at - HOUR)
        add_run(repository, number, at)
    for number in range(1, pulls // 5 + 1):
        state = "failure" if number % 7 == 0 else "success"
        add_deployment(repository, number, begin + number * (370 * DAY // pulls), state)


@pytest.fixture(scope="module")
def whole(environment: pytest.MonkeyPatch) -> Run:  # noqa: ARG001 (its variables)
    fake = FakeGitHub(GitHubState(), token="t")
    add_history(fake.state.repository(NAME), 35)
    return Run(attempt(fake, NAME), Path.cwd(), fake)


def test_a_repository_is_read_reported_and_has_a_dashboard(whole: Run) -> None:
    assert whole.result.exit_code == 0, whole.result.output
    page = whole.folder / f"{FOLDER}-report" / "dashboard.html"
    assert f"The dashboard: {page.as_uri()}" in whole.result.stdout
    assert page.read_text().startswith("<!doctype html>")
    assert "Deployment frequency" in whole.result.stdout
    jobs = list((whole.folder / FOLDER / "octo-org/hello-world/workflow-job").rglob("*.json"))
    assert len(jobs) == 35 * 3


def test_the_first_numbers_say_what_is_not_read_yet(whole: Run) -> None:
    first, _, rest = whole.result.stdout.partition("FIRST NUMBERS, not final: ")
    assert "Change lead time" not in first
    sentence = rest.partition("\n")[0]
    assert sentence.endswith("105 check suites of commits are still to be read") or "workflow runs" in sentence
    assert rest.count("Change lead time") >= 2
    assert "INCOMPLETE" not in whole.result.stdout


def test_the_last_lines_are_the_three_next_steps(whole: Run) -> None:
    steps = whole.result.stdout.partition("\nNext:\n")[2].splitlines()
    assert len(steps) == 3
    assert f"telemetry report {FOLDER} --evidence change_lead_time" in steps[0]


def test_the_estimate_is_near_the_requests(whole: Run) -> None:
    words = whole.result.stdout.partition(" requests, ")[0].split()
    estimate = int(words[-1].replace(",", ""))
    assert estimate * 0.9 <= whole.fake.requests <= estimate * 1.1 + 10  # the lists, before the estimate, are ten


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (404, "Not Found", "no such repository. Check the spelling"),
        (401, "Bad credentials", "GITHUB_TOKEN: GitHub does not accept this token. Run `gh auth login`"),
        (500, "", "GitHub cannot be read"),
        (451, "Repository access blocked", "GitHub blocks access to the repository"),
    ],
)
def test_a_repository_that_cannot_be_read_is_one_line(status: int, message: str, reason: str) -> None:
    fake = FakeGitHub()
    fake.fail(error(status, message))
    result = attempt(fake, "octo-org/typo")
    assert (result.exit_code, result.stdout) == (1, "")
    assert reason in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not Path("telemetry-octo-org-typo").exists()


@pytest.mark.usefixtures("environment")
def test_without_a_network_there_is_one_line() -> None:
    result = CliRunner().invoke(app, ["try", NAME], env={"GITHUB_API_URL": "http://127.0.0.1:9"})
    assert result.exit_code == 1
    assert "GitHub cannot be read at http://127.0.0.1:9" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("environment")
def test_without_a_token_there_is_one_line_that_says_how_to_get_one() -> None:
    result = CliRunner().invoke(app, ["try", NAME], env={"GITHUB_TOKEN": ""})
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no token for github.com: run `gh auth login`, or set GITHUB_TOKEN" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("target", ["octo-org/", "octo org", "octo-org/a/b", "../x"])
def test_a_name_that_github_does_not_give_is_an_error_of_usage(target: str) -> None:
    result = CliRunner().invoke(app, ["try", target])
    assert result.exit_code == 2
    assert "OWNER/REPO" in result.stderr


@pytest.mark.usefixtures("environment")
def test_an_empty_repository_says_that_there_is_nothing() -> None:
    fake = FakeGitHub()
    repository = fake.state.repository("octo-org/empty")
    repository.has_actions = repository.has_issues = False
    result = attempt(fake, "octo-org/empty")
    assert result.exit_code == 0, result.output
    assert "GitHub has nothing to measure since" in result.stdout
    assert "workflow runs" in result.stdout  # Actions are off: a note


@pytest.mark.usefixtures("environment")
def test_an_hourly_limit_in_the_middle_keeps_what_was_read() -> None:
    fake = FakeGitHub()
    add_history(fake.state.repository("octo-org/busy"), 5)
    reset = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(now() // 1000 + 3000)}
    fake.fail_at("GET", r"/check-suites$", *[error(403, "API rate limit exceeded", reset)] * 500)
    result = attempt(fake, "octo-org/busy")
    assert result.exit_code == 1, result.output
    assert "INCOMPLETE, so numbers may be wrong or absent" in result.stdout
    assert "GitHub's hourly limit of this token is used up until" in result.stderr
    fake.faults.__init__()  # type: ignore[misc]  # the hour is over
    again = attempt(fake, "octo-org/busy")
    assert again.exit_code == 0, again.output
    assert items(again) < items(result), "what was read is not read again"
