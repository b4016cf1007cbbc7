"""The generated ingest makes the rows and the rejects of `telemetry merge` on ZetaSQL (BigQuery's SQL) and on Spark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import NOW
from tests.engines import landed_records, landed_world
from tests.engines.landed_records import SOURCE
from tests.integration.warehouse.answers import LATER
from warehouse.engines import landing_tables
from warehouse.engines.landing_tables import ENGINES, Engine

NAMES = {"bigquery": "zetasql", "spark": "spark"}
INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
"""To compile statements of this size takes longer than to run them on a few rows."""


class Landing:
    """A landing as an engine reads it: as text files on Spark; ZetaSQL has no external tables."""

    def __init__(self, engine: Any, described: Engine, folder: Path) -> None:
        self.engine, self.described, self._folder = engine, described, folder
        self._rows: list[tuple[str, str, str]] = []
        self._external = next(landing_tables.definitions(described, str(folder / "landing"), str(folder / "tables")))

    def land(self, rows: list[tuple[str, str, str]]) -> None:
        """Add lines and define `landed` again."""
        self._rows += rows
        if self.described.functions.dialect == "bigquery":
            landed_records.load(self.engine, self._rows)
            return
        files: dict[Path, list[str]] = {}
        for line, day, hour in rows:
            files.setdefault(self._folder / "landing" / f"day={day}" / f"hour={hour}", []).append(line)
        for folder, lines in files.items():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{len(self._rows)}.jsonl").write_text("".join(f"{line}\n" for line in lines))
        self.engine.run(self._external)

    def refresh(self) -> None:
        """Replace the typed rows since the last refresh."""
        [(since,)] = self.engine.rows(landing_tables.since_query(self.described)).rows
        for statement in landing_tables.refresh(self.described, f"'{since}'", SOURCE):
            self.engine.run(statement)


@pytest.fixture(scope="module", params=NAMES)
def landing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landing]:
    """Return a landing without lines, with its tables of typed rows."""
    engine, described = request.getfixturevalue(NAMES[request.param]), ENGINES[request.param]
    folder = tmp_path_factory.mktemp("landing")
    if request.param == "spark":
        for name, value in INTERPRETED.items():
            engine.session.conf.set(name, value)
    made = Landing(engine, described, folder)
    for statement in list(landing_tables.definitions(described, str(folder), str(folder / "tables")))[1:]:
        engine.run(statement)
    return made


def test_the_facts_and_rejects_of_landed_lines_are_those_of_a_merge(landing: Landing) -> None:
    batches, functions = landed_world.batch_list(), landing.described.functions
    hostile = landed_world.shallow() if functions.dialect == "bigquery" else landed_world.hostile()
    landing.land([(line, "2026-11-24", "06") for line, _ in hostile])
    landing.land(landed_world.lines(batches))
    landing.refresh()
    landed_records.make_facts(landing.engine, functions, LATER)
    expected = landed_records.merged_facts([*batches, landed_world.future()], functions, LATER)
    assert landed_records.facts(landing.engine, functions) == expected
    landed_records.make_facts(landing.engine, functions, NOW)
    rejects = landing.engine.rows("SELECT line, reason FROM landed_rejects WHERE day = '2026-11-24'").rows
    if functions.dialect == "bigquery":  # its parser skips a byte order mark
        rejects = [(line, "not JSON" if line[:1] == "\ufeff" else reason) for line, reason in rejects]
    if functions.dialect == "spark":  # 2^64 is no whole number for DuckDB, and a DECIMAL for Spark
        words = {"output.id: too large a number": "output.id: expected a whole number"}
        rejects = [(line, words.get(reason, reason) if f":{2**64}," in line else reason) for line, reason in rejects]
        twice = [
            line for line, _ in hostile if '"steps":7,"steps":' in line
        ]  # a key that is there twice is no JSON there
        rejects = [(line, "output.steps: expected a list" if line in twice else reason) for line, reason in rejects]
    assert sorted(rejects) == landed_world.rejects({"nested too deeply": "not JSON"}, hostile)
