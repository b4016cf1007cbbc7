import re
from functools import cache

import yaml
from sqlglot import parse_one

from warehouse.engines import catalog_files
from warehouse.engines.dbt import PROJECT, SOURCE, project
from warehouse.engines.script import Target
from warehouse.schema.metric_tables import tables
from warehouse.sql_files import model_names, view_statements
from warehouse.table_names import tables_read

NAMES = {name for name, _ in view_statements()}


@cache
def files() -> dict[str, str]:
    return dict(project(Target("bigquery", "delivery", "gs://octo/data")))


def test_the_project_has_a_file_for_each_model_and_measure() -> None:
    assert set(files()) == {"dbt_project.yml", "models/sources.yml", *(f"models/{name}.sql" for name in NAMES)}
    settings = yaml.safe_load(files()["dbt_project.yml"])
    assert settings == {
        "name": PROJECT,
        "version": "1.0.0",
        "config-version": 2,
        "profile": PROJECT,
        "model-paths": ["models"],
    }


def test_the_sources_are_the_facts_and_the_tables_of_the_catalog() -> None:
    [source] = yaml.safe_load(files()["models/sources.yml"])["sources"]
    assert (source["name"], source["schema"]) == (SOURCE, "delivery")
    expected = {table.name for table in (*tables().values(), *catalog_files.TABLES)}
    assert {table["name"] for table in source["tables"]} == expected
    assert all(table["description"] for table in source["tables"])


def test_a_model_refers_to_what_it_reads() -> None:
    for name, text in view_statements():
        written = files()[f"models/{name}.sql"]
        references = set(re.findall(r"\{\{ ref\('(\w+)'\) \}\}", written))
        sources = set(re.findall(r"\{\{ source\('telemetry', '(\w+)'\) \}\}", written))
        assert references == tables_read(text) & NAMES, name
        assert sources == tables_read(text) - NAMES, name
        kind = "table" if name in model_names() else "view"
        assert written.startswith(f"{{{{ config(materialized='{kind}') }}}}\n")


def test_without_its_references_a_model_is_the_engine_s_statement() -> None:
    written = files()["models/listed_commits.sql"].partition("\n")[2]
    rendered = re.sub(r"\{\{ \w+\((?:'telemetry', )?'(\w+)'\) \}\}", r"delivery.\1", written)
    statement = dict(view_statements())["listed_commits"]
    expected = Target("bigquery", "delivery", "").translate(statement)
    assert parse_one(rendered, read="bigquery") == parse_one(expected, read="bigquery")
