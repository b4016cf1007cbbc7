"""Models that are computed again by component are those of a new database, in whatever order the records arrive.

`python -m tests.integration.warehouse.test_model_update 0 100` tries more seeds.
"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from tests.integration.warehouse.answers import LATER
from tests.integration.warehouse.answers import file as record_file
from tests.integration.warehouse.random_batches import batches
from tests.integration.warehouse.test_model_state import environment
from tests.unit.warehouse.database_cache import Files
from tests.unit.warehouse.scenarios import (
    NOW,
    RecordSpec,
    at,
    commit,
    file,
    incident,
    incident_state,
    job,
    success,
)
from warehouse import catalog, components, model_state, model_update, views
from warehouse.database import open_database, open_read_only
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.query import run_query
from warehouse.report.build import build
from warehouse.services import DEFAULT_SERVICES, Services, parsed
from warehouse.sql_files import model_names

SHOP, CART, DESK = "octo-org/shop", "octo-org/cart", "octo-org/desk"
IDS = {SHOP: 1, CART: 2, DESK: 3}
MONTH = 1_764_500_000_000


def merged(connection: DuckDBPyConnection, files: Iterable[tuple[str, bytes]], name: str) -> None:
    numbered = {f"{number}/{path}": text for number, (path, text) in enumerate(files)}
    assert merge(connection, Source(Files(numbered), name), now=lambda: LATER).rejected == 0


def tables(connection: DuckDBPyConnection) -> dict[str, list[Any]]:
    """Return the rows of all models, of the tables that Python makes for them, and of the stored numbers."""
    names = {name: name for name in (*model_names(), *(table.name for table in catalog.TABLES))}
    stored = (name for name in model_state.built_tables(connection) if name.startswith("report_"))
    names |= {name: f"{model_state.SCHEMA}.{name}" for name in stored}
    return {name: connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for name, table in names.items()}


def differences(seed: int, count: int = 3) -> Iterator[str]:
    """Yield what differs from a new database after each batch."""
    services, parts = batches(seed, count)
    with open_database(":memory:") as updated, recorded_updates() as updates:
        for number, part in enumerate(parts):
            merged(updated, map(record_file, part), f"batch {number}")
            report = build(updated, services=services, source="test", now=MONTH)
            if number and not updates[number - 1 :]:
                yield f"batch {number}: all was built again"
            with open_database(":memory:") as new:
                for earlier in range(number + 1):
                    merged(new, map(record_file, parts[earlier]), f"batch {earlier}")
                is_same = report == build(new, services=services, source="test", now=MONTH)
                right, found = tables(new), tables(updated)
            yield from (f"batch {number}: {name}" for name in sorted(right) if right[name] != found.get(name))
            if not is_same:
                yield f"batch {number}: the report"


@contextmanager
def recorded_updates() -> Iterator[list[object]]:
    """Yield the updates of models, one for each time that not all were built again."""
    updates: list[object] = []
    with pytest.MonkeyPatch.context() as patched:
        finish = model_update.finish
        patched.setattr(model_update, "finish", lambda connection: updates.append(finish(connection)))
        yield updates


@pytest.fixture
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Update the models also if all components change."""
    monkeypatch.setattr(model_update, "LARGEST_SHARE", float("inf"))


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("seed", range(2))
def test_each_batch_gives_the_models_of_a_new_database(seed: int) -> None:
    assert list(differences(seed)) == []


def place(repo: str) -> dict[str, Any]:
    return {"repo": repo, "repository_id": IDS[repo]}


def of_deployment(spec: RecordSpec, deployment: int) -> RecordSpec:
    return spec._replace(output=spec.output._replace(deployment_id=deployment))


def deployed(repo: str, *deployments: int) -> list[RecordSpec]:
    return [
        success(IDS[repo] * 100 + number, at(number), f"{repo} {number}", commit("c", at(number)), **place(repo))
        for number in deployments
    ]


def together(services: dict[str, Any], *records: RecordSpec) -> set[str]:
    """Return the repositories that are computed again when a fact of the shop changes."""
    with open_database(":memory:") as connection:
        merged(connection, map(file, records), "test")
        views.create(connection, parsed(services))
        found, _ = components.connected(connection, {("github.com", "1")})
        return {repo for repo, id in IDS.items() if ("github.com", str(id)) in found}


@pytest.mark.parametrize(
    ("services", "records"),
    [
        ({"store": {"repositories": [SHOP, CART]}}, []),
        ({"store": {"repositories": [SHOP], "code": {"repositories": [CART]}}}, []),
        ({"store": {"repositories": [SHOP], "incidents": [CART]}}, incident(1, at(3), **place(CART))),
        ({}, [success(200, at(5), "d", first=True, repo=SHOP, repository_id=2)]),  # its name was the shop's
        ({}, [of_deployment(job(7, at(1), **place(CART)), 101)]),
        (
            {},
            [
                incident_state(1, "transferred", at(3), at(3), transferred_to=2, **place(SHOP)),
                incident_state(2, "opened", at(3), at(3), **place(CART)),
            ],
        ),
        (
            {},  # of one owner and second, and one is known to be transferred
            [
                incident_state(1, "transferred", at(3), at(3), **place(SHOP)),
                incident_state(2, "opened", at(3), at(3), **place(CART)),
            ],
        ),
    ],
    ids=["service", "code", "incidents", "name", "id", "transfer", "moment"],
)
def test_repositories_that_need_one_another_are_computed_together(
    services: dict[str, Any], records: list[RecordSpec]
) -> None:
    all_records = [*deployed(SHOP, 1), *deployed(CART, 1), *deployed(DESK, 1), *records]
    assert together({"services": services}, *all_records) == {SHOP, CART}


def test_other_repositories_are_computed_apart() -> None:
    records = [*deployed(SHOP, 1), *deployed(CART, 1), *incident(1, at(3), **place(CART))]
    assert together({"services": {"store": {"repositories": [SHOP], "incidents": [CART]}}}, *records[:2]) == {SHOP}
    assert together({}, *records) == {SHOP}


def test_a_column_says_of_which_component_a_row_is() -> None:
    with open_database(":memory:") as connection:
        views.create(connection, DEFAULT_SERVICES)
        assert model_update.whole_models(connection) == ["incident_transfers"]  # which reads only incidents


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with a report of three repositories, and then a new fact of one; it is only copied."""
    target = tmp_path_factory.mktemp("three") / "test.duckdb"
    with open_database(target) as connection:
        merged(connection, map(file, [*deployed(SHOP, 1, 2), *deployed(CART, 1, 2), *deployed(DESK, 1, 2)]), "test")
        reported(connection)
        merged(connection, map(file, deployed(SHOP, 3)), "more")
    return target


@pytest.fixture
def path(three: Path, tmp_path: Path) -> Path:
    """Return the database of three repositories as a file of the test's own."""
    return shutil.copy(three, tmp_path / "test.duckdb")


def reported(connection: DuckDBPyConnection, services: Services = DEFAULT_SERVICES) -> int:
    return len(build(connection, services=services, source="test", now=NOW).numbers)


def test_only_the_component_of_a_changed_fact_is_computed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def count(connection: DuckDBPyConnection, empty: set[str]) -> None:
        seen.append(connection.execute("SELECT DISTINCT repository_key FROM temp.deployments").fetchall())
        replace(connection, empty)

    replace = model_update.replace
    monkeypatch.setattr(model_update, "replace", count)
    with open_database(path) as connection:
        reported(connection)
        assert seen == [[("1",)]]
        assert connection.execute("SELECT count(*) FROM deployments").fetchall() == [(7,)]


def test_an_update_uses_the_order_of_the_build(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ordered_files", "files_for"):  # both parse all statements
        monkeypatch.delattr(views, name)
    with open_database(path) as connection:
        reported(connection)
        assert connection.execute("SELECT count(*) FROM deployments").fetchall() == [(7,)]


def test_most_repositories_are_computed_as_a_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_update, "replace", lambda *_: pytest.fail("not all were computed"))
    with open_database(path) as connection:
        merged(connection, map(file, deployed(CART, 3)), "another")
        reported(connection)
        assert connection.execute("SELECT count(*) FROM deployments").fetchall() == [(8,)]


def test_no_program_sees_a_model_before_it_is_current(path: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as alone:
        for table in ("deployments", "models.deployments", "models.report_numbers"):
            with pytest.raises(duckdb.CatalogException):
                alone.execute(f"SELECT * FROM {table}")
    with open_read_only(path) as connection, run_query(connection, "SELECT count(*) FROM deployments") as (_, rows):
        assert list(rows) == [(7,)]


def test_an_update_that_is_killed_is_made_by_the_next_one(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], env=environment(), check=False)
    assert done.returncode == -signal.SIGKILL
    test_no_program_sees_a_model_before_it_is_current(path)
    with open_database(path) as connection:
        reported(connection)
        assert connection.execute("SELECT count(*) FROM deployments").fetchall() == [(7,)]


KILLED = """
import os, signal, sys
from warehouse import model_update, views
from warehouse.database import open_database
from warehouse.services import DEFAULT_SERVICES
model_update.finish = lambda _: os.kill(os.getpid(), signal.SIGKILL)
with open_database(sys.argv[1]) as connection:
    views.create(connection, DEFAULT_SERVICES)
"""


def test_an_environment_of_another_repository_makes_a_label_its_name(path: Path) -> None:
    labels = {"labels": ["incident", "prod-eu"]}
    with open_database(path) as connection:
        merged(connection, [file(incident_state(1, "opened", at(3), at(3), **labels, **place(DESK)))], "incident")
        reported(connection)
        assert scopes(connection) == [("",)]
        merged(connection, [file(success(190, at(5), "e", first=True, env="prod-eu", **place(SHOP)))], "new")
        reported(connection)
        assert scopes(connection) == [("prod-eu",)]


def scopes(connection: DuckDBPyConnection) -> list[tuple[str]]:
    return connection.execute("SELECT environment FROM incident_scopes").fetchall()


if __name__ == "__main__":
    model_update.LARGEST_SHARE = float("inf")
    for seed in range(int(sys.argv[1]), int(sys.argv[2])):
        sys.stdout.write(f"{seed}: {list(differences(seed))}\n")
