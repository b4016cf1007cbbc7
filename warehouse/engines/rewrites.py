"""Rewrite the expressions that sqlglot translates to another meaning. Each changes a parsed statement in place."""

from collections.abc import Callable, Iterator

from sqlglot import exp

Rewrite = Callable[[exp.Expr], None]


def number_unnested_from_one(tree: exp.Expr) -> None:
    """Add one to the place of an element: WITH ORDINALITY counts from 1, BigQuery's WITH OFFSET and Spark's POSEXPLODE from 0.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#unnest_operator,
    https://spark.apache.org/docs/latest/api/sql/#posexplode
    """
    for unnest in list(tree.find_all(exp.Unnest)):
        place, alias = unnest.args.get("offset"), unnest.args.get("alias")
        if not place or not alias:
            continue
        for column in _columns(unnest):
            if column.name == place.name and column.table in ("", alias.name):
                number = exp.Paren(this=exp.Add(this=exp.column(place.name), expression=exp.Literal.number(1)))
                is_selected = isinstance(column.parent, exp.Select) and column.arg_key == "expressions"
                column.replace(exp.alias_(number, place.name) if is_selected else number)


def ignore_nulls_of_extremes(tree: exp.Expr) -> None:
    """Let LEAST and GREATEST ignore nulls, as in DuckDB: in BigQuery and Trino one null makes the result null.

    https://cloud.google.com/bigquery/docs/reference/standard-sql/mathematical_functions#greatest,
    https://trino.io/docs/current/functions/comparison.html#greatest-and-least
    """
    for node in reversed(list(tree.find_all(exp.Least, exp.Greatest))):
        result, *others = node.this, *node.expressions
        for other in others:
            pair = type(node)(this=result.copy(), expressions=[other.copy()])
            result = exp.Coalesce(this=pair, expressions=[result.copy(), other.copy()])
        node.replace(result)


def _columns(unnest: exp.Unnest) -> Iterator[exp.Column]:
    """Yield the columns of the SELECT that reads these elements."""
    select = unnest.find_ancestor(exp.Select) or unnest
    return iter(list(select.find_all(exp.Column)))
