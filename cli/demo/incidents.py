"""Generates incidents: labelled issues, some labelled later and some reopened."""

from cli.demo.payloads import around, issue, label
from cli.demo.scenario import Scenario
from core.payload import Json
from fakes.github.serializers import iso
from fakes.github.state import Repository

_LABELS = {"octo-org/payments": "Incident"}
_TITLES = ("Production is down 🔥", "Nobody can pay", "Prices are wrong", "Half of the pages are empty")


class Incident:
    """An incident; the constructor opens it. Times are UNIX ms."""

    def __init__(self, scenario: Scenario, repository: Repository, at: int, *, label_after: int | None = None) -> None:
        """Open the incident; `label_after` is the delay of its label in ms, None for a label at opening."""
        self._scenario, self._repository, self._opened_at = scenario, repository, at
        self._number, self._id = scenario.number(repository), scenario.id()
        self._title = scenario.random.choice(_TITLES)
        self._label = label(repository, _LABELS.get(repository.full_name, "incident"))
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
        issue_payload = issue(self._repository, self._number, self._id, self._opened_at, labels, **fields)
        payload = around(self._repository, "grace", action) | {"issue": issue_payload}
        self._scenario.send("issues", payload | ({"label": self._label} if action == "labeled" else {}), at, *metrics)
