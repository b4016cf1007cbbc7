import re
from pathlib import Path

import pytest

from docs.generate import blocks
from tests.unit.warehouse.record_factory import METRICS, database, files, record
from warehouse import catalog
from warehouse.schema.metric_tables import tables
from warehouse.schema.system_tables import SYSTEM_TABLES

TEXT = (Path(__file__).parents[3] / "docs" / "DATABASE.md").read_text()
QUERIES = re.findall(r"^```sql\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_every_table_is_documented_and_no_other() -> None:
    sections = blocks()
    names = re.findall(r"^### `(\w+)`$", sections["metric tables"] + sections["own tables"], re.MULTILINE)
    assert names == [
        *sorted(table.name for table in tables().values()),
        *(table.name for table in SYSTEM_TABLES),
        *(table.name for table in catalog.TABLES),
    ]


def test_every_column_of_every_table_is_documented_with_its_meaning() -> None:
    sections = blocks()
    with database(files(*map(record, METRICS))) as connection:
        for table in tables().values():
            section = (
                sections["common columns"]
                + sections["metric tables"].partition(f"### `{table.name}`\n")[2].partition("\n### ")[0]
            )
            names = re.findall(r"^\| `(\w+)` \| \S+ \| .+ \|$", section, re.MULTILINE)
            assert names == [name for name, *_ in connection.execute(f"DESCRIBE {table.name}").fetchall()]


@pytest.mark.parametrize("query", QUERIES)
def test_the_questions_of_the_document_have_answers(query: str) -> None:
    with database(files(*map(record, METRICS))) as connection:
        assert connection.execute(query.replace("now()", "TIMESTAMP '2026-11-24'")).fetchall() != []


def test_there_are_questions() -> None:
    assert len(QUERIES) == 3
