"""Create records in the current and the original format, an in-memory source, and databases to compare."""

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from duckdb import DuckDBPyConnection

from core.backfill.new_fields import NEW_FIELDS
from core.collect_metrics import collect
from core.errors import Unavailable
from core.events import Record, plain
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.metrics import all_metrics
from core.record_file import to_json
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, a_github, processing, signed, webhook
from tests.memory_adapters import MemorySecrets
from tests.unit.core.backfill.older_records import remove
from warehouse.database import open_database
from warehouse.ingest.merge import Merged, merge
from warehouse.ingest.source import Source

DAY = 86_400_000
PAYLOADS = {
    "check-suite": "check_suite",
    "code-review-involvement": "pull_request_merged",
    "commits-per-pr": "pull_request_merged",
    "comparison": "comparison",
    "deployment": "deployment",
    "deployment-status": "deployment_status",
    "documentation-updated": "pull_request_merged",
    "incident": "issues",
    "release-versions": "create_tag",
    "review": "pull_request_review",
    "test-coverage": "workflow_job",
    "tooling-usage": "tooling_usage",
    "workflow-job": "workflow_job",
    "workflow-run": "workflow_run",
}
_BY_DEFAULT = {"comparison": {"base": webhook("comparison")["head"]}}
"""The fake GitHub has no git objects here: a commit compared with itself needs none."""
METRICS = {metric.name: metric for metric in all_metrics()}
_CHANGED = ("created_at", "delivery_id", "collected_by", "status", "owner", "repo", "repository_id", "github_host")
_NOT_THE_ORIGINALS = {
    "check-suite": ("head_branch",),
    "code-review-involvement": ("number", "base_ref", "merge_commit_sha", "is_revert"),
    "deployment": ("id", "sha", "ref"),
    "release-versions": ("prefix", "sha", "committed_at", "tagged_at", "previous", "comparison_status", "changes"),
    "test-coverage": ("head_branch", "is_copy"),
    "workflow-job": ("head_branch", "name", "run_id", "is_copy"),
}


def record(metric: str, *, status: str = "success", received_at: int = NOW, **changes: Any) -> Record:
    """Collect a record from a webhook whose payload has these changes (`a__b=value`)."""
    payload = webhook(PAYLOADS[metric], **(_BY_DEFAULT.get(metric, {}) | changes))
    last_read = 4 if metric == "release-versions" else 0  # the fake GitHub may lack the tag: then it was deleted
    event = signed(METRICS[metric].trigger, payload, received_at=received_at, failed_reads=last_read)
    collected = collect(METRICS[metric], event, processing(store=None, github=reader_of_webhooks()))
    if status == "success":
        return collected
    return Record(collected.path.replace(".json", ".partial.json"), collected.event._replace(status=status))


@cache
def reader_of_webhooks() -> GitHubClient:
    """Return a client of a fake GitHub that knows what tests/webhooks/ are about."""
    fake, session = a_github(), pooled_session()
    session.mount("https://", FakeGitHubAdapter(fake))
    return GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"})), fake.api_url)


def content(stored: Record) -> bytes:
    """Return the record's file content."""
    return (to_json(plain(stored.event)) + "\n").encode()


def files(*stored: Record) -> dict[str, bytes]:
    """Return the records' file contents by path."""
    return {item.path: content(item) for item in stored}


def text(stored: Record, **changes: Any) -> bytes:
    """Return a record's file content with changed values (`output__duration=-1`); `...` deletes a field."""
    fields = copy.deepcopy(plain(stored.event))
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = fields
        for parent in parents:
            target = target[parent]
        if value is ...:
            del target[last]
        else:
            target[last] = value
    return (json.dumps(fields, separators=(",", ":")) + "\n").encode()


def original(stored: Record, **changes: Any) -> dict[str, bytes]:
    """Return the file that the TypeScript original would write for the same fact."""
    fields = plain(stored.event)
    original_fields = ("created_at", "trigger_event_signature", "metric_signature", "owner", "repo", "status", "output")
    fields = {name: fields[name] for name in original_fields} | changes
    unknown = _NOT_THE_ORIGINALS.get(fields["metric_signature"], ())
    fields["output"] = {name: value for name, value in fields["output"].items() if name not in unknown}
    for path in NEW_FIELDS[fields["metric_signature"]].names() if fields["metric_signature"] in NEW_FIELDS else ():
        remove(fields["output"], path)
    path = f"{fields['owner']}/{fields['repo']}/{fields['metric_signature']}/{fields['created_at']}.json"
    return {path: (json.dumps(fields, separators=(",", ":")) + "\n").encode()}


class Files:
    """Implement the read methods of core.ports.Store on a dict; a cursor is the number of writes."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self._written: list[str] = []
        self.reads = 0
        self.fails_at = -1
        """The number of the read that fails; -1: none."""
        self.put(files or {})

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files."""
        self.files |= files
        self._written += files

    def read(self, path: str) -> bytes | None:
        """Return the file's content."""
        self.reads += 1
        if self.reads == self.fails_at:
            raise Unavailable("the store is out")
        return self.files.get(path)

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Return the paths written since the cursor, and the next cursor."""
        return tuple(sorted(set(self._written[int(cursor or 0) :]))), str(len(self._written))

    def source(self, root: str = "", name: str = "here") -> Source:
        """Return a source to merge."""
        return Source(self, name, root)


def merged(
    connection: DuckDBPyConnection, store: Files | Mapping[str, bytes], *, now: int = NOW, **options: Any
) -> Merged:
    """Merge the files, by default at NOW."""
    store = store if isinstance(store, Files) else Files(store)
    source = store.source(options.pop("root", ""), options.pop("name", "here"))
    return merge(connection, source, now=lambda: now, **options)


@contextmanager
def database(store: Files | Mapping[str, bytes] | None = None, **options: Any) -> Iterator[DuckDBPyConnection]:
    """Yield an in-memory database with these files merged."""
    with open_database(":memory:") as connection:
        merged(connection, store or {}, **options)
        yield connection


def dumped(connection: DuckDBPyConnection) -> dict[str, list[Any]]:
    """Return the content of all tables, without times and cursors of reads."""
    tables = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary"
    ).fetchall()
    contents = {}
    for schema, table in sorted(tables):
        if table not in ("sources", "layout"):
            left_out = "EXCLUDE (seen_at)" if table == "rejects" else ""
            rows = connection.execute(f"SELECT * {left_out} FROM {schema}.{table}").fetchall()
            contents[f"{schema}.{table}"] = sorted(rows, key=repr)
    return contents


def rejects(connection: DuckDBPyConnection) -> dict[str, str]:
    """Return the reject reasons by path."""
    return dict(connection.execute("SELECT path, reason FROM rejects").fetchall())


def one(connection: DuckDBPyConnection, query: str) -> Any:
    """Return the only row of a query."""
    (row,) = connection.execute(query).fetchall()
    return row
