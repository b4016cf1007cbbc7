"""A GitHub that knows the pull requests and the deployment of the payloads from the field."""

from hashlib import sha256

from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from fakes.github.server import FakeGitHub
from fakes.github.state import Commit, Deployment, File, GitHubState, PullRequest
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW
from tests.integration.field.cases import CASES
from tests.memory_adapters import MemorySecrets


def field_github() -> FakeGitHub:
    """Return the fake: pull request 322 has more commits and files than GitHub lists."""
    state = GitHubState()
    ferry = state.repository("acme-labs/ferry")
    two = [Commit(f"{number:040x}", NOW - number * 60_000, NOW - number * 30_000) for number in (1, 2)]
    many = [Commit(f"{number:040x}", NOW, NOW) for number in range(1, 901)]
    ferry.pulls[321] = PullRequest(two, [File("README.md"), File("src/main.py")])
    ferry.pulls[322] = PullRequest(many, [File(f"src/{number}.py") for number in range(4000)])
    ferry.pulls[323] = PullRequest(two, [])
    ferry.deployments += [Deployment(70001, "only for its statuses", NOW)]
    for case in CASES:
        if case.event == "create" and case.records:
            name, commit = case.payload["ref"], sha256(case.payload["ref"].encode()).hexdigest()[:40]
            ferry.history.tags[name] = {"sha": commit, "commit": {"committer": {"date": "2026-11-20T12:00:00Z"}}}
    ferry.put("README.md", b"", "b" * 40)
    return FakeGitHub(state)


def client(fake: FakeGitHub) -> GitHubClient:
    """Return a client of the fake."""
    session = pooled_session()
    session.mount("https://", FakeGitHubAdapter(fake))
    return GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"})), fake.api_url)
