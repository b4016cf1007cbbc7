"""Records, as the collectors and as the TypeScript original write them; a source in memory; and a database, compared."""

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from duckdb import DuckDBPyConnection

from core.collect_metrics import collect
from core.errors import Unavailable
from core.events import Record, plain
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.metrics import all_metrics
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.store_data import to_json
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, a_github, processing, signed, webhook
from tests.memory_adapters import MemorySecrets
from warehouse.database import open_database
from warehouse.ingest.merge import Merged, merge
from warehouse.ingest.source import Source

DAY = 86_400_000
PAYLOADS = {
    "check-suite": "check_suite",
    "code-review-involvement": "pull_request_merged",
    "commits-per-pr": "pull_request_merged",
    "deployment": "deployment",
    "deployment-status": "deployment_status",
    "documentation-updated": "pull_request_merged",
    "incident": "issues",
    "release-versions": "create_tag",
    "review": "pull_request_review",
    "test-coverage": "workflow_job",
    "tooling-usage": "tooling_usage",
    "workflow-job": "workflow_job",
}
METRICS = {metric.name: metric for metric in all_metrics()}
_CHANGED = ("created_at", "delivery_id", "collected_by", "status", "owner", "repo", "repository_id", "github_host")
_NOT_THE_ORIGINALS = {
    "check-suite": ("head_branch",),
    "code-review-involvement": ("number", "base_ref", "merge_commit_sha", "is_revert"),
    "deployment": ("id", "sha", "ref"),
    "test-coverage": ("head_branch",),
    "workflow-job": ("head_branch", "name", "run_id"),
}


def record(metric: str, *, status: str = "success", received_at: int = NOW, **changes: Any) -> Record:
    """What the collector makes of the webhook, whose payload is changed first (`a__b=value`)."""
    event = signed(METRICS[metric].trigger, webhook(PAYLOADS[metric], **changes), received_at=received_at)
    made = collect(METRICS[metric], event, processing(store=None, github=_github()))
    if status == "success":
        return made
    return Record(made.path.replace(".json", ".partial.json"), made.event._replace(status=status))


@cache
def _github() -> GitHubClient:
    fake, session = a_github(), pooled_session()
    session.mount("https://", FakeGitHubAdapter(fake))
    return GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"})), fake.api_url)


def content(made: Record) -> bytes:
    """As it is stored."""
    return (to_json(plain(made.event)) + "\n").encode()


def files(*made: Record) -> dict[str, bytes]:
    """As they are stored, by path."""
    return {each.path: content(each) for each in made}


def text(made: Record, **changes: Any) -> bytes:
    """A record's file with other values (`output__duration=-1`); `...` takes a field away."""
    told = copy.deepcopy(plain(made.event))
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = told
        for parent in parents:
            target = target[parent]
        if value is ...:
            del target[last]
        else:
            target[last] = value
    return (json.dumps(told, separators=(",", ":")) + "\n").encode()


def original(made: Record, **changes: Any) -> dict[str, bytes]:
    """The file that the TypeScript original would have written of the same fact."""
    told = plain(made.event)
    kept = ("created_at", "trigger_event_signature", "metric_signature", "owner", "repo", "status", "output")
    told = {name: told[name] for name in kept} | changes
    unknown = _NOT_THE_ORIGINALS.get(told["metric_signature"], ())
    told["output"] = {name: value for name, value in told["output"].items() if name not in unknown}
    path = f"{told['owner']}/{told['repo']}/{told['metric_signature']}/{told['created_at']}.json"
    return {path: (json.dumps(told, separators=(",", ":")) + "\n").encode()}


class Files:
    """Implements the reading half of core.ports.Store on a dict; a cursor is how many writes there were."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self._written: list[str] = []
        self.reads = 0
        self.fails_at = -1
        """At which read it is out."""
        self.put(files or {})

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write some."""
        self.files |= files
        self._written += files

    def read(self, path: str) -> bytes | None:
        """The content."""
        self.reads += 1
        if self.reads == self.fails_at:
            raise Unavailable("the store is out")
        return self.files.get(path)

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """What was put since."""
        return tuple(sorted(set(self._written[int(cursor or 0) :]))), str(len(self._written))

    def source(self, root: str = "", name: str = "here") -> Source:
        """To be merged."""
        return Source(self, name, root)


def merged(
    connection: DuckDBPyConnection, store: Files | Mapping[str, bytes], *, now: int = NOW, **told: Any
) -> Merged:
    """Merge these, by default at NOW."""
    store = store if isinstance(store, Files) else Files(store)
    source = store.source(told.pop("root", ""), told.pop("name", "here"))
    return merge(connection, source, now=lambda: now, **told)


@contextmanager
def database(store: Files | Mapping[str, bytes] | None = None, **told: Any) -> Iterator[DuckDBPyConnection]:
    """One in memory, with these merged."""
    with open_database(":memory:") as connection:
        merged(connection, store or {}, **told)
        yield connection


def dumped(connection: DuckDBPyConnection) -> dict[str, list[Any]]:
    """All that it holds, but when and how far it was read."""
    tables = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary"
    ).fetchall()
    found = {}
    for schema, table in sorted(tables):
        if table not in ("sources", "layout"):
            left_out = "EXCLUDE (seen_at)" if table == "rejects" else ""
            rows = connection.execute(f"SELECT * {left_out} FROM {schema}.{table}").fetchall()
            found[f"{schema}.{table}"] = sorted(rows, key=repr)
    return found


def rejects(connection: DuckDBPyConnection) -> dict[str, str]:
    """What was rejected, and why."""
    return dict(connection.execute("SELECT path, reason FROM rejects").fetchall())


def one(connection: DuckDBPyConnection, query: str) -> Any:
    """The only row."""
    (row,) = connection.execute(query).fetchall()
    return row
