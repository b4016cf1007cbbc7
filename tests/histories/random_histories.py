"""Random histories: weeks of made-up teams, from a seed. Each is of repositories of its own, so all fit into one database."""

import random
from operator import attrgetter
from typing import Any, NamedTuple

from tests.histories.build import at, comparison
from tests.histories.deploying import Deployer
from tests.histories.extend import Record
from tests.histories.git import HOUR, MINUTE, Git, Written
from tests.histories.incidents import Incidents
from tests.histories.other_kinds import other_kind
from tests.histories.team_settings import team_settings

FIRST_ID = 100_000
STEPS = 45


class History(NamedTuple):
    """The records of a team, and its part of services.toml."""

    records: list[Record]
    services: dict[str, Any]


def history(seed: int) -> History:
    """Return the history of a seed."""
    chance = random.Random(seed)
    kind = chance.choice(["statuses"] * 7 + ["workflow", "releases", "merges"])
    name = f"octo-{seed}/shop"
    git = Git(chance, name, FIRST_ID * (seed + 1), chance.choice([0, 0, 0, 0.2, 1]))
    services = team_settings(chance, seed, kind)
    git.to_main(git.write(at(1), parents=[]))
    team = Team(git, seed, kind, services)
    for _ in range(STEPS):
        team.step()
    team.finish()
    team.compare_renamed()
    return History([*git.records, *team.deployer.records, *team.records], services)


def combined(histories: list[History]) -> History:
    """Return all histories as one."""
    document: dict[str, Any] = {"services": {}, "repositories": {}, "environment_aliases": {}}
    for one in histories:
        for table in document:
            document[table] |= one.services.get(table, {})
    return History([entry for one in histories for entry in one.records], document)


class Team(Incidents):
    """A team at work: each step is something that happens minutes or hours after the last one."""

    def __init__(self, git: Git, seed: int, kind: str, services: dict[str, Any]) -> None:
        chance = git.chance
        self.git, self.kind, self.chance, self.seed = git, kind, chance, seed
        self.now = at(2, "08:00")
        self.environments = chance.choice(
            [["production"], ["production"], ["prod-us", "prod-eu"], ["production", "staging"]]
        )
        [(self.former, present)] = services.get("environment_aliases", {"": self.environments[0]}).items()
        self.environments[0] = present
        self.renamed = at(2, "08:00") + self.chance.choice([1, 2, 4]) * 24 * HOUR if self.former else 0
        self.deployer = Deployer(
            git, ["Deploy api", "Deploy web"] if services.get("services") else ["Deploy"], git.first_id
        )
        self.records: list[Record] = []
        self.merged: list[Written] = [git.head]
        self.open = []
        self.incident_repository = chance.choice([git.name, git.name, f"octo-{seed}/incidents"])

    def step(self) -> None:
        """Let time pass, and do something."""
        self.now += self.chance.choice([0, 1, 7, 20, 55, 180, 600, 1500]) * MINUTE
        actions = [self.write, self.write, self.deploy, self.deploy, self.deploy, self.take_back, self.fail]
        actions += [self.roll_back, self.hotfix, self.open_incident, self.close_incident, self.fix_forward]
        actions += [self.stack, self.cherry_pick, self.deploy_branch]
        self.chance.choice(actions)()

    def fix_forward(self) -> None:
        """Open an incident, write one or two fixes, perhaps with an older rider, deploy them, and close it."""
        self.deploy()
        self.now += self.chance.choice([5, 30]) * MINUTE
        if self.chance.random() < 0.3:
            self._add(self.git.direct(self.now - 3 * MINUTE))
        self.open_incident()
        for _ in range(self.chance.choice([1, 1, 1, 2])):
            self.now += self.chance.choice([10, 60, 300]) * MINUTE
            closes = {"closes": [self.open[-1][0] - self.git.first_id]} if self.chance.random() < 0.4 else {}
            way = self.chance.choice(["squash", "direct"])
            fix = (
                self.git.request(self.now, also=closes, young=True)
                if way == "squash"
                else self.git.direct(self.now, young=True)
            )
            self._add(fix)
            self.now += self.chance.choice([5, 20, 1500]) * MINUTE
            for environment in self.environments:
                self._deploy(self.git.head, environment, self.now, event="push")
        self.now += self.chance.choice([0, 60, 3000]) * MINUTE
        self.close_incident(newest=True)

    def stack(self) -> None:
        """Merge two pull requests, of which the second lists the commits of the first."""
        branch: list[Written] = []
        self._add(self.git.request(self.now, way="squash", branch=branch))
        if self.chance.random() < 0.5:
            self.now += 60 * MINUTE
            self.deploy()
        self.now += 5 * MINUTE
        self._add(self.git.request(self.now, way=self.chance.choice(["squash", "rebase"]), on=branch))

    def cherry_pick(self) -> None:
        """Pick a commit again, as backports do: it keeps its author date and first line."""
        original = self.chance.choice(self.merged[-5:])
        self._add(self.git.pick(original, self.now))

    def deploy_branch(self) -> None:
        """Deploy a pull request's branch before it is merged."""
        branch: list[Written] = []
        merged = self.git.request(self.now + 60 * MINUTE, branch=branch)
        for environment in self.environments:
            self._deploy(branch[-1], environment, self.now)
        self.now += 60 * MINUTE
        self._add(merged)

    def write(self) -> None:
        """Write a change."""
        self._add(self.git.direct(self.now) if self.chance.random() < 0.4 else self.git.request(self.now))

    def _add(self, written: Written) -> None:
        self.merged.append(written)
        if self.kind != "statuses":
            self.records += other_kind(self.kind, self.git, written, self.now)

    def deploy(self) -> None:
        """Deploy main, or now and then another commit, to one environment or all."""
        commit = self.git.head if self.chance.random() < 0.85 else self.chance.choice(self.merged)
        together = self.chance.random() < 0.5
        for index, environment in enumerate(self.environments if together else [self.chance.choice(self.environments)]):
            self._deploy(commit, environment, self.now + index * 5 * MINUTE)

    def _deploy(self, commit: Written, environment: str, now: int, **options: Any) -> None:
        if self.kind == "statuses":
            self.deployer.deploy(commit, now, self.name_of(environment, now), **options)

    def name_of(self, environment: str, now: int) -> str:
        """Return the name that an environment has at that time."""
        return self.former if now < self.renamed and environment == self.environments[0] else environment

    def compare_renamed(self) -> None:
        """Record the comparison of the first deployment under the new name with the last one before, as backfill does."""
        before, after = (self.deployer.there.get(name, []) for name in (self.former, self.environments[0]))
        if before and after and self.chance.random() < 0.6:
            base, head = max(before, key=attrgetter("end")).commit, min(after, key=attrgetter("end")).commit
            if base.sha != head.sha:
                state, commits = self.git.compare(base, head)
                compared = comparison(base.sha, head.sha, state, *commits, repo=self.git.name)
                known = {entry["id"] for entry in self.deployer.records}
                self.records += [compared] if compared["id"] not in known else []

    def fail(self) -> None:
        """Fail or cancel an attempt, and perhaps deploy again what was there."""
        environment = self.chance.choice(self.environments)
        there = self.deployer.there.get(environment)
        self._deploy(
            self.git.head, environment, self.now, outcome=self.chance.choice(["failure", "failure", "cancelled"])
        )
        if there and self.chance.random() < 0.5:
            self.now += self.chance.choice([10, 40, 1500]) * MINUTE
            event = self.chance.choice(["workflow_dispatch", "workflow_dispatch", "schedule"])
            self._deploy(there[-1].commit, environment, self.now, event=event)

    def roll_back(self) -> None:
        """Deploy an older commit again."""
        environment = self.chance.choice(self.environments)
        there = self.deployer.there.get(environment, [])
        if len(there) > 1:
            self._deploy(self.chance.choice(there[-4:]).commit, environment, self.now, event="workflow_dispatch")

    def take_back(self) -> None:
        """Revert something, by every way of naming it, or apply it again; then perhaps deploy that."""
        target = self.chance.choice(self.merged[-6:])
        title = {"revert_depth": 1, "title_kind": "revert"}
        way = self.chance.choice(["sha", "short", "own", "pull", "nothing", "unknown"])
        if way == "sha":
            title["reverts_sha"] = target.sha
        elif way == "short":
            title["reverts_sha"] = target.sha[:8]
        elif way == "own":
            target = self.chance.choice(self.git.commits)
            title["reverts_sha"] = target.sha
        elif way == "unknown":
            title["reverts_sha"] = "0123abc4567"
        elif way == "pull" and target.pull is not None:
            title["reverts_number"] = target.pull
        if way != "unknown":
            title["revert_depth"] += target.entry.get("revert_depth", 0)
        if self.chance.random() < 0.5:
            self._add(self.git.request(self.now, title))
        else:
            named = {"reverts": title.pop("reverts_sha", None), "is_revert": True}
            self._add(self.git.direct(self.now, **title, **named))
        if self.chance.random() < 0.7:
            self.now += self.chance.choice([5, 30, 90]) * MINUTE
            self.deploy()

    def hotfix(self) -> None:
        """Merge a hotfix, by its label, branch or title."""
        also: dict[str, Any] = self.chance.choice(
            [{"labels": ["Hotfix"]}, {"head_ref": "hotfix/cart"}, {"title_kind": "hotfix"}]
        )
        if self.open and self.chance.random() < 0.4:
            also = {**also, "closes": [self.open[-1][0] - self.git.first_id]}
        self._add(self.git.request(self.now, way="squash", also=also))
        if self.chance.random() < 0.8:
            self.now += self.chance.choice([5, 30]) * MINUTE
            self.deploy()
