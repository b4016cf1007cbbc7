"""Find the repositories whose models must be computed together: connected components of services and of shared facts.

A component is a service, its repositories, and those with its incidents or its code. A renamed or transferred repository
and an issue that moved connect components, too. Links only accumulate between two complete builds: a component may be larger
than needed, never smaller. That no statement of the models joins rows of different components is tested with random records only:
updated models must equal those of a new database (test_model_update.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse import code_repositories, model_state
from warehouse.environments import Repository
from warehouse.incident_scopes import services_listing
from warehouse.python_tables import register_texts
from warehouse.schema.metric_tables import tables
from warehouse.services import Services, assign
from warehouse.services.assignment import parts_of

Key = tuple[str, str]
"""Host and repository_key."""
_Place = tuple[str, str, str]
"""Kind, host and value of equal links."""
_TABLE = f"{model_state.SCHEMA}.{model_state.LINKS}"


class _Link(NamedTuple):
    """What a repository has in common with others; equal ones connect."""

    host: str
    repository_key: str
    kind: str
    """`service`, `name`, `repository` or `issue`."""
    value: str


# an issue is in one component with the issue that it was transferred to, and with each of its owner of the same second,
# if one of those is known to be transferred: as in incident_transfers
_ISSUES = """
WITH ends AS (
  SELECT host, id, max(lower(owner)) AS owner, max(opened_at) AS opened_at,
    bool_or(action = 'transferred' OR COALESCE(is_transferred, FALSE)) AS has_moved
  FROM incident GROUP BY host, id
),
moments AS (
  SELECT host, owner, opened_at FROM ends GROUP BY host, owner, opened_at HAVING bool_or(has_moved) AND count(*) > 1
),
named AS (
  SELECT host, repository_key, CAST(unnest([id, transferred_to, transferred_from]) AS VARCHAR) AS value FROM incident
  UNION
  SELECT i.host, i.repository_key, concat_ws(' ', e.owner, e.opened_at)
  FROM incident AS i
  JOIN ends AS e ON e.host = i.host AND e.id IS NOT DISTINCT FROM i.id
  JOIN moments AS m ON m.host = e.host AND m.owner = e.owner AND m.opened_at IS NOT DISTINCT FROM e.opened_at
)
SELECT host, unnest(list(DISTINCT repository_key)) AS repository_key, 'issue' AS kind, value
FROM named WHERE value IS NOT NULL GROUP BY host, value HAVING min(repository_key) <> max(repository_key)
"""
# GitHub's ids are unique at a host: the models join these facts by them alone, as an old record may know its repository
# by name alone
_SHARED = """
SELECT a.host, a.repository_key, 'repository' AS kind, b.repository_key AS value
FROM ({left}) AS a JOIN ({right}) AS b ON b.host = a.host AND b.id = a.id AND b.repository_key <> a.repository_key
"""
_SHARED_IDS = tuple(
    (
        f"SELECT host, repository_key, {id} AS id FROM {table}",
        f"SELECT host, repository_key, {other_id} AS id FROM {other}",
    )
    for table, id, other, other_id in (
        ("deployment_status", "check_run.id", "workflow_job", "id"),
        ("deployment_status", "deployment_id", "workflow_job", "deployment_id"),
        ("deployment_status", "workflow_run.id", "workflow_run", "id"),
        ("workflow_job", "run_id", "workflow_run", "id"),
        ("documentation_updated", "identity", "code_review_involvement", "identity"),
    )
)


def store_links(connection: DuckDBPyConnection, services: Services, repositories: Collection[Repository]) -> None:
    """Store the links of all repositories with records."""
    columns = ", ".join(f"{name} VARCHAR" for name in _Link._fields)
    connection.execute(f"CREATE OR REPLACE TABLE {_TABLE} ({columns})")
    _add(connection, _python_links(connection, services, repositories, repositories), "")


def add_links(connection: DuckDBPyConnection, services: Services, changed: Collection[Repository]) -> None:
    """Add the links that changed facts make; requires the catalog of before. Those that are stored stay."""
    before = connection.execute("SELECT host, repository_key, name FROM catalog").fetchall()
    present = {(host, key): name for host, key, name in (*before, *changed)}
    repositories = [Repository(*key, name) for key, name in present.items()]
    _add(connection, _python_links(connection, services, changed, repositories), model_state.changed_sql())


def _add(connection: DuckDBPyConnection, links: Collection[_Link], among: str) -> None:
    register_texts(connection, "found_links", _Link._fields, links)
    restricted = f" SEMI JOIN {among} USING (host, repository_key)" if among else ""
    records = " UNION ".join(
        f"SELECT DISTINCT host, repository_key, owner, repo FROM {table.name}{restricted}"
        for table in tables().values()
    )
    names = f"SELECT host, repository_key, 'name' AS kind, lower(concat(owner, '/', repo)) AS value FROM ({records})"
    shared = (_SHARED.format(left=left, right=right) for left, right in _SHARED_IDS)
    selections = " UNION ".join(f"({selection})" for selection in ("FROM found_links", names, _ISSUES, *shared))
    connection.execute(f"INSERT INTO {_TABLE} FROM ({selections}) EXCEPT FROM {_TABLE}")
    connection.unregister("found_links")


def _python_links(
    connection: DuckDBPyConnection,
    services: Services,
    repositories: Iterable[Repository],
    everything: Collection[Repository],
) -> set[_Link]:
    """Return the links of these repositories by services.toml, and those of all with the repositories of their code."""
    with_incidents = set(connection.execute("SELECT DISTINCT host, repository_key FROM incident").fetchall())
    code = code_repositories.rows(connection, everything, services) if _has_code(services) else ()
    pairs = {_Link(str(host), str(key), "repository", str(of)) for host, key, _, of, _ in code if of not in ("", key)}
    return pairs | {*_by_services(services, repositories, with_incidents)}


def _has_code(services: Services) -> bool:
    rules = any(rule.code for rule in services.repositories.values())
    return rules or any(service.code for service in services.services.values())


def connected(connection: DuckDBPyConnection, changed: Collection[Key]) -> tuple[set[Key], set[str]]:
    """Return the repositories of all components with a changed one, and the names of their services."""
    links = [_Link(*row) for row in connection.execute(f"FROM {_TABLE}").fetchall()]
    with_place: dict[_Place, list[Key]] = defaultdict(list)
    places: dict[Key, list[_Place]] = defaultdict(list)
    for link in links:
        repository, place = (link.host, link.repository_key), _place(link)
        with_place[place].append(repository)
        places[repository].append(place)
    found, seen, left = set(changed), set[_Place](), list(changed)
    while left:
        repository = left.pop()
        for place in {("repository", *repository), *places[repository]} - seen:
            seen.add(place)
            new = {*with_place[place], *([place[1:]] if place[0] == "repository" else [])} - found
            found |= new
            left += new
    return found, {link.value for link in links if link.kind == "service" and (link.host, link.repository_key) in found}


def _place(link: _Link) -> _Place:
    """Return what equal links have in common: a service may have repositories of several hosts."""
    return link.kind, "" if link.kind == "service" else link.host, link.value


def _by_services(
    services: Services, repositories: Iterable[Repository], with_incidents: Collection[Key]
) -> Iterator[_Link]:
    """Yield the services that a repository can be of, also as a part of it or its rest, and those of its incidents."""
    for host, key, name in repositories:
        names = {name, assign(services, *name.split("/", 1)).service, *parts_of(services, name)}
        if (host, key) in with_incidents:
            names |= {*services_listing(services, name)}
        yield from (_Link(host, key, "service", service) for service in sorted(names))
