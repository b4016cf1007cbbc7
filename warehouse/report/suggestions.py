"""Suggest an `exclude` for deployments that count, although a schedule, a plan or a check made them. No SQL."""

import glob
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import ValidationError

from warehouse.globs import matches_any_case
from warehouse.report.left_out_model import Suggestion
from warehouse.services import Exclusion, Services
from warehouse.services.assignment import rule_of

_ENTRIES = 5
"""Maximum number of entries that are suggested at once: the most frequent ones."""
_SCHEDULED = ("event", "schedule")
_PLANS = re.compile(r"(?<![a-z])(plan|diff|dry[ _-]?run|lint|drift|validate)(?![a-z])", re.IGNORECASE)
_DEPLOYS = re.compile(r"(?<![a-z])(apply|deploy|promote|publish|release)(?![a-z])", re.IGNORECASE)
_MATRIX = re.compile(r"(.*\S) \(.*\)", re.DOTALL)
"""The name of a job of a matrix: `plan (eu)`."""
_Entry = tuple[str, str]
"""A key of `exclude`, and its glob."""


class Deployed(NamedTuple):
    """How many deployments of a repository count, by what started and made them."""

    repository: str
    kind: str
    """`statuses` or `workflow`."""
    is_scheduled: bool
    workflow: str
    """Empty if it is not known."""
    job: str
    """Empty if it is not known; of a run of a workflow always, because `exclude` has no job of it."""
    deployments: int


def suggestions(found: Iterable[Deployed], services: Services) -> Iterator[Suggestion]:
    """Yield a suggestion for each table of `repositories` in services.toml, or for each repository without one."""
    by_glob: dict[str, list[Deployed]] = defaultdict(list)
    for deployed in found:
        by_glob[_table(services, deployed.repository)].append(deployed)
    for repositories, listed in sorted(by_glob.items()):
        counts: Counter[_Entry] = Counter()
        for deployed in listed:
            entry = _entry(deployed)
            if entry and _is_valid(entry):
                counts[entry] += deployed.deployments
        chosen = dict(counts.most_common(_ENTRIES))
        if chosen:
            scheduled = chosen.get(_SCHEDULED, 0)
            total = sum(deployed.deployments for deployed in listed)
            setting = _setting(services, listed[0].repository, chosen)
            yield Suggestion(repositories, scheduled, sum(chosen.values()) - scheduled, total, setting)


def _table(services: Services, repository: str) -> str:
    return next((name for name in services.repositories if matches_any_case(repository, name)), repository)


def _entry(deployed: Deployed) -> _Entry | None:
    """Return the entry that leaves a deployment out; None if nothing says that it deploys nothing."""
    if deployed.is_scheduled:
        return _SCHEDULED
    if deployed.kind != "statuses":
        return None
    if _only_plans(deployed.job):
        matrix = _MATRIX.fullmatch(deployed.job)
        return "job", f"{glob.escape(matrix[1])} (*)" if matrix else deployed.job
    is_planned = _only_plans(deployed.workflow) and not _DEPLOYS.search(deployed.job)
    return ("workflow", deployed.workflow) if is_planned else None


def _is_valid(entry: _Entry) -> bool:
    """Return whether services.toml can have the entry: a name of a job may be too long for it."""
    try:
        Exclusion.model_validate(dict([entry]))
    except ValidationError:
        return False
    return True


def _only_plans(name: str) -> bool:
    """Return whether a name says so; of a job of a called workflow (`infra / plan`) only its last part counts."""
    matrix = _MATRIX.fullmatch(name)
    last = (matrix[1] if matrix else name).rpartition(" / ")[2]
    return bool(_PLANS.search(last)) and not _DEPLOYS.search(last)


def _setting(services: Services, repository: str, entries: Iterable[_Entry]) -> str:
    """Return the line of TOML: what services.toml says already, and these entries."""
    table = rule_of(services, repository).table.model_dump(exclude_none=True)
    added = [{key: name} for key, name in entries]
    exclude = [*table["exclude"], *(entry for entry in added if entry not in table["exclude"])]
    return f"deployments = {_toml({**table, 'exclude': exclude})}"


def _toml(value: object) -> str:
    """Return an inline value; strings of JSON are strings of TOML, but for one control character."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(field)}' for key, field in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
