"""Write the models as a project of dbt, for those who run dbt: https://docs.getdbt.com/docs/build/projects.

Each model and measure is a file of models/, in the engine's SQL; what it reads is a `ref` or, if nothing here creates it, a `source`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache

from sqlglot import exp, parse_one

from warehouse.engines import catalog_files
from warehouse.engines.script import Target
from warehouse.schema.metric_tables import tables
from warehouse.sql_files import model_names, view_statements

PROJECT = "telemetry_functions"
SOURCE = "telemetry"
"""The name of the dataset's tables that are no models: the facts, and the files of `telemetry catalog`."""
_PREFIX = "dbt_table__"
_PLACEHOLDER = re.compile(rf"{_PREFIX}(\w+)")


def project(target: Target) -> Iterator[tuple[str, str]]:
    """Yield path and text of each file of the project."""
    yield "dbt_project.yml", _PROJECT_FILE
    yield "models/sources.yml", _sources(target)
    names = {name for name, _ in view_statements()}
    for name, text in view_statements():
        kind = "table" if name in model_names() else "view"
        references = {read: _reference(read, names) for read in _read(text)}
        yield f"models/{name}.sql", f"{{{{ config(materialized='{kind}') }}}}\n{_query(text, target, references)}\n"


def _query(text: str, target: Target, references: Mapping[str, str]) -> str:
    """Return a query whose tables are references: their names are placeholders while sqlglot translates."""
    tree = parse_one(text, read="duckdb")
    for table in _tables(tree):
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("this", exp.to_identifier(f"{_PREFIX}{table.name}"))
    bare = target._replace(dataset="")
    return _PLACEHOLDER.sub(lambda match: references[match[1]], bare.translate(tree.sql(dialect="duckdb")))


def _reference(name: str, models: set[str]) -> str:
    return f"{{{{ ref('{name}') }}}}" if name in models else f"{{{{ source('{SOURCE}', '{name}') }}}}"


@cache
def _read(text: str) -> frozenset[str]:
    return frozenset(table.name for table in _tables(parse_one(text, read="duckdb")))


def _tables(tree: exp.Expr) -> list[exp.Table]:
    """Return the tables that a query reads, without those of its WITH."""
    queries = {query.alias for query in tree.find_all(exp.CTE)}
    return [table for table in tree.find_all(exp.Table) if table.name not in queries]


def _sources(target: Target) -> str:
    """Return the file of the sources; JSON is YAML: https://yaml.org/spec/1.2.2/#10-recommended-schemas."""
    described = [(table.name, f"The facts of `{table.name}`, each once.") for table in tables().values()]
    described += [(table.name, table.about) for table in catalog_files.TABLES]
    listed = [{"name": name, "description": description} for name, description in described]
    source = {"name": SOURCE, "schema": target.dataset, "tables": listed}
    return json.dumps({"version": 2, "sources": [source]}, indent=2) + "\n"


_PROJECT_FILE = f"""\
name: {PROJECT}
version: "1.0.0"
config-version: 2
profile: {PROJECT}
model-paths: [models]
"""
