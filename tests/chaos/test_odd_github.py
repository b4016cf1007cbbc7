"""What the odd GitHub of a chaos run does to paths, answers and files."""

import random

import pytest
import requests

from fakes.github.server import FakeGitHub
from fakes.github.state import Commit, Deployment
from fakes.github.transport import serve
from tests.builders import NOW
from tests.chaos.odd_github import (
    NOT_FOUND,
    SHORT,
    SHORT_PAGE,
    expected_commits,
    expected_dates,
    expected_package,
    put_messages,
    put_odd_dates,
    put_package,
    shorten,
)
from tests.chaos.proxy import GITHUB, LISTS, Chaos, between
from tests.environment import PATIENCE

PATHS = [f"/repos/o/r-{n}/deployments?environment=production&per_page=100&page=2" for n in range(30)]


def test_a_third_of_all_lists_has_short_pages_always_the_same() -> None:
    short = [path for path in PATHS if shorten(path, 1) != path]
    assert 3 < len(short) < 20
    assert all(shorten(path, 1) == path.replace("=100", f"={SHORT_PAGE}") for path in short)
    assert shorten(shorten(short[0], 1), 1) == shorten(short[0], 1)
    assert [path for path in PATHS if shorten(path, 2) != path] != short


def test_short_pages_lose_no_item() -> None:
    fake = FakeGitHub()
    names = [f"octo-org/r-{n}" for n in range(10)]
    for name in names:
        fake.state.repository(name).deployments += [Deployment(id, "production", NOW + id) for id in range(50)]
    chaos, pages = Chaos("a", LISTS, 1), 0
    with serve(fake) as api, between(api.removeprefix("http://"), chaos) as url:
        for name in names:
            target, ids = f"{url}/repos/{name}/deployments?per_page=100", list[int]()
            while target:
                answer = requests.get(target, timeout=PATIENCE)
                ids, pages = ids + [item["id"] for item in answer.json()], pages + 1
                target = answer.links.get("next", {}).get("url", "")
            assert ids == list(range(49, -1, -1))
    assert pages > len(names)
    assert chaos.done[SHORT] > 0


def test_a_404_is_injected_into_reads_only() -> None:
    chaos = Chaos("a", GITHUB, 3)
    for _ in range(500):
        chaos.next("PATCH")
    assert chaos.done[NOT_FOUND] == 0
    assert [chaos.next("GET") for _ in range(500)].count(NOT_FOUND) > 10


@pytest.mark.parametrize("seed", range(3))
def test_every_odd_file_has_an_expectation(seed: int) -> None:
    repository, chance = FakeGitHub().state.repository("octo-org/r"), random.Random(seed)
    for number in range(200):
        put_package(repository, chance, number, f"sha{number}")
    files = [expected_package(repository, f"sha{number}") for number in range(200)]
    assert {(file["exists"], file["parsable"]) for file, _ in files} == {(False, None), (True, False), (True, True)}
    assert 60 < sum(file["version"] is not None for file, _ in files) < 180
    assert any(anomalies for _, anomalies in files)


def test_every_odd_date_of_a_commit_has_an_expectation() -> None:
    commits = [Commit(f"{n}", NOW, NOW) for n in range(400)]
    put_odd_dates(commits, random.Random(1))
    stored, anomalies = expected_dates(commits)
    assert set(anomalies) == {"missing_time", "impossible_time"}
    assert 20 < sum(times["authored"] is None for times in stored) < 70
    assert {commit.odd_committed for commit in commits} >= {None, "", "0001-01-01T00:00:00Z"}


def test_every_message_of_a_commit_has_an_expectation() -> None:
    repository = FakeGitHub().state.repository("octo-org/r")
    repository.history.pulls[7] = {"number": 7}
    commits = [Commit(f"{n}", NOW, NOW) for n in range(400)]
    put_messages(commits, random.Random(1), 7)
    stored = expected_commits(repository, commits)
    assert {commit["number_kind"] for commit in stored} == {None, "pull_request", "none"}
    assert {tuple(commit["assistants"]) for commit in stored} == {(), ("claude",)}
    assert len({commit["fingerprint"] for commit in stored}) == 2  # the first line without its number is one of two
