"""Random records of several teams that arrive in random batches: renamed, moved, corrected and shared ones among them."""

import copy
import random
from collections.abc import Iterator
from typing import Any

from tests.histories.extend import Record
from tests.histories.random_histories import combined, history
from warehouse.services import Services, parsed

TEAMS = 4


def batches(seed: int, count: int) -> tuple[Services, list[list[Record]]]:
    """Return services.toml and the records of some teams, in batches; records of a fact may be in several."""
    chance = random.Random(seed)
    together = combined([history(chance.randrange(1000)) for _ in range(TEAMS)])
    records = copy.deepcopy(together.records)
    for change in (_rename, _forget_ids, _share_an_id, _label, _move_an_issue):
        change(chance, records)
    settings = _with_shared_services(chance, together.services, sorted({_name(entry) for entry in records}))
    records += list(_corrected(chance, records))
    chance.shuffle(records)
    first = chance.randrange(len(records) // 2, len(records))
    parts = [records[:first]]
    parts += [records[first:][part :: count - 1] for part in range(count - 1)]
    chance.shuffle(parts[1:])
    return parsed(settings), [*parts[:-1], _of_one_repository(chance, parts[-1])]


def _of_one_repository(chance: random.Random, records: list[Record]) -> list[Record]:
    """Return the records of one repository: most components do not change then."""
    name = _name(chance.choice(records))
    return [entry for entry in records if _name(entry) == name]


def _name(entry: Record) -> str:
    return f"{entry['owner']}/{entry['repo']}"


def _renamed(entry: Record, owner: str, repo: str) -> None:
    key = entry["id"].split("/", 2)[2]
    entry |= {"owner": owner, "repo": repo, "id": f"{owner}/{repo}/{key}"}


def _rename(chance: random.Random, records: list[Record]) -> None:
    """Give repositories another name from some time on: a new one, or one that another repository had."""
    names = sorted({_name(entry) for entry in records})
    for name in chance.sample(names, 2):
        owner, repo = chance.choice([(name.split("/")[0], "moved"), tuple(chance.choice(names).split("/"))])
        for entry in records:
            if _name(entry) == name and chance.random() < 0.4:
                _renamed(entry, owner, repo)
                entry["created_at"] += chance.choice([0, 1000])


def _forget_ids(chance: random.Random, records: list[Record]) -> None:
    """Take GitHub's id of the repository from records of one, as old ones lack it."""
    name = _name(chance.choice(records))
    for entry in records:
        if _name(entry) == name and chance.random() < 0.2:
            entry["repository_id"] = None


def _share_an_id(chance: random.Random, records: list[Record]) -> None:
    """Say of a job or run of one repository that it belongs to a deployment of another."""
    statuses = [entry for entry in records if entry["metric_signature"] == "deployment-status"]
    for entry in records:
        output = entry["output"]
        if entry["metric_signature"] == "workflow-job" and statuses and chance.random() < 0.02:
            output["deployment_id"] = chance.choice(statuses)["output"]["deployment_id"]
        if entry["metric_signature"] == "workflow-run" and statuses and chance.random() < 0.02:
            run = chance.choice(statuses)["output"].get("workflow_run")
            output["id"] = run["id"] if run else output["id"]


def _label(chance: random.Random, records: list[Record]) -> None:
    """Label incidents with the names of other teams' environments and services."""
    names = sorted({entry["output"]["env"] for entry in records if entry["metric_signature"] == "deployment-status"})
    for entry in records:
        if entry["metric_signature"] == "incident" and chance.random() < 0.1:
            entry["output"]["labels"] = [*(entry["output"]["labels"] or []), chance.choice(names)]
            if "all_labels" in entry["output"]:
                entry["output"]["all_labels"] = entry["output"]["labels"]


def _move_an_issue(chance: random.Random, records: list[Record]) -> None:
    """Say that an incident was transferred to another repository."""
    incidents = [entry for entry in records if entry["metric_signature"] == "incident"]
    for entry in chance.sample(incidents, min(2, len(incidents))):
        entry["output"]["transferred_from"] = chance.choice(incidents)["output"]["id"]


def _corrected(chance: random.Random, records: list[Record]) -> Iterator[Record]:
    """Yield later records of some facts, with other texts, or of another repository."""
    for entry in chance.sample(records, len(records) // 20):
        later = copy.deepcopy(entry)
        later["created_at"] += 5000
        output = later["output"]
        for field, value in (("env", "production"), ("labels", ["hotfix"]), ("state", "failure"), ("base_ref", "main")):
            if field in output and chance.random() < 0.5:
                output[field] = value
        if chance.random() < 0.2:
            other = chance.choice(records)
            _renamed(later, other["owner"], other["repo"])
            later["repository_id"] = other["repository_id"]
        yield later


def _with_shared_services(chance: random.Random, document: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Add services of several teams: with their repositories, their incidents, or their code."""
    taken = {name for service in document["services"].values() for name in service["repositories"]}
    free = [name for name in names if name not in taken]
    added: dict[str, Any] = {}
    if len(free) > 2 and chance.random() < 0.6:
        added["store"] = {"repositories": [free.pop(), free.pop()]}
    if chance.random() < 0.5:
        added["desk"] = {"repositories": ["*/desk"], "incidents": chance.sample(names, 2)}
    if free and chance.random() < 0.5:
        added["fleet"] = {"repositories": [free.pop()], "code": {"repositories": chance.sample(names, 2)}}
    rules = dict(document["repositories"])
    if chance.random() < 0.3:
        rules[chance.choice(names)] = {"deployments": {"kind": "statuses", "exclude": [{"event": "push"}]}}
    return {**document, "services": {**added, **document["services"]}, "repositories": rules}
