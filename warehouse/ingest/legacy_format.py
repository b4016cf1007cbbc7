"""Describe the records of the TypeScript original: `owner/repo/metric/MILLISECONDS.json`, without ids.

If an original record contains GitHub's id of the fact, it has the same key as a current record. Otherwise a natural key
identifies it (`NATURAL`). Its `created_at` is a number (UNIX ms), never text. https://github.com/deven-org/telemetry-functions,
src/interfaces.ts
"""

from warehouse.schema.metric_tables import Table

COLLECTED_BY = "original"
HOST = "github.com"
"""The original supports no other host."""
_DIRECT = {
    "check-suite": ("output.id", "output.updated_at"),
    "code-review-involvement": ("concat_ws('-', output.pr_id, output.closed_at)", "0"),
    "test-coverage": ("output.id", "0"),
    "tooling-usage": ("CAST(make_timestamp_ms(created_at) AS DATE)", "0"),
    "workflow-job": ("output.id", "output.run_attempt"),
}
"""SQL of identity and version, as in current keys; each attempt of a job has its own id."""
NATURAL = {
    "commits-per-pr": ("pr_id",),  # a pull request is merged only once
    "deployment": ("repository_key", "deploy_time", "env"),
    "documentation-updated": ("pr_id",),
    "release-versions": ("repository_key", "release_version.version"),
}
"""The columns that identify a fact, both in current and in original records."""
COVERED = {"release-versions": "coalesce(t.prefix, '') = ''"}
"""A further condition for a current record `t` of the same natural key: the original knows no tags with a prefix."""
METRICS = frozenset({*_DIRECT, *NATURAL})
NEEDED = {
    "check-suite": ("id",),
    "code-review-involvement": ("pr_id",),
    "commits-per-pr": ("pr_id",),
    "deployment": ("env", "deploy_time"),
    "documentation-updated": ("pr_id",),
    "release-versions": ("release_version.version",),
    "test-coverage": ("id",),
    "workflow-job": ("id",),
}
"""Fields of the output that are required to identify the fact."""


def columns(table: Table) -> dict[str, str]:
    """Return the SQL of the columns that are computed differently for original records."""
    name = table.metric.name
    identity, version = _DIRECT.get(name) or (_natural_identity(NATURAL[name]), "0")
    return {
        "host": f"'{HOST}'",
        "repository_key": "lower(concat(owner, '/', repo))",
        "identity": f"CAST({identity} AS VARCHAR)",
        "version": f"coalesce({version}, 0)",
        "record_id": "regexp_replace(path, '\\.json$', '')",
        "collected_by": f"'{COLLECTED_BY}'",
        "schema": "0",
    }


def _natural_identity(natural: tuple[str, ...]) -> str:
    """Return the SQL of the identity of a fact within its repository."""
    return f"concat_ws('@', {', '.join(f'output.{part}' for part in natural if part != 'repository_key')})"
