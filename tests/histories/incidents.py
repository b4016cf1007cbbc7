"""The incidents of a random history."""

import random
from typing import Any

from tests.histories.build import incident, record
from tests.histories.extend import Record
from tests.histories.git import HOUR, MINUTE, Git, Written


class Incidents:
    """The part of a team's history that is about its incidents."""

    git: Git
    chance: random.Random
    seed: int
    now: int
    environments: list[str]
    merged: list[Written]
    records: list[Record]
    open: list[tuple[int, int, dict[str, Any]]]
    """Id, opening and options of each open one; its records are written when it is closed."""
    incident_repository: str

    def name_of(self, environment: str, now: int) -> str:
        """Return the name that an environment has at that time."""
        raise NotImplementedError

    def finish(self) -> None:
        """Report the incidents that are still open."""
        while self.open:
            id, opened, options = self.open.pop()
            self.records += self._placed(incident(id, opened, repo=self.incident_repository, **options))

    def open_incident(self) -> None:
        """Open an incident, which may name its cause, a service, an environment, or be exempt."""
        number = self.git.next_number()
        opened = self.now - self.chance.choice([0, 0, 3, 30]) * MINUTE
        also: dict[str, Any] = {"number": number}
        labels = ["incident"]
        if self.chance.random() < 0.25:
            target = self.chance.choice(self.merged)
            also |= {"cause_number": target.pull} if target.pull else {"cause_sha": target.sha[:10]}
        if self.chance.random() < 0.2:
            labels.append(
                self.chance.choice(
                    [
                        f"service:api-{self.seed}",
                        f"web-{self.seed}",
                        f"env:{self.name_of(self.environments[0], opened)}",
                    ]
                )
            )
        if self.chance.random() < 0.1:
            labels.append("not-a-deployment")
            also["is_exempt"] = True
        self.open.append(
            (self.git.first_id + number, opened, {"labels": labels, "also": also, "schema": self.git.schema()})
        )

    def close_incident(self, *, newest: bool = False) -> None:
        """Close an incident, which may be reopened, withdrawn, or go on."""
        if not self.open:
            return
        id, opened, options = self.open.pop(-1 if newest else self.chance.randrange(len(self.open)))
        times: dict[str, Any] = {"reason": self.chance.choice(["completed"] * 6 + ["not_planned", "duplicate"])}
        closed = self.now if self.now > opened and self.chance.random() < 0.9 else None
        if closed is not None and self.chance.random() < 0.15:
            times |= {"reopened": closed + HOUR, "closed_again": self.chance.choice([None, closed + 2 * HOUR])}
        self.records += self._placed(incident(id, opened, closed, repo=self.incident_repository, **times, **options))

    def _placed(self, issues: list[Record]) -> list[Record]:
        """Return the records of an issue, now and then of one that was transferred here."""
        number = issues[0]["output"]["id"] - self.git.first_id
        for entry in issues:
            entry["output"]["number"] = number
        if self.chance.random() >= 0.1:
            return issues
        first = issues[0]["output"]
        old = {**first, "id": first["id"] + 50_000, "number": 7}
        gone = {
            **old,
            "action": "transferred",
            "at": first["at"] + 1000,
            "transferred_to": first["id"],
            "is_transferred": None,
        }
        issues[0]["output"] |= {"is_transferred": True, "transferred_from": old["id"]}
        other = f"octo-{self.seed}/cart"
        keys = (f"{old['id']}-{old['at']}", f"{old['id']}-transferred")
        moved = [record("incident", key, output, repo=other) for key, output in zip(keys, (old, gone), strict=True)]
        for entry in moved:
            entry["schema"] = issues[0]["schema"]
        return [*issues, *moved]
