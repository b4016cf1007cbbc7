"""Every file is a fact or a reject, whatever its content, and never affects other files."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from core.events import plain
from tests.builders import NOW
from tests.unit.warehouse.record_factory import METRICS, content, database, one, original, record, rejects
from warehouse.schema.metric_tables import tables

RECORDS = [plain(record(metric).event) for metric in METRICS]
RECORDS += [json.loads(text) for metric in METRICS for text in original(record(metric)).values()]
NUMBERS = (
    some.sampled_from(
        [
            -1,
            0,
            1,
            NOW,
            NOW + 10**9,
            10**12,
            10**13,
            10**14,
            -(10**14),
            2**31,
            2**53,
            2**63 - 1,
            2**63,
            2**64,
            -(2**63),
            10**30,
        ]
    )
    | some.integers()
    | some.floats(allow_nan=True)
)
TEXTS = some.text(some.characters(codec=None), max_size=8) | some.sampled_from(
    ["", "'", "\0", "@", "-", "a/b", "\ud800", '"', "$1", "%s"]
)
VALUES = some.recursive(
    some.none() | some.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(TEXTS | some.sampled_from(["id", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)
GOOD = record("review")


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values of a record."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([way] if way else []), *(position for key, item in inner for position in places(item, (*way, key)))]


@some.composite
def changed(draw: Any) -> bytes:
    """Return a record with a few values changed or fields deleted, possibly truncated."""
    fields = copy.deepcopy(draw(some.sampled_from(RECORDS)))
    for _ in range(draw(some.integers(1, 3))):
        *parents, last = draw(some.sampled_from(places(fields)))
        target = fields
        for parent in parents:
            target = target[parent]
        if isinstance(target, dict) and draw(some.booleans()):
            target.pop(last)
        else:
            target[last] = draw(VALUES)
    text = json.dumps(fields, ensure_ascii=draw(some.booleans()), indent=draw(some.sampled_from([None, 1])))
    return text.encode("utf-8", "surrogatepass")[: draw(some.sampled_from([None, None, None, -7]))]


@settings(max_examples=25)
@given(some.lists(changed(), min_size=1, max_size=40))
def test_every_file_is_a_fact_or_a_reject(contents: list[bytes]) -> None:
    folders = ["", "octo-org/hello-world/review/", "octo-org/hello-world/workflow-job/2026-11-20/"]
    hostile = {f"{folders[n % 3]}{n}.json": text for n, text in enumerate(contents)}
    with database({**hostile, GOOD.path: content(GOOD)}) as connection:
        query = " UNION ALL ".join(f"SELECT path FROM {table}" for table in everywhere())
        stored = {path for (path,) in connection.execute(query).fetchall()}
        assert stored | set(rejects(connection)) <= {*hostile, GOOD.path}
        assert stored & set(rejects(connection)) == set()
        assert one(connection, "SELECT count(*) FROM review WHERE identity = '237895671'") == (1,)


def everywhere() -> list[str]:
    """Return all tables that hold facts."""
    names = [table.name for table in tables().values()]
    aside = ("commits_per_pr", "deployment", "documentation_updated", "release_versions", "tooling_usage")
    return [*names, *(f"aside.{name}" for name in aside)]
