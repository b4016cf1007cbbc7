"""Put the statements around the models in order: before them the facts for `telemetry catalog`, after them the marts."""

from collections.abc import Iterator

from warehouse.engines import catalog_files, exports, marts
from warehouse.engines.script import CATALOG_TABLES, Target


def fact_statements(target: Target) -> Iterator[str]:
    """Yield the statements that write the facts below LOCATION/analytics/facts/, which `telemetry catalog` reads."""
    yield from exports.export_facts(target.engine, target.translate, target.folder, target.run)


def mart_statements(target: Target) -> Iterator[str]:
    """Yield the statements that make the marts of the models and write them below LOCATION/analytics/marts/, the manifest last."""
    for table in catalog_files.TABLES:
        if table not in CATALOG_TABLES:
            yield from target.external_table(table, "catalog")
    yield from target.create_table("rejects", target.translate(marts.REJECTS_SQL))
    for statement in marts.statements():
        query = target.translate(statement.sql)
        if statement.is_view:
            yield f"CREATE OR REPLACE VIEW {target.table(statement.name)} AS\n{query}"
        else:
            yield from target.create_table(statement.name, query)
    yield from exports.export_marts(target.engine, target.translate, target.folder, target.run)
