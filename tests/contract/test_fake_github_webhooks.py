"""The fake GitHub's webhooks and deliveries, asked as recovery asks, are as GitHub's OpenAPI says."""

import json
from pathlib import Path

import pytest

from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.job import Report
from core.jobs import recover
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import JobServices
from core.stores.directory import DirectoryStore
from fakes.github.delivery_listing import Listing
from fakes.github.server import FakeGitHub
from fakes.github.state import Delivery, GitHubState, Webhook
from tests.builders import NOW, Clock, processing, webhook
from tests.github_history import DAY
from tests.memory_adapters import MemorySecrets
from tests.recorder import Recorder

pytestmark = [pytest.mark.npm, pytest.mark.usefixtures("npm")]
URL = "https://telemetry.example.com/telemetry"


@pytest.mark.parametrize("owner", ["octo-org", "octo-org/hello-world", "@app"])
def test_deliveries_older_than_three_days_are_not_listed(owner: str, tmp_path: Path) -> None:
    state = GitHubState()
    state.repository("octo-org/hello-world")
    hook = Webhook(7, owner, URL, ["check_suite"])
    state.webhooks.append(hook)
    for number in range(1, 251):
        body = json.dumps(webhook("check_suite", check_suite__id=number)).encode()
        at = NOW - 4 * DAY if number <= 20 else NOW - DAY
        hook.deliveries.append(Delivery(number, f"guid-{number}", "check_suite", at, 502 if number % 2 else 202, body))
    fake = FakeGitHub(state, now=lambda: NOW / 1000)
    session, adapter = pooled_session(), Recorder(fake)
    session.mount("https://", adapter)
    github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), fake.api_url)
    fields = {"watched_hooks": owner, "webhook_url": URL}
    worker = processing(DirectoryStore(str(tmp_path)), github, clock=Clock(NOW), **fields)
    assert recover.run(JobServices(worker, github, lambda: 300.0)) == Report(115, 0)
    assert len(adapter.checked()) == (2 if owner == "@app" else 1) + 3 + 115
    [cursor] = (tmp_path / "_system" / "recovery").rglob("*.json")
    assert cursor.name == ("app-7.json" if owner == "@app" else "7.json")


@pytest.mark.parametrize(
    ("listing", "remaining"),
    [
        pytest.param(Listing(late={7: NOW + 60_000}), 0, id="late"),
        pytest.param(Listing(reversed_by=150), 0, id="reversed"),
        pytest.param(Listing(repeated=30), 0, id="repeated"),
        pytest.param(Listing(page_at_most=7), 0, id="short"),
        pytest.param(Listing(page_at_most=0), 0, id="empty"),
        pytest.param(Listing(loops=True), 1, id="loops"),
    ],
)
def test_an_odd_list_is_github_s_too_and_the_next_run_has_recovered_all(
    listing: Listing, remaining: int, tmp_path: Path
) -> None:
    state = GitHubState()
    state.repository("octo-org/hello-world")
    hook = Webhook(7, "octo-org", URL, ["check_suite"], listing=listing)
    state.webhooks.append(hook)
    for number in range(1, 251):
        body = json.dumps(webhook("check_suite", check_suite__id=number)).encode()
        at = NOW - 3_600_000 + number * 1000
        hook.deliveries.append(Delivery(number, f"guid-{number}", "check_suite", at, 502, body))
    clock = Clock(NOW)
    fake = FakeGitHub(state, now=lambda: clock() / 1000)
    session, adapter = pooled_session(), Recorder(fake)
    session.mount("https://", adapter)
    github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), fake.api_url)
    fields = {"watched_hooks": "octo-org", "webhook_url": URL}
    worker = JobServices(
        processing(DirectoryStore(str(tmp_path)), github, clock=clock, **fields), github, lambda: 300.0
    )
    first = recover.run(worker)
    assert first.left == remaining
    hook.listing = Listing()
    clock.move(3600)
    assert recover.run(worker) == Report(250 - first.done, 0)
    assert recover.run(worker) == Report(0, 0)
    adapter.checked()
    assert len([path for path in tmp_path.rglob("*.json") if "_system" not in path.parts]) == 250
