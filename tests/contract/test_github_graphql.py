"""Our queries and the fake's answers against GitHub's public GraphQL schema (`@octokit/graphql-schema`).

graphql-js validates each query and executes it on the schema, with the fake's answer as its data. The result equals the answer
only if each field exists, has the right type and was asked for.
"""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.backfill.pull_request_batch import batch_query
from core.collect_metrics import collect
from core.events import Repository
from core.github.api import pooled_session
from core.github.git_files import files_query
from core.github.reader import GitHubClient
from core.metric import CollectContext
from core.metrics import release_versions
from core.metrics._number_kinds import number_kinds
from core.metrics._previous_release import read_tag_commit
from core.metrics.code_review_involvement import METRIC
from core.payload import Json
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from fakes.github.git_database import Signature
from fakes.github.graphql_api import operations
from fakes.github.server import FakeGitHub
from fakes.github.state import Commit, File, PullRequest
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import a_github, processing, settings, signed, webhook
from tests.conftest import missing
from tests.environment import PATIENCE
from tests.memory_adapters import MemorySecrets

EXECUTE = """
const fs = require("fs"), [root] = process.argv.slice(1);
const { buildSchema, parse, validate, execute } = require(root + "/graphql");
const schema = buildSchema(fs.readFileSync(root + "/@octokit/graphql-schema/schema.graphql", "utf8"), { assumeValid: true });
const results = JSON.parse(fs.readFileSync(0, "utf8")).map(({ query, variables, data, kinds }) => {
  const document = parse(query), errors = validate(schema, document);
  if (errors.length) return { errors: errors.map(String) };
  const fieldResolver = (source, _, __, info) => (source || {})[info.path.key];
  const typeResolver = (value, _, info) => value.__typename || kinds[info.path.prev.key];
  const result = execute({ schema, document, variableValues: variables, rootValue: data, fieldResolver, typeResolver });
  return { data: result.data, errors: (result.errors || []).map(String) };
});
process.stdout.write(JSON.stringify(results));
"""
WORLD = Repository("octo-org", "hello-world", 1)
_FRAGMENT = re.compile(r"(\w+): \w+\([^)]*\) \{\s*nodes \{ \.\.\. on (\w+)")
"""The alias of a connection, and the type of its nodes, which they do not name themselves."""


class Asked(NamedTuple):
    """A query and the fake's answer to it."""

    query: str
    variables: Json
    data: Json

    @property
    def operation(self) -> str:
        return self.query.split()[1].partition("(")[0]


class RecordingClient(GitHubClient):
    """A client of the fake that keeps its queries."""

    def __init__(self, fake: FakeGitHub) -> None:
        session = pooled_session()
        session.mount("https://", FakeGitHubAdapter(fake))
        super().__init__(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"})), fake.api_url)
        self.asked: list[Asked] = []

    def graphql(self, query: str, variables: Any) -> Json:
        data = super().graphql(query, variables)
        self.asked.append(Asked(query, dict(variables), data))
        return data


def on_schema(npm: Path, *asked: Asked) -> list[Json]:
    """Return the data and the errors of each query, executed on the schema with the fake's answer."""
    if not (npm / "@octokit" / "graphql-schema").exists():
        missing("@octokit/graphql-schema", "run `make setup`")
    queries = json.dumps([item._asdict() | {"kinds": dict(_FRAGMENT.findall(item.query))} for item in asked])
    command = ["node", "-e", EXECUTE, str(npm)]
    done = subprocess.run(command, input=queries, capture_output=True, text=True, check=True, timeout=PATIENCE)
    results: list[Json] = json.loads(done.stdout)
    return results


def event(kind: str, clock: str, **fields: str) -> Json:
    return {"__typename": kind, "createdAt": f"2026-11-20T{clock}Z", **fields}


def github() -> FakeGitHub:
    """A GitHub whose pull request 2 has events and reviews of every kind."""
    fake = a_github()
    history = fake.state.repository("octo-org/hello-world").history
    history.issues[7] = {"number": 7}
    history.pulls[2] = webhook("pull_request_merged")["pull_request"]
    history.timelines[2] = [
        event("ConvertToDraftEvent", "08:00:00"),
        event("ReadyForReviewEvent", "08:10:00"),
        event("ReadyForReviewEvent", "08:20:00"),
        event("AddedToMergeQueueEvent", "09:00:00"),
        event("RemovedFromMergeQueueEvent", "09:20:00", reason="merged"),
    ]
    accounts = [{"login": "rev-one", "type": "User"}, {"login": "renovate[bot]", "type": "Bot"}, None]
    history.reviews[2] = [
        {"state": state, "submitted_at": "2026-11-20T08:30:00Z", "user": account}
        for account in accounts
        for state in ("approved", "commented", "dismissed", "changes_requested")
    ]
    return fake


def ask_timeline(client: GitHubClient, _: FakeGitHub) -> None:
    collect(METRIC, signed(METRIC.trigger, webhook("pull_request_merged")), processing(None, client))


def ask_pull_requests(client: GitHubClient, fake: FakeGitHub) -> None:
    """Ask for a pull request with lists of every kind, and for one that does not exist."""
    repository = fake.state.repository("octo-org/hello-world")
    for id, review in enumerate(repository.history.reviews[2]):
        review["id"] = 2**33 + id
    repository.pulls[2] = PullRequest(
        [Commit("a" * 40, 1_795_000_000_000, 1_795_000_000_000), Commit("b" * 40, 0, 0, None)],
        [File("a.md", status) for status in ("added", "removed", "renamed", "modified")],
    )
    data = client.graphql(batch_query([2, 99]), {"owner": "octo-org", "repo": "hello-world"})["repository"]
    assert data["p99"] is None
    assert all(data["p2"][name]["nodes"] for name in ("commits", "files", "allReviews"))


def ask_kinds(client: GitHubClient, _: FakeGitHub) -> None:
    assert number_kinds(client, WORLD, [2, 7, 9]) == {2: "pull_request", 7: "issue", 9: "none"}


def ask_release(client: GitHubClient, fake: FakeGitHub) -> None:
    """Ask about a release after another one, both of them annotated, and a tag that is not."""
    history = fake.state.repository("octo-org/hello-world").history
    for tag, commit in {"v1.2.2": "a", "v1.2.1": "b", "v1.1.0": "c"}.items():
        history.tags[tag] = history.tags["v1.2.3"] | {"sha": commit * 40}
    history.tagged |= {"v1.2.3": "2026-11-20T12:00:00+01:00", "v1.2.2": "2026-11-19T12:00:00Z"}
    event = signed(release_versions.METRIC.trigger, webhook("create_tag"))
    record = collect(release_versions.METRIC, event, processing(None, client)).event
    assert (record.output["previous"]["tag"], record.output["tagged_at"]) == ("v1.2.2", 1_795_172_400_000)


def ask_tag(client: GitHubClient, fake: FakeGitHub) -> None:
    fake.state.repository("octo-org/hello-world").history.tagged["v1.2.3"] = "2026-11-20T12:00:00+01:00"
    context = CollectContext(client, settings())
    assert read_tag_commit(WORLD, "v1.2.3", context).tagged_at == 1_795_172_400_000


def ask_files(client: GitHubClient, fake: FakeGitHub) -> None:
    """Ask for a text, a binary file, a long one, a folder and nothing."""
    git = fake.state.data_repository("octo-org/telemetry-data").git
    assert git is not None
    blobs = {"a/1.json": b"{}", "a/b.bin": b"\xff", "long.json": b"x" * 600_000}
    tree = git.changed(None, {path: git.blob(content) for path, content in blobs.items()})
    person = Signature("octocat", "octocat@users.noreply.github.com", 1_700_000_000)
    sha = git.commit(tree, (), "files", person).sha
    paths = [*blobs, "a", "none.json"]
    names = [f"f{number}" for number in range(len(paths))]
    expressions = {name: f"{sha}:{path}" for name, path in zip(names, paths, strict=True)}
    client.graphql(files_query(names), {"owner": "octo-org", "repo": "telemetry-data", **expressions})


ASK: dict[str, Callable[[GitHubClient, FakeGitHub], None]] = {
    "NumberKinds": ask_kinds,
    "PullRequestTimeline": ask_timeline,
    "PullRequests": ask_pull_requests,
    "ReleaseTag": ask_release,
    "StoredFiles": ask_files,
    "TagCommit": ask_tag,
}
"""What sends each query of the project."""


def test_each_operation_of_the_fake_is_compared() -> None:
    assert set(ASK) == set(operations())


@pytest.mark.parametrize("operation", sorted(ASK))
def test_a_query_and_its_answer_fit_the_schema_of_github(operation: str, npm: Path) -> None:
    fake = github()
    client = RecordingClient(fake)
    ASK[operation](client, fake)
    assert {asked.operation for asked in client.asked} == {operation}
    for asked, result in zip(client.asked, on_schema(npm, *client.asked), strict=True):
        assert result == {"data": asked.data, "errors": []}


def test_the_answer_of_the_fake_has_events_of_every_kind(npm: Path) -> None:
    """An empty list would fit every type."""
    fake = github()
    client = RecordingClient(fake)
    ask_timeline(client, fake)
    [result] = on_schema(npm, *client.asked)
    pull_request = result["data"]["repository"]["pullRequest"]
    assert [name for name, value in pull_request.items() if name != "author" and not value["nodes"]] == []


QUERY = "query X($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { %s } }"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("noSuchField", None),
        ("name", {"no": "text"}),
        ("name", None),
        ("issueOrPullRequest(number: 1) { __typename }", {"__typename": "Discussion"}),
        ("pullRequest(number: 1) { reviews { totalCount } } pullRequests", {}),
    ],
)
def test_the_schema_finds_what_github_does_not_know(field: str, value: Any, npm: Path) -> None:
    name = field.partition("(")[0]
    asked = Asked(QUERY % field, {"owner": "o", "repo": "r"}, {"repository": {name: value}})
    [result] = on_schema(npm, asked)
    assert result["errors"]
