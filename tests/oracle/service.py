"""A service: its deployments in all environments, its incidents, and the signs that a deployment failed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.oracle.brought import Brought
from tests.oracle.history import History
from tests.oracle.items import INFERRED, KNOWN, UNKNOWN, worst
from tests.oracle.model import Attempt, Incident, Remediation


class Sign(NamedTuple):
    """A sign that a deployment failed."""

    certainty: str
    reason: str
    remediation: Remediation | None = None
    incident: Incident | None = None


@dataclass
class Service:
    """A service's histories, one for each repository and environment, and what is found about them."""

    name: str
    histories: list[History]
    brought: list[Brought]
    """One for each history."""
    known_environments: set[str] = field(default_factory=set)
    """All environments of its repositories by all names, in lower case, also those that are not production."""
    present_names: dict[str, str] = field(default_factory=dict)
    """The present name of each environment by its former one, in lower case."""
    incidents: list[Incident] = field(default_factory=list)
    """Without those that are taken out."""
    remediations: list[Remediation] = field(default_factory=list)
    signs: dict[Attempt, list[Sign]] = field(default_factory=dict)
    only_remediations: set[Attempt] = field(default_factory=set)
    """Deployments that bring nothing but their own remediation."""
    may_be_only_remediations: set[Attempt] = field(default_factory=set)

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts that count or may."""
        return [attempt for history in self.histories for attempt in history.own]

    @property
    def environments(self) -> set[str]:
        """Its environments of production."""
        return {attempt.environment for attempt in self.attempts}

    def sign(self, attempt: Attempt, sign: Sign) -> None:
        """Note a sign."""
        self.signs.setdefault(attempt, []).append(sign)

    def history_of(self, attempt: Attempt) -> History:
        """Return the history that an attempt is of."""
        return next(history for history in self.histories if attempt in history.own)

    def candidates(
        self, before: int, environments: Iterable[str] = (), without: Attempt | None = None
    ) -> list[Attempt]:
        """Section 2: return the candidates, newest first.

        "A *candidate* is a success, or a failed attempt that was not cancelled, that is no rollback and does not bring
        only its own remediation, began before the incident was opened, at most `failure_hours` before."
        """
        wanted = set(environments)
        found = [
            attempt
            for attempt in self.attempts
            if attempt is not without
            and is_in(attempt, wanted)
            and attempt.state != "cancelled"
            and attempt.is_rollback is not True
            and attempt not in self.only_remediations
            and before - attempt.rule.failure <= attempt.begin < before
        ]
        return sorted(found, key=lambda attempt: (attempt.begin, attempt.order), reverse=True)

    def newest(self, candidates: list[Attempt]) -> list[Attempt]:
        """Return the newest candidate; before it those of which it is not known whether they are candidates."""
        result = []
        for attempt in candidates:
            result.append(attempt)
            if self._is_one(attempt):
                break
        return result

    def about(self, candidates: list[Attempt]) -> tuple[Attempt | None, str]:
        """Return the one deployment that a sign is about, and how certain that is; unknown if it may be several, or none."""
        if not candidates:
            return None, KNOWN
        if len(candidates) > 1 or not self._is_one(candidates[0]):
            return candidates[0], UNKNOWN
        return candidates[0], worst([by_begin(candidates[0]), candidates[0].failed])

    def _is_one(self, attempt: Attempt) -> bool:
        """Return whether it is known to be a candidate."""
        return is_certain(attempt) and attempt not in self.may_be_only_remediations


def is_in(attempt: Attempt, environments: set[str]) -> bool:
    """Return whether an attempt is in one of these environments; none named: in any."""
    return not environments or attempt.environment.lower() in environments


def is_certain(attempt: Attempt) -> bool:
    """Return whether it is known to count, not to be cancelled, and to be no rollback."""
    return attempt.counts is True and attempt.is_rollback is False and attempt.failed != UNKNOWN


def by_begin(attempt: Attempt) -> str:
    """Section 2: a deployment begins "at its creation (inferred)" where nothing says when it began."""
    return KNOWN if attempt.is_begin_known else INFERRED
