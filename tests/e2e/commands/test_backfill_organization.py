"""`telemetry backfill` over an organization with one repository of each odd kind, and over people's accounts."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from fakes.github.response import Response, error
from fakes.github.serializers import iso
from fakes.github.server import FakeGitHub
from fakes.github.state import GitHubState, Repository
from fakes.github.transport import serve
from tests.builders import NOW
from tests.environment import PATIENCE, inherited
from tests.github_history import DAY, HOUR, add_issue, add_pull, add_run, add_tag

ORGANIZATION = "octo-org"
BEGIN = NOW - 3 * DAY


class Run(NamedTuple):
    """What a command left behind."""

    code: int
    output: str
    records: frozenset[str]
    """Repositories that have records."""


def backfill(folder: Path, url: str, *arguments: str, since: str = "2026-11-16") -> Run:
    environment = {"GITHUB_API_URL": url, "GITHUB_ACCESS_TOKEN": "t", **inherited()}
    command = [sys.executable, "-m", "cli", "backfill", "--since", since, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    store = folder / "telemetry-data"
    paths = [path.relative_to(store).parts for path in store.rglob("*.json")]
    names = frozenset("/".join(parts[:2]) for parts in paths if parts[0] != "_system")
    return Run(done.returncode, done.stdout + done.stderr, names)


def ordinary(repository: Repository) -> None:
    add_pull(repository, 1, BEGIN)
    add_run(repository, repository.id, BEGIN, jobs=1)


def without_actions(repository: Repository) -> None:
    ordinary(repository)
    repository.has_actions = False


def without_issues(repository: Repository) -> None:
    ordinary(repository)
    repository.has_issues = False


def rerun(repository: Repository) -> None:
    """A run of before the first day, run again after it."""
    [job] = add_run(repository, repository.id, NOW - 25 * DAY, jobs=1)
    repository.history.runs[0] |= {"updated_at": iso(BEGIN + HOUR), "run_started_at": iso(BEGIN), "run_attempt": 2}
    times = {"created_at": iso(BEGIN), "started_at": iso(BEGIN), "completed_at": iso(BEGIN + HOUR)}
    repository.history.jobs[repository.id].append({**job, **times, "id": job["id"] + 50, "run_attempt": 2})


def archived(repository: Repository) -> None:
    ordinary(repository)
    repository.archived = True


def disabled(repository: Repository) -> None:
    ordinary(repository)
    repository.disabled = True


def blocked(repository: Repository) -> None:
    ordinary(repository)
    repository.blocked = "tos"


def taken_down(repository: Repository) -> None:
    ordinary(repository)
    repository.blocked = "dmca"


class Kind(NamedTuple):
    """An odd repository, and what is printed of it: a note, or why it is incomplete."""

    make: Callable[[Repository], object]
    printed: str = ""
    incomplete: bool = False
    stored: bool = True


KINDS = {
    "ordinary": Kind(ordinary),
    "no-actions": Kind(without_actions, "no workflow runs: GET /repos/octo-org/no-actions/actions/runs: 404"),
    "no-issues": Kind(without_issues, "no incidents: issues are off"),
    "issues-gone": Kind(ordinary, "no incidents: GET /repos/octo-org/issues-gone/issues: 410"),
    "no-pulls": Kind(
        lambda repository: add_run(repository, 7, BEGIN), "no pull requests: GET /repos/octo-org/no-pulls"
    ),
    "empty": Kind(lambda _: None, "no tags: GET /repos/octo-org/empty/tags: 409", stored=False),
    "run-again": Kind(rerun),
    "archived": Kind(archived, "archived"),
    "disabled": Kind(disabled, "disabled"),
    "blocked": Kind(blocked, "GET /repos/octo-org/blocked: 403", incomplete=True, stored=False),
    "taken-down": Kind(taken_down, "GET /repos/octo-org/taken-down: 451", incomplete=True, stored=False),
    "deleted-meanwhile": Kind(ordinary, "GET /repos/octo-org/deleted-meanwhile: 404", incomplete=True, stored=False),
    "no-checks-permission": Kind(ordinary, "check suites of commits: GET", incomplete=True),
    "odd-answer": Kind(ordinary, "the answer is no object", incomplete=True, stored=False),
    "odd-name": Kind(ordinary, "GET /repos/octo-org/odd-name: its name is invalid", incomplete=True, stored=False),
}
REFUSED = error(403, "Resource not accessible by personal access token")


def organization(state: GitHubState) -> FakeGitHub:
    for name, kind in KINDS.items():
        kind.make(state.repository(f"{ORGANIZATION}/{name}"))
    state.odd = [
        {"id": 7, "name": "..", "owner": {"login": ORGANIZATION}},
        {"id": 8, "name": "shop", "owner": None},
    ]
    fake = FakeGitHub(state)
    fake.fail_at("GET", "/issues-gone/issues$", error(410, "Issues are disabled for this repo"))
    fake.fail_at("GET", "/no-pulls/pulls$", error(404, "Not Found"))
    fake.fail_at("GET", "/empty/tags$", error(409, "Git Repository is empty."))
    fake.fail_at("GET", "/deleted-meanwhile$", error(404, "Not Found"))
    fake.fail_at("GET", "/no-checks-permission/commits/.*/check-suites$", *[REFUSED] * 100)
    fake.fail_at("GET", "/odd-answer$", Response(200, {"Content-Type": "application/json"}, b"[]"))
    odd = b'{"id":9,"name":"../..","owner":{"login":"octo-org"}}'
    fake.fail_at("GET", "/odd-name$", Response(200, {"Content-Type": "application/json"}, odd))
    return fake


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    fake = organization(GitHubState())
    with serve(fake) as url:
        fake.api_url = url
        yield backfill(tmp_path_factory.mktemp("organization"), url, ORGANIZATION)


def lines_of(run: Run, name: str) -> list[str]:
    """The findings of a repository, but for what GitHub no longer keeps: that depends on today's date."""
    lines = [line for line in run.output.splitlines() if line.startswith(f"{ORGANIZATION}/{name} ")]
    return [line for line in lines if "GitHub keeps them" not in line]


def test_an_organization_of_odd_repositories_is_walked_to_its_end(walked: Run) -> None:
    for name in (f"{ORGANIZATION}/{kind}" for kind in KINDS):
        findings = [line for line in lines_of(walked, name.partition("/")[2]) if " since " not in line]
        done = next((line for line in walked.output.splitlines() if line.startswith(f"{name}: ")), "not read")
        print(f"{name:32} {done.partition(': ')[2] or done:60} {' | '.join(' '.join(f.split()[1:]) for f in findings)}")  # noqa: T201 (the table of outcomes)
    assert walked.code == 1
    assert "Traceback" not in walked.output
    assert walked.records == {f"{ORGANIZATION}/{name}" for name, kind in KINDS.items() if kind.stored}


@pytest.mark.parametrize("name", KINDS)
def test_each_odd_repository_is_named_with_its_reason(walked: Run, name: str) -> None:
    kind = KINDS[name]
    findings = [line for line in lines_of(walked, name) if " note " in line or " incomplete " in line]
    assert len(findings) == bool(kind.printed), walked.output
    assert all(kind.printed in line and (" incomplete " in line) == kind.incomplete for line in findings)


def test_repositories_that_cannot_be_named_are_reported_by_id(walked: Run) -> None:
    assert "repository 7" in walked.output
    assert "repository 8" in walked.output
    incomplete = sum(kind.incomplete for kind in KINDS.values())
    assert walked.output.count(" incomplete ") == incomplete + 2


def test_an_organization_without_odd_repositories_exits_with_zero(tmp_path: Path) -> None:
    state = GitHubState()
    without_actions(state.repository(f"{ORGANIZATION}/no-actions"))
    archived(state.repository(f"{ORGANIZATION}/archived"))
    fake = FakeGitHub(state)
    with serve(fake) as url:
        fake.api_url = url
        run = backfill(tmp_path, url, ORGANIZATION)
    assert (run.code, len(run.records)) == (0, 2), run.output


def test_people_with_odd_names_and_private_repositories_are_walked(tmp_path: Path) -> None:
    state = GitHubState()
    state.people = {"octocat", "-jerry-", "ada_acme"}
    for name in ("octocat/secret", "octocat/public", "-Jerry-/shop", "ada_acme/shop"):
        add_run(state.repository(name), len(name), BEGIN, jobs=1)
    state.repository("octocat/secret").private = True
    fake = FakeGitHub(state)
    with serve(fake) as url:
        fake.api_url = url
        run = backfill(tmp_path, url, "octocat", "ada_acme", "nobody", "--", "-Jerry-")
    assert run.records == {"octocat/secret", "octocat/public", "-Jerry-/shop", "ada_acme/shop"}, run.output
    assert "nobody  incomplete  its repositories cannot be listed: GET /users/nobody/repos: 404" in run.output
    assert run.code == 1


def test_a_renamed_repository_is_named_as_it_is_now(tmp_path: Path) -> None:
    state = GitHubState()
    add_tag(state.repository("octo-org/former"), "v1.2.3", BEGIN)
    state.rename("octo-org/former", "octo-org/current")
    fake = FakeGitHub(state)
    with serve(fake) as url:
        fake.api_url = url
        run = backfill(tmp_path, url, "octo-org/former")
    assert run.code == 0, run.output
    assert "octo-org/former  note  is octo-org/current now" in run.output
    assert run.records == {"octo-org/current"}


def test_what_github_no_longer_keeps_is_said_to_be_gone(tmp_path: Path) -> None:
    state = GitHubState()
    add_issue(state.repository("octo-org/shop"), 1, BEGIN, "incident")
    fake = FakeGitHub(state)
    with serve(fake) as url:
        fake.api_url = url
        run = backfill(tmp_path, url, "octo-org/shop", since="2025-01-01")
    assert run.code == 0, run.output
    assert "octo-org/shop  note  workflow runs, jobs and check suites from before" in run.output


@pytest.mark.parametrize("argument", ["octo-org/..", "https://github.com/octo-org/shop", "octo-org/a/b", "/shop", "_a"])
def test_an_argument_that_is_no_repository_is_rejected_first(tmp_path: Path, argument: str) -> None:
    run = backfill(tmp_path, "http://127.0.0.1:9", "octo-org/shop", argument)
    assert (run.code, run.records) == (2, frozenset())
    assert "is not OWNER or OWNER/NAME" in " ".join(run.output.replace("│", " ").split())
