"""Batches change how pull requests are read, not what is stored: every record has the same bytes."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.backfill.batched_reader import BatchedGitHubReader
from core.backfill.options import BackfillOptions
from core.backfill.pull_request_batch import parse_batch
from core.backfill.run import Backfill, BackfillResult
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.metrics._timeline import TIMELINE_QUERY
from core.payload import Fields
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import JobServices
from core.stores.directory import DirectoryStore
from fakes.github.response import Response, error
from fakes.github.server import FakeGitHub
from fakes.github.state import Commit, Deployment, File, PullRequest
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, processing
from tests.github_history import DAY, HOUR, add_pull, add_review, long_ago, sha
from tests.memory_adapters import MemorySecrets

SINCE = NOW - 8 * DAY
AT = long_ago(2)
TOO_LARGE = Response(
    200, {}, b'{"data": null, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "too much"}]}'
)


def client(fake: FakeGitHub) -> GitHubClient:
    session = pooled_session()
    session.mount("https://", FakeGitHubAdapter(fake))
    return GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), fake.api_url)


class Read:
    """What a backfill stored, and with which requests."""

    def __init__(self, fake: FakeGitHub, folder: Path, *, is_batched: bool) -> None:
        github = client(fake)
        worker = processing(DirectoryStore(str(folder)), github)
        before = fake.requests
        options = BackfillOptions(is_batched=is_batched)
        backfill = Backfill("octo-org", "hello-world", SINCE, JobServices(worker, github, lambda: 900.0), options)
        self.estimate = backfill.plan.calls + backfill.plan.expected
        self.result: BackfillResult = backfill.run()
        self.requests = fake.requests - before
        paths = (path for path in folder.rglob("*.json") if "_system" not in path.parts)
        self.records = {str(path.relative_to(folder)): path.read_bytes() for path in paths}


class RecordingGitHub(FakeGitHub):
    """A fake that records the paths of its requests."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    def answer(self, method: str, path: str, *rest: Any, **named: Any) -> Response:
        self.paths.append(path)
        return super().answer(method, path, *rest, **named)


class Scenario:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fake = RecordingGitHub()
        self.repository = self.fake.state.repository("octo-org/hello-world")

    def add(
        self, number: int, commits: list[Commit] | None = None, files: list[File] | None = None, **fields: Any
    ) -> None:
        add_pull(self.repository, number, AT + number * 60_000, **fields)
        add_review(self.repository, number, 2**33 + number, AT - HOUR)
        usual = self.repository.pulls[number]
        self.repository.pulls[number] = PullRequest(commits or usual.commits, files or usual.files)

    def reader(self) -> BatchedGitHubReader:
        return BatchedGitHubReader(client(self.fake))

    def read(self, *, is_batched: bool) -> Read:
        return Read(self.fake, self.folder / str(is_batched), is_batched=is_batched)


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario(tmp_path)


def test_batched_records_have_the_same_bytes_with_fewer_requests(scenario: Scenario) -> None:
    for number in range(1, 61):
        scenario.add(number, merged=number % 7 != 0)
    single, batched = scenario.read(is_batched=False), scenario.read(is_batched=True)
    assert (single.result.left, batched.result.left) == (0, 0)
    assert batched.records == single.records
    assert len(batched.records) == 60 + 2 * 52 + 60
    suites, lists = 60 + 52, 10
    assert batched.requests <= 60 + 3 + suites + lists
    assert single.requests >= 60 + 3 * 52 + 60 + suites
    assert abs(batched.requests - batched.estimate) <= batched.estimate * 0.1


def test_the_estimate_knows_whether_deployments_have_a_package_json(tmp_path: Path) -> None:
    reads = []
    for name in ("package.json", "README.md"):
        scenario = Scenario(tmp_path / name)
        scenario.repository.put(name, b"{}")
        for id in range(1, 31):
            scenario.repository.deployments.append(Deployment(id, "production", AT + id * 60_000))
            scenario.repository.put(name, b"{}", scenario.repository.deployments[-1].sha)
        reads.append(scenario.read(is_batched=True))
    having, lacking = reads
    assert lacking.estimate - having.estimate == 30
    assert lacking.requests - having.requests == 30 + 1


def renamed(scenario: Scenario) -> None:
    scenario.add(1, files=[File("docs/new.md", "renamed"), File("src/a.py")])


def by_bot(scenario: Scenario) -> None:
    scenario.add(1, [Commit(sha("c1"), AT, AT, "renovate[bot]")])


def without_account(scenario: Scenario) -> None:
    scenario.add(1, [Commit(sha("c1"), AT, AT, None)])


def many_commits(scenario: Scenario) -> None:
    scenario.add(1, [Commit(sha(f"c{n}"), AT, AT) for n in range(41)])


def many_files(scenario: Scenario) -> None:
    scenario.add(1, files=[File(f"src/{n}.py") for n in range(101)])


def odd_time(scenario: Scenario) -> None:
    scenario.add(1, [Commit(sha("c1"), AT, AT, odd_authored="0001-01-01T00:00:00Z")])


UNCERTAIN: dict[str, tuple[Callable[[Scenario], None], str]] = {
    "renamed file": (renamed, "files"),
    "commit of a bot": (by_bot, "commits"),
    "commit without an account": (without_account, "commits"),
    "more commits than are listed": (many_commits, "commits"),
    "more files than are listed": (many_files, "files"),
    "time before 1970": (odd_time, "commits"),
}
"""Facts that GraphQL does not have for certain, and the list that is then read from the REST API."""


@pytest.mark.parametrize("case", UNCERTAIN)
def test_what_is_not_certain_is_read_from_the_rest_api(case: str, scenario: Scenario) -> None:
    build, name = UNCERTAIN[case]
    build(scenario)
    single = scenario.read(is_batched=False)
    scenario.fake.paths.clear()
    batched = scenario.read(is_batched=True)
    assert batched.records == single.records
    matches = (re.search(r"/pulls/1/(commits|files|reviews)$", path) for path in scenario.fake.paths)
    assert {match[1] for match in matches if match} == {name}


def test_removed_files_and_messages_are_the_same(scenario: Scenario) -> None:
    message = (
        'Revert "Add x (#7)"\n\nThis reverts commit 0123456789abcdef.\n\nCo-authored-by: Claude <noreply@anthropic.com>'
    )
    scenario.add(
        1, [Commit(sha("c1"), AT, AT + 1000, message=message)], [File("old.md", "removed"), File("a/b/c.md", "added")]
    )
    assert scenario.read(is_batched=True).records == scenario.read(is_batched=False).records


def test_reviews_of_bots_and_of_deleted_accounts_are_the_same(scenario: Scenario) -> None:
    scenario.add(1)
    for id, user in ((1, None), (2, {"login": "renovate[bot]", "type": "Bot"}), (3, {"login": "ada", "type": "User"})):
        add_review(scenario.repository, 1, id, AT - HOUR)["user"] = user
    batched = scenario.read(is_batched=True)
    assert batched.records == scenario.read(is_batched=False).records
    assert sum("/review/" in path for path in batched.records) == 4


def test_the_reviews_of_an_open_pull_request_are_read(scenario: Scenario) -> None:
    scenario.add(1, merged=False, state="open", closed_at=None)
    batched = scenario.read(is_batched=True)
    assert batched.records == scenario.read(is_batched=False).records
    assert any("/review/" in path for path in batched.records)


@pytest.mark.parametrize(
    "refusal",
    [
        error(404, "Not Found"),
        error(502, "Bad Gateway"),
        Response(
            200,
            {},
            b'{"errors": [{"message": "Field \'x\' doesn\'t exist", "extensions": {"code": "undefinedField"}}]}',
        ),
        TOO_LARGE,
        Response(200, {}, b'{"data": {"repository": {"p1": {"commits": {"nodes": "odd"}}}}}'),
    ],
    ids=["no GraphQL", "server error", "unknown field", "too large", "odd answer"],
)
def test_without_a_batch_everything_is_read_from_the_rest_api(refusal: Response, scenario: Scenario) -> None:
    scenario.add(1)
    single = scenario.read(is_batched=False)
    scenario.fake.fail_at("POST", r"/graphql$", refusal)
    batched = scenario.read(is_batched=True)
    assert batched.records == single.records
    assert batched.requests == single.requests + 1


@pytest.mark.parametrize(
    "refusal",
    [
        error(502, "Bad Gateway"),
        TOO_LARGE,
        Response(
            200, {}, b'{"data": null, "errors": [{"message": "Something went wrong while executing your query."}]}'
        ),
    ],
    ids=["time-out", "too large", "time-out in a 200"],
)
def test_a_query_that_github_cannot_answer_is_split(refusal: Response, scenario: Scenario) -> None:
    for number in range(1, 21):
        scenario.add(number)
    single = scenario.read(is_batched=False)
    answer = scenario.fake.answer

    def answer_small_queries(method: str, path: str, *rest: Any, **named: Any) -> Response:
        sizes = [len(re.findall(rb"p[0-9]+: pullRequest", part)) for part in rest if isinstance(part, bytes)]
        return refusal if sum(sizes) > 5 else answer(method, path, *rest, **named)

    scenario.fake.answer = answer_small_queries  # type: ignore[method-assign]
    batched = scenario.read(is_batched=True)
    assert batched.records == single.records
    assert len([path for path in scenario.fake.paths if path.endswith("/graphql")]) == 20 + 4, (
        "of the single reads, and 4 of 5"
    )


@pytest.mark.parametrize(
    ("refusal", "queries"),
    [(TOO_LARGE, 5), (error(503, "Service Unavailable", {"Retry-After": "1"}), 1)],
    ids=["the smallest one is too large", "a time to wait"],
)
def test_a_query_is_split_while_a_smaller_one_may_succeed(refusal: Response, queries: int, scenario: Scenario) -> None:
    """Of 20 pull requests, in order: 20, 10, 5 (refused), 5, 10. A time to wait is not the fault of the size."""
    asked = []
    answer = scenario.fake.answer

    def refuse_the_first(method: str, path: str, query: Any, headers: Any, body: bytes = b"") -> Response:
        asked.append(body)
        return refusal if b"p1: pullRequest" in body else answer(method, path, query, headers, body)

    scenario.fake.answer = refuse_the_first  # type: ignore[method-assign]
    scenario.reader().prefetch("octo-org", "hello-world", range(1, 21))
    assert len(asked) == queries


def test_what_a_query_returned_is_used_once(scenario: Scenario) -> None:
    scenario.add(1)
    reader, path = scenario.reader(), "/repos/octo-org/hello-world/pulls/1/commits"
    reader.prefetch("octo-org", "hello-world", [1, 1])
    variables = {"owner": "octo-org", "repo": "hello-world", "number": 1}
    for calls in (1, 3):
        assert len(list(reader.pages(path))) == 2
        assert reader.graphql(TIMELINE_QUERY, variables)["repository"]["pullRequest"]["author"]
        assert reader.calls == calls


def node_id(type: str) -> str:
    """Return a node's id in its former form."""
    return base64.b64encode(f"0{len(type)}:{type}7".encode()).decode()


@pytest.mark.parametrize(
    ("id", "login", "lists"),
    [
        ("U_kgDOAA", "ada", ["commits"]),
        ("U_kgDOAA", "renovate[bot]", []),
        ("BOT_kgDOAA", "renovate", []),
        (node_id("User"), "ada", ["commits"]),
        (node_id("Bot"), "renovate", []),
        ("odd!", "ada", []),
    ],
)
def test_commits_are_known_if_their_author_is_a_person_for_certain(id: str, login: str, lists: list[str]) -> None:
    """GraphQL calls a bot's account a `User`, too; only the id of the node says what it is."""
    author = {"email": "a@example.com", "user": {"id": id, "login": login}}
    times = dict.fromkeys(("authoredDate", "committedDate"), "2026-11-20T00:00:00Z")
    commit = {"oid": sha("c1"), "message": "Change", "parents": {"totalCount": 1}, "author": author, **times}
    repository = {"p1": {"commits": {"totalCount": 1, "nodes": [{"commit": commit}]}}}
    assert list(parse_batch(Fields(repository, "repository"), [1])[1].lists) == lists


def test_a_refused_query_is_not_sent_again(scenario: Scenario) -> None:
    for number in range(1, 120):
        scenario.add(number, merged=False)
    scenario.fake.fail_at("POST", r"/graphql$", *[error(404, "Not Found")] * 99)
    read = scenario.read(is_batched=True)
    assert read.result.left == 0
    assert scenario.fake.methods["QUERY"] <= 5  # those of the first chunk, which are sent together
