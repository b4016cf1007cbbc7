"""The deployments of a random history: what GitHub would report of each."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.histories.build import comparison as build_comparison
from tests.histories.build import job, run, status
from tests.histories.extend import Record
from tests.histories.git import MINUTE, Git, Written

EVENTS = ("push", "push", "workflow_dispatch", "schedule")


class Deployed(NamedTuple):
    """A success: its id, commit, and when it was created and succeeded."""

    id: int
    commit: Written
    created: int
    end: int


@dataclass
class Deployer:
    """Deploys commits to environments, with runs, retries and failures."""

    git: Git
    workflows: list[str]
    last_id: int
    records: list[Record] = field(default_factory=list)
    there: dict[str, list[Deployed]] = field(default_factory=dict)

    def deploy(self, commit: Written, now: int, environment: str, **options: Any) -> None:
        """Deploy a commit. Options: outcome (success, failure, cancelled), event, workflow."""
        chance = self.git.chance
        outcome = options.get("outcome", "success")
        begin = now - chance.choice([0, 2, 2, 10, 40]) * MINUTE
        facts = {
            "run": self._id() if chance.random() < 0.9 else self.last_id,
            "event": options.get("event", chance.choice(EVENTS[:3])),
            "workflow": options.get("workflow", chance.choice(self.workflows)),
            "begin": begin,
        }
        if outcome == "success" and chance.random() < 0.08:
            self._status(commit, now - MINUTE, environment, "failure", {**facts, "job": self._job()})
            facts["attempt"] = 2
            facts["job"] = self._job()
        elif chance.random() < 0.3:
            facts["job"] = self._job()
        self._status(commit, now, environment, "success" if outcome == "success" else "failure", facts)
        if outcome != "success" and chance.random() < 0.85:
            self._end_of_run(facts, outcome, now, begin)

    def _end_of_run(self, facts: dict[str, Any], outcome: str, now: int, begin: int) -> None:
        """Report how the run ended, by itself or by its job."""
        if facts.get("job") and self.git.chance.random() < 0.5:
            options = {"run": facts["run"], "workflow": facts["workflow"], "attempt": facts.get("attempt", 1)}
            self.records.append(job(facts["job"]["id"], begin, now, outcome, repo=self.git.name, **options))
        else:
            self.records.append(run(facts["run"], outcome, now, facts.get("attempt", 1), repo=self.git.name))

    def _id(self) -> int:
        self.last_id += 1
        return self.last_id

    def _job(self) -> dict[str, Any]:
        return {"id": self._id(), "name": "deploy"}

    def _status(self, commit: Written, now: int, environment: str, state: str, facts: dict[str, Any]) -> None:
        chance, schema, id = self.git.chance, self.git.schema(), self._id()
        options: dict[str, Any] = {**facts, "schema": schema, "env": environment, "repo": self.git.name, "state": state}
        if schema == 1:
            for name in ("run", "event", "attempt", "workflow", "job"):
                options.pop(name, None)
        commits: list[dict[str, Any]] = []
        comparison = None
        if state == "success":
            done = [other for other in self.there.get(environment, []) if other.end <= now]
            older = [other for other in done if (other.created, other.id) < (facts["begin"], id)]
            if not older:
                options["first"] = True
            else:
                before = max(older, key=lambda other: (other.created, other.id))
                comparison, commits = self.git.compare(before.commit, commit)
                options["previous"] = {"id": before.id, "sha": before.commit.sha, "created_at": before.created}
                options["behind"] = comparison == "behind"
                options["unread"] = chance.random() < 0.03
                if options["unread"] and schema == 2 and chance.random() < 0.5:
                    compared = build_comparison(before.commit.sha, commit.sha, comparison, *commits, repo=self.git.name)
                    known = {entry["id"] for entry in self.records}
                    self.records += [] if compared["id"] in known else [compared]
                options["truncated"] = bool(commits) and chance.random() < 0.02
            self.there.setdefault(environment, []).append(Deployed(id, commit, facts["begin"], now))
        if schema == 2 and not options.get("unread"):
            options["also"] = {"comparison_status": comparison}
        self.records.append(status(id, now, commit.sha, *commits, **options))
