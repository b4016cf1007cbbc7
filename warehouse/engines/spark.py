"""What is particular to Spark. A time without a zone is a TIMESTAMP_NTZ there."""

from collections.abc import Iterator

from sqlglot import exp

from warehouse.engines.rewrites import Rewrite, number_unnested_from_one

DIALECT = "spark"


def create_table(name: str, query: str) -> Iterator[str]:
    """Yield the statements that replace a table: Spark's own catalog has no CREATE OR REPLACE TABLE.

    https://spark.apache.org/docs/latest/sql-ref-syntax-ddl-create-table-datasource.html
    """
    yield f"DROP TABLE IF EXISTS {name}"
    yield f"CREATE TABLE {name} USING PARQUET AS\n{query}"


def _length_of_no_list_is_null(tree: exp.Expr) -> None:
    """Rewrite SIZE, which is -1 for null where `spark.sql.ansi.enabled` is off: https://spark.apache.org/docs/latest/api/sql/#size."""
    for node in list(tree.find_all(exp.ArraySize)):
        node.replace(exp.Case().when(exp.Not(this=exp.Is(this=node.this.copy(), expression=exp.Null())), node.copy()))


def _explode_in_order(tree: exp.Expr) -> None:
    """Join the elements of a list as LATERAL EXPLODE: sqlglot's LATERAL VIEW comes after all joins, which then cannot use them.

    https://spark.apache.org/docs/latest/sql-ref-syntax-qry-select-lateral-subquery.html
    """
    for unnest in list(tree.find_all(exp.Unnest)):
        alias, place = unnest.args["alias"], unnest.args.get("offset")
        [unnested] = unnest.expressions
        columns = [place, *alias.columns] if place else alias.columns
        explode = (exp.Posexplode if place else exp.Explode)(this=unnested)
        unnest.replace(exp.Lateral(this=explode, alias=exp.TableAlias(this=alias.this, columns=columns)))


REWRITES: tuple[Rewrite, ...] = (number_unnested_from_one, _explode_in_order, _length_of_no_list_is_null)
