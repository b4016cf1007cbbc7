"""Generates incidents: labelled issues of the repository itself or of a central one, some labelled later and some reopened."""

from typing import NamedTuple

from cli.demo.payloads import around, issue, label
from cli.demo.scenario import Scenario
from core.payload import Json
from fakes.github.serializers import iso
from fakes.github.state import Repository

_TITLES = ("Production is down 🔥", "Nobody can pay", "Prices are wrong", "Half of the pages are empty")


class Tracker(NamedTuple):
    """Where the incidents of a service are opened, and with which labels."""

    repository: Repository
    incident: str
    """The label that makes an issue an incident."""
    others: tuple[str, ...] = ()
    """Further labels, which the issue has from the beginning."""


def tracker(scenario: Scenario, repository: Repository, service: str) -> Tracker:
    """Return where the incidents of a service are opened: those of payments in the central repository. They name the service."""
    others = (f"service:{service}",) if service else ()
    if repository.full_name == "octo-org/payments":
        return Tracker(scenario.incidents, "Incident", others)
    return Tracker(repository, "incident", others)


class Incident:
    """An incident; the constructor opens it. Times are UNIX ms."""

    def __init__(self, scenario: Scenario, tracker: Tracker, at: int, *, label_after: int | None = None) -> None:
        """Open the incident; `label_after` is the delay of its label in ms, None for a label at opening."""
        self._scenario, self._repository, self._opened_at = scenario, tracker.repository, at
        self._number, self._id = scenario.number(tracker.repository), scenario.id()
        self._title = scenario.random.choice(_TITLES)
        self._others = [label(tracker.repository, name) for name in tracker.others]
        self._label = label(tracker.repository, tracker.incident)
        if label_after is None:
            self._send("opened", at, [self._label], "incident")
            self._send("labeled", at, [self._label])  # GitHub sends both events for one fact
        else:
            self._send("opened", at, [])
            self._send("labeled", at + label_after, [self._label], "incident")

    def close(self, at: int) -> None:
        """Close the incident; one in five is reopened within an hour and closed again."""
        self._send("closed", at, [self._label], "incident")
        if self._scenario.chance(0.2):
            reopened_at = at + self._scenario.minutes(10, 60)
            self._send("reopened", reopened_at, [self._label], "incident")
            self._send("closed", reopened_at + self._scenario.minutes(20, 180), [self._label], "incident")

    def _send(self, action: str, at: int, labels: list[Json], *metrics: str) -> None:
        fields: Json = {"title": self._title, "updated_at": iso(at)}
        if action == "closed":
            fields |= {"state": "closed", "closed_at": iso(at)}
        all_labels = [*self._others, *labels]
        issue_payload = issue(self._repository, self._number, self._id, self._opened_at, all_labels, **fields)
        payload = around(self._repository, "grace", action) | {"issue": issue_payload}
        self._scenario.send("issues", payload | ({"label": self._label} if action == "labeled" else {}), at, *metrics)
