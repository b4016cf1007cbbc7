"""Write the fixtures of this folder. It was run once, at commit d0edd6f, the last one that wrote schema 1.

`PYTHONPATH=. python -m tests.integration.upgrade.make_fixtures`; a commit that writes another schema is refused.
"""

import gzip
import tempfile
from itertools import count
from pathlib import Path

from core.errors import TransientReadError
from core.events import SCHEMA, SignedTriggerEvent
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.handler import process
from core.message import encode
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.stores.directory import DirectoryStore
from fakes.github.server import FakeGitHub
from fakes.github.state import GitHubState
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, a_github, processing, signed, webhook
from tests.github_history import DAY, add_deployment, add_pull
from tests.memory_adapters import MemorySecrets
from tests.unit.warehouse.record_factory import original, record
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source

HERE = Path(__file__).parent
PAYLOADS = {
    "github::check_suite": ("check_suite",),
    "github::create": ("create_tag",),
    "github::deployment": ("deployment",),
    "github::deployment_status": ("deployment_status", "deployment_status_failure"),
    "github::issues": ("issues_opened", "issues", "issues_closed", "issues_reopened"),
    "github::pull_request": ("pull_request_merged",),
    "github::pull_request_review": ("pull_request_review",),
    "github::workflow_job": ("workflow_job",),
    "deven::tooling-usage": ("tooling_usage",),
}


class Unreachable:
    """A GitHub that answers nothing, for a record with the status `networkError`."""

    def __getattr__(self, name: str) -> object:
        raise TransientReadError("no answer")


def main() -> None:
    """Write records, messages and the database."""
    if SCHEMA != 1:
        raise SystemExit("these fixtures are of schema 1: check out commit d0edd6f")
    records = HERE / "schema_1"
    store = DirectoryStore(str(records))
    numbers = count(1)
    events = [
        signed(name, webhook(payload), delivery_id=f"delivery-{next(numbers)}", received_at=NOW)
        for name, payloads in PAYLOADS.items()
        for payload in payloads
    ]
    _store(store, _reader(a_github()), events)
    _store(store, _reader(FakeGitHub(state := _with_history())), _history_events(state))
    closed = webhook("pull_request_closed", pull_request__id=98, pull_request__number=3)
    _store(store, _reader(a_github()), [signed("github::pull_request", closed)])
    partial = signed("github::pull_request", webhook("pull_request_merged", pull_request__id=99), failed_reads=4)
    _store(store, Unreachable(), [partial])
    for metric in ("commits-per-pr", "workflow-job"):
        for path, content in original(record(metric, received_at=NOW - 300 * DAY)).items():
            (records / path).parent.mkdir(parents=True, exist_ok=True)
            (records / path).write_bytes(content)
    _write_messages(events)
    _write_database(records)


def _store(store: DirectoryStore, github: object, events: list[SignedTriggerEvent]) -> None:
    outcomes = process(events, processing(store, github))
    assert {outcome.result for outcome in outcomes} <= {"stored", "skipped"}


def _reader(fake: FakeGitHub) -> GitHubClient:
    session = pooled_session()
    session.mount("https://", FakeGitHubAdapter(fake))
    return GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), fake.api_url)


def _with_history() -> GitHubState:
    state = GitHubState()
    repository = state.repository("octo-org/hello-world")
    add_pull(repository, 11, NOW - 3 * DAY)
    for number in (51, 52):
        add_deployment(repository, number, NOW - (60 - number) * DAY)
    return state


def _history_events(state: GitHubState) -> list[SignedTriggerEvent]:
    reader = _reader(FakeGitHub(state))
    repository = reader.object("/repos/octo-org/hello-world")
    pull = state.repository("octo-org/hello-world").history.pulls[11]
    events = [signed("github::pull_request", {"action": "closed", "pull_request": pull, "repository": repository})]
    for deployment in reader.pages("/repos/octo-org/hello-world/deployments"):
        for status in reader.pages(f"/repos/octo-org/hello-world/deployments/{deployment['id']}/statuses"):
            body = {"action": "created", "deployment": deployment, "repository": repository}
            events.append(signed("github::deployment", body))
            if status["state"] == "success":
                events.append(signed("github::deployment_status", {**body, "deployment_status": status}))
    return events


def _write_messages(events: list[SignedTriggerEvent]) -> None:
    """Write a message of each event, one a line; those above 4 KB are compressed."""
    steps = webhook("workflow_job")["workflow_job"]["steps"] * 6
    long = signed("github::workflow_job", webhook("workflow_job", workflow_job__steps=steps))
    bodies = [encode(event) for event in (*events, long)]
    assert any("payload_gzip" in body for body in bodies)
    assert any("payload_gzip" not in body for body in bodies)
    (HERE / "messages_1.jsonl").write_text("".join(f"{body}\n" for body in bodies))


def _write_database(records: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "telemetry.duckdb"
        with open_database(file) as connection:
            merge(connection, Source(DirectoryStore(str(records)), "schema_1"), now=lambda: NOW)
        (HERE / "database_1.duckdb.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))


if __name__ == "__main__":
    main()
