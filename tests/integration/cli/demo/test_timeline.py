"""The demo's deliveries, processed by the pipeline and stored in a folder."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cli.demo import burst, comparison, timeline
from cli.demo.comparison import Differences
from cli.demo.expected_outputs import is_modelled
from cli.demo.scenario import Delivery, Story
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.handler import Request, accept, process
from core.message import decode
from core.payload import Json
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.stores.directory import DirectoryStore
from core.webhook import sign
from fakes.github.server import FakeGitHub
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import SECRET, Clock, processing, receiving
from tests.memory_adapters import MemoryQueue, MemorySecrets
from warehouse.services import load

SERVICES = Path(timeline.__file__).with_name("services.toml")


class Stored(NamedTuple):
    """A story and what became of it."""

    story: Story
    folder: Path
    statuses: Counter[int]
    records: dict[str, Json]


def request(delivery: Delivery) -> Request:
    body = json.dumps(delivery.payload).encode()
    header = "x-deven-event" if delivery.source == "deven" else "x-github-event"
    headers = {
        header: delivery.event,
        "x-github-delivery": delivery.delivery_id,
        "x-hub-signature-256": sign(body, SECRET),
    }
    return Request(headers, body)


def reader(story: Story) -> GitHubClient:
    session = pooled_session()
    session.mount("https://", FakeGitHubAdapter(FakeGitHub(story.state)))
    return GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"})), "https://api.github.com")


def stored(story: Story, folder: Path) -> tuple[Counter[int], dict[str, Json]]:
    """Return the statuses of the responses, and the stored records by path."""
    clock = Clock()
    queue = MemoryQueue(clock.seconds, limit=10**6)
    services, _, _ = receiving(queue=queue)
    statuses = Counter(accept(request(delivery), services).status for delivery in story.deliveries)
    events = [decode(message.body) for batch in iter(queue.receive, []) for message in batch]
    outcomes = process(events, processing(DirectoryStore(folder), reader(story)))
    assert {outcome.result for outcome in outcomes} == {"stored"}
    paths = [path for path in folder.rglob("*.json") if "_system" not in path.parts]
    return statuses, {path.relative_to(folder).as_posix(): json.loads(path.read_text()) for path in paths}


def modelled(records: dict[str, Json]) -> Counter[str]:
    """Count the records by metric, without metrics that the demo does not model."""
    return Counter(name for record in records.values() if is_modelled(name := record["metric_signature"]))


@pytest.fixture(scope="module")
def six_weeks(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    story, folder = timeline.generate(), tmp_path_factory.mktemp("demo")
    return Stored(story, folder, *stored(story, folder))


def test_six_weeks_are_stored_exactly_as_expected(six_weeks: Stored) -> None:
    assert set(six_weeks.statuses) == {200, 202}
    assert modelled(six_weeks.records) == six_weeks.story.expected
    assert {record["status"] for record in six_weeks.records.values()} == {"success"}
    none = Differences([], [], [], [], [], [])
    assert comparison.compare(six_weeks.story, DirectoryStore(six_weeks.folder), alone=True) == none


def test_two_weeks_of_another_seed_are_stored_exactly_as_expected(tmp_path: Path) -> None:
    story = timeline.generate(7, 2)
    statuses, records = stored(story, tmp_path)
    assert set(statuses) == {200, 202}
    assert modelled(records) == story.expected
    assert {record["status"] for record in records.values()} == {"success"}


def outputs(records: dict[str, Json], metric: str) -> list[Any]:
    return [record["output"] for record in records.values() if record["metric_signature"] == metric]


def test_production_fails_and_recovers_in_every_way(six_weeks: Stored) -> None:
    records, deliveries = six_weeks.records, six_weeks.story.deliveries
    ends = [output for output in outputs(records, "deployment-status") if "production" in output["env"]]
    successes = [output for output in ends if output["state"] == "success"]
    brought = [output["changes"]["commits"] for output in successes if output["changes"]]
    titles = {output.payload["pull_request"]["title"] for output in deliveries if output.event == "pull_request"}
    assert any(output["is_rollback"] for output in successes)
    assert any(change["is_revert"] for commits in brought for change in commits)
    assert any(title.startswith("Hotfix") for title in titles)
    first = [output["env"] for output in successes if output["changes"] is None]
    assert sorted(first) == ["api-production", "production", "production-eu", "production-us", "web-production"]
    assert max(map(len, brought)) > 5
    assert {record["status"] for record in records.values()} == {"success"}


def test_the_story_holds_what_the_definitions_distinguish(six_weeks: Stored) -> None:
    records = six_weeks.records
    pulls, incidents = outputs(records, "code-review-involvement"), outputs(records, "incident")
    merged = [pull for pull in pulls if pull["merged"]]
    written = [
        entry for output in outputs(records, "commits-per-pr") for entry in output["commits"]["commit_timestamps"]
    ]
    copies = Counter(entry["fingerprint"] for entry in written)
    runs, ends = outputs(records, "workflow-run"), outputs(records, "deployment-status")
    assert any(pull["title_kind"] == "reapply" for pull in merged)
    assert any("hotfix" in pull["labels"] and pull["title_kind"] == "other" for pull in merged)
    assert max(copies.values()) > 1  # picked
    assert {"success", "failure", "cancelled"} == {run["conclusion"] for run in runs}
    assert {"shop-web", "shop-api"} <= services_of(records)
    assert {end["env"] for end in ends if end["env"].startswith("production-")} == {"production-eu", "production-us"}
    assert {"person", "bot"} <= {pull["author_kind"] for pull in merged}
    assert any("claude" in entry["assistants"] for entry in written)
    central = [
        record["output"] for record in records.values() if record["id"].startswith("octo-org/incidents/incident/")
    ]
    assert {"service:payments" in incident["all_labels"] for incident in central} == {True, False}
    assert len(incidents) > len(central) > 0


def services_of(records: dict[str, Json]) -> set[str]:
    """Return the services of the demo's settings whose environments have deployments."""
    deployed = {output["env"] for output in outputs(records, "deployment-status")}
    services = load(SERVICES).services
    return {name for name, service in services.items() if deployed & set(service.environments or ())}


def test_a_burst_of_any_size_is_stored(tmp_path: Path) -> None:
    story = burst.burst(3, 600)
    statuses, records = stored(story, tmp_path)
    assert statuses == {202: 600}
    assert story.expected["check-suite"] == 180
    assert modelled(records) == story.expected
