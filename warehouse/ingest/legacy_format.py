"""What the TypeScript original wrote, `owner/repo/metric/MILLISECONDS.json` without ids, as it is found among our records.

Where the original tells GitHub's id of the fact, its record has the same key as ours; else it is told by what else it
says (`NATURAL`). Its `created_at` is a number (UNIX ms), never text. https://github.com/deven-org/telemetry-functions,
src/interfaces.ts
"""

from warehouse.schema.metric_tables import Table

COLLECTED_BY = "original"
HOST = "github.com"
"""The original knows no other."""
_DIRECT = {
    "check-suite": ("output.id", "output.updated_at"),
    "code-review-involvement": ("concat_ws('-', output.pr_id, output.closed_at)", "0"),
    "test-coverage": ("output.id", "0"),
    "tooling-usage": ("CAST(make_timestamp_ms(created_at) AS DATE)", "0"),
    "workflow-job": ("output.id", "output.run_attempt"),
}
"""Identity and version, as our keys have them; the id of a job is another one with each attempt."""
NATURAL = {
    "commits-per-pr": ("pr_id",),  # which is merged once only
    "deployment": ("repository_key", "deploy_time", "env"),
    "documentation-updated": ("pr_id",),
    "release-versions": ("repository_key", "release_version.version"),
}
"""The columns that tell a fact from others, in our records and in the original's."""
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
"""Fields of the output without which it is not known which fact it is."""


def columns(table: Table) -> dict[str, str]:
    """How each column that the two kinds of records differ in is made, for the original's."""
    name = table.metric.name
    identity, version = _DIRECT.get(name) or (_told(NATURAL[name]), "0")
    return {
        "host": f"'{HOST}'",
        "repository_key": "lower(concat(owner, '/', repo))",
        "identity": f"CAST({identity} AS VARCHAR)",
        "version": f"coalesce({version}, 0)",
        "record_id": "regexp_replace(path, '\\.json$', '')",
        "collected_by": f"'{COLLECTED_BY}'",
    }


def _told(natural: tuple[str, ...]) -> str:
    """What tells facts of one repository apart."""
    return f"concat_ws('@', {', '.join(f'output.{part}' for part in natural if part != 'repository_key')})"
