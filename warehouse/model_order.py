"""Order models so that each follows the tables that it reads. The order is derived from the statements, never listed."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches


class ModelOrderError(Exception):
    """The models have no order; `problems` has one line for each model that is wrong."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name} {problem}" for name, problem in problems.items()))
        self.problems = problems


def in_order(reads: Mapping[str, Collection[str]], known: Collection[str]) -> tuple[str, ...]:
    """Return the models after all models that they read, otherwise in the order of the mapping.

    `reads` are the tables that each model reads, `known` the tables that are no model. Raises ModelOrderError for a model
    with the name of a known table, for an unknown table, and for models that read one another.
    """
    problems = dict(_name_problems(reads, known))
    if problems:
        raise ModelOrderError(problems)
    done: dict[str, None] = {}
    for name in reads:
        _append(name, reads, (), done)
    return tuple(done)


def _name_problems(reads: Mapping[str, Collection[str]], known: Collection[str]) -> Iterator[tuple[str, str]]:
    names = {*reads, *known}
    for name, tables in reads.items():
        unknown = [_with_similar(table, names) for table in sorted(tables) if table not in names]
        if name in known:
            yield name, "has the name of another table"
        elif unknown:
            yield name, f"reads an unknown table: {', '.join(unknown)}"


def _with_similar(table: str, names: Collection[str]) -> str:
    similar = get_close_matches(table, sorted(names), 1)
    return f"{table} (did you mean {similar[0]}?)" if similar else table


def _append(name: str, reads: Mapping[str, Collection[str]], path: tuple[str, ...], done: dict[str, None]) -> None:
    """Append a model to `done` after all models that it reads; `path` are the models that led here."""
    if name in path:
        cycle = " reads ".join((*path[path.index(name) :], name))
        raise ModelOrderError({name: f"reads itself: {cycle}"})
    if name in done or name not in reads:
        return
    for table in sorted(reads[name]):
        _append(table, reads, (*path, name), done)
    done[name] = None
