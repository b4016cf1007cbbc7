"""`telemetry try` against a fake GitHub on 127.0.0.1: one whole run for all tests of it, and short runs that fail."""

import json
import os
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner, Result

from benchmarks.first_report import FOLDER, NAME, Size, add_history, by_name, differences
from cli.app import app
from core.clock import now
from fakes.github.faults import Faults
from fakes.github.rate_limits import RateLimits
from fakes.github.response import Response, error
from fakes.github.server import FakeGitHub
from fakes.github.transport import serve
from tests.dashboard_data import page_data
from tests.github_history import DAY
from tests.webhook_history import store_webhooks


class Run(NamedTuple):
    result: Result
    folder: Path
    fake: FakeGitHub
    requests: int
    refused: int


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


def announced(result: Result) -> int:
    """Return how many requests a run was to send."""
    return int(result.stdout.partition(" requests, ")[0].rpartition(" ")[2].replace(",", ""))


def totals(result: Result) -> str:
    """Return the last report without what changes with time."""
    return result.stdout.rpartition("Deployment frequency")[2].partition("The dashboard: ")[0]


@pytest.fixture(scope="module")
def whole(environment: pytest.MonkeyPatch) -> Run:  # noqa: ARG001 (its variables)
    fake, limits = FakeGitHub(token="t"), RateLimits()
    fake.limits = limits
    add_history(fake.state.repository(NAME), Size(40, 10, 2))
    result = attempt(fake, NAME)
    fake.limits = None
    return Run(result, Path.cwd(), fake, fake.requests, limits.refused)


def test_a_repository_is_read_reported_and_has_a_dashboard(whole: Run) -> None:
    assert whole.result.exit_code == 0, whole.result.output
    page = whole.folder / f"{FOLDER}-report" / "dashboard.html"
    assert f"The dashboard: {page.as_uri()}" in whole.result.stdout
    assert page.read_text().startswith("<!doctype html>")
    assert "Deployment frequency" in whole.result.stdout
    jobs = list((whole.folder / FOLDER / "octo-org/hello-world/workflow-job").rglob("*.json"))
    assert len(jobs) == 40 * 2 * 3


def test_the_first_numbers_say_what_is_not_read_yet(whole: Run) -> None:
    first, _, rest = whole.result.stdout.partition("FIRST NUMBERS, not final: ")
    assert "Change lead time" not in first
    assert rest.partition("\n")[0].endswith(" check suites of commits are still to be read")
    assert rest.count("Change lead time") >= 2
    assert f"{NAME} (INCOMPLETE)\n" in rest
    assert "INCOMPLETE" not in rest.partition(" events stored, ")[2]


def test_a_period_that_was_read_in_part_is_in_no_report(whole: Run) -> None:
    """It would look like one with fewer deployments, and the next one like a rise."""
    fields = json.loads((whole.folder / FOLDER / "_system" / "trial.json").read_text())
    assert 89 * DAY < now() - fields["since"] <= 98 * DAY
    for source in (FOLDER, f"{FOLDER}-report/telemetry.duckdb"):
        printed = CliRunner().invoke(app, ["report", str(whole.folder / source), "--format", "json"])
        assert printed.exit_code == 0, printed.output
        report = json.loads(printed.stdout)
        assert min(period["starts_at"] for period in report["periods"]) >= fields["since"]
        assert {period["kind"] for period in report["periods"]} >= {"week", "month"}


def test_the_last_lines_are_the_three_next_steps(whole: Run) -> None:
    steps = whole.result.stdout.partition("\nNext:\n")[2].splitlines()
    assert len(steps) == 3
    assert f"telemetry report {FOLDER} --evidence change_lead_time" in steps[0]


def test_the_estimate_is_near_the_requests(whole: Run) -> None:
    assert announced(whole.result) * 0.9 <= whole.requests <= announced(whole.result) * 1.1


def test_the_numbers_are_those_of_webhooks_and_no_limit_is_reached(whole: Run) -> None:
    assert whole.refused == 0
    store_webhooks(whole.fake, whole.fake.state.repository(NAME), whole.folder / "webhooks", set(), received_at=now())
    sources = [str(whole.folder / name) for name in (f"{FOLDER}-report/telemetry.duckdb", "webhooks")]
    reports = [CliRunner().invoke(app, ["report", source, "--format", "json"]) for source in sources]
    assert [report.stderr for report in reports] == ["", ""]
    of_try, of_webhooks = (by_name(report.stdout) for report in reports)
    assert list(differences(of_webhooks, of_try)) == []
    assert len(of_try) > 100


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


@pytest.mark.usefixtures("environment")
def test_a_server_of_the_folder_gets_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder may be a clone of anybody's repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_API_URL", raising=False)
    fake = FakeGitHub()
    with serve(fake) as url:
        Path(".env").write_text(f"GITHUB_API_URL={url}\n")
        result = CliRunner().invoke(app, ["try", NAME])
    assert (result.exit_code, result.stdout, fake.requests) == (2, "", 0)
    assert "GITHUB_API_URL in .env names 127.0.0.1: a token of your environment is not sent there" in result.stderr


@pytest.mark.parametrize("target", ["octo-org/", "octo org", "octo-org/a/b", "../x"])
def test_an_invalid_name_is_a_usage_error(target: str) -> None:
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
    assert "no workflow runs: " in result.stdout
    assert "(Actions are off, or the token may not read them)" in result.stdout

    fake.miss(r"/deployments$")
    hidden = attempt(fake, "octo-org/empty")
    assert hidden.exit_code == 1, hidden.output
    assert (
        "deployments: GET /repos/octo-org/empty/deployments: 404, which a token gets that may not read" in hidden.stderr
    )


@pytest.mark.usefixtures("environment")
def test_a_folder_with_records_of_another_target_is_refused_unchanged(whole: Run) -> None:
    """`telemetry-octo-org-hello-world` is also the folder of the repository `org-hello-world` of `octo`."""
    files = sorted(whole.folder.rglob("*.json"))
    for target in ("octo/org-hello-world", "octo-org"):
        result = attempt(FakeGitHub(), target, "--output", str(whole.folder / FOLDER))
        assert (result.exit_code, result.stdout) == (2, ""), result.output
        assert f"{FOLDER} has the records of {NAME}: name another folder by --output" in result.stderr
    assert sorted(whole.folder.rglob("*.json")) == files


class InterruptedGitHub(FakeGitHub):
    """A fake during whose request of these numbers somebody presses Ctrl-C: requests come side by side."""

    def __init__(self, *numbers: int) -> None:
        super().__init__()
        self._at = numbers
        self._numbers = count(1)

    def answer(self, *request: Any, **named: Any) -> Response:
        if next(self._numbers) in self._at:
            os.kill(os.getpid(), signal.SIGINT)
        return super().answer(*request, **named)


@pytest.mark.usefixtures("environment")
def test_what_was_read_before_ctrl_c_and_a_limit_is_not_read_again() -> None:
    fake = InterruptedGitHub(15, 75)
    for number, name in enumerate(("busy", "calm", "quiet")):
        add_history(fake.state.repository(f"busy-org/{name}"), Size(*((5, 2, 0) if number == 0 else (1, 1, 1))))
    early = attempt(fake, "busy-org")
    assert (early.exit_code, early.stdout) == (130, ""), "while the repositories were planned"
    interrupted = attempt(fake, "busy-org")
    assert interrupted.exit_code == 130, interrupted.output
    assert "busy-org: 3 repositories, " in interrupted.stdout
    assert interrupted.stderr.endswith("is stored in telemetry-busy-org/; the same command goes on\n")

    reset = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(now() // 1000 + 3000)}
    limit = Faults()
    limit.inject_at("GET", r"/check-suites$", *[error(403, "API rate limit exceeded", reset)] * 500)
    limit.inject_at("GET", r"/busy-org/calm$", error(403, "Resource not accessible by personal access token"))
    fake.faults, no_limit = limit, fake.faults
    limited = attempt(fake, "busy-org")
    assert limited.exit_code == 1, limited.output
    assert "INCOMPLETE, so numbers may be wrong or absent" in limited.stdout
    assert "GitHub's hourly limit of this token is used up until" in limited.stderr
    assert "busy-org: 2 repositories, " in limited.stdout
    assert "cannot be read: busy-org/calm: GET /repos/busy-org/calm: 403" in limited.stderr
    assert "incomplete: not begun: 1 repository of busy-org" in limited.stderr

    page = Path("telemetry-busy-org-report", "dashboard.html")
    assert "busy-org (INCOMPLETE)" in page_data(page.read_text()).text
    later = CliRunner().invoke(app, ["report", "telemetry-busy-org"])
    assert "telemetry-busy-org (INCOMPLETE)\n" in later.stdout

    fake.faults = no_limit
    before = fake.requests
    whole = attempt(fake, "busy-org")
    assert "INCOMPLETE" not in page_data(page.read_text()).text
    assert whole.exit_code == 0, whole.output
    assert items(whole) < items(limited), "what was read is not read again"
    assert whole.stdout.index("busy-org: 3 repositories, ") < whole.stdout.index("events stored")
    assert [f"busy-org/{name}: " in whole.stdout for name in ("busy", "calm", "quiet")] == [True] * 3
    assert fake.requests - before <= announced(whole) * 1.1

    before = fake.requests
    repeated = attempt(fake, "busy-org")
    assert repeated.exit_code == 0, repeated.output
    assert fake.requests - before == announced(repeated) + 1 <= 37, "the lists only, and that of the repositories"
    assert totals(repeated) == totals(whole)
