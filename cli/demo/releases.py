"""Generates releases: deployments to staging and production, failures, and their remedies."""

from collections.abc import Iterator, Sequence
from enum import Enum

from cli.demo import pull_requests
from cli.demo.deployments import deploy
from cli.demo.incidents import Incident
from cli.demo.main_branch import Landing
from cli.demo.scenario import Scenario
from fakes.github.state import Repository


class ReleaseOutcome(Enum):
    """Outcomes of a release."""

    SUCCEEDS = "succeeds"
    FAILS = "the deployment fails, and a hotfix follows"
    IS_RETRIED = "the deployment fails, and the same commit succeeds next"
    IS_ROLLED_BACK = "production breaks, and the release before is deployed again"
    IS_REVERTED = "production breaks, and a revert follows"
    IS_FIXED = "production breaks, and a hotfix follows"


_OUTCOMES = (ReleaseOutcome.SUCCEEDS,) * 14 + tuple(
    outcome for outcome in ReleaseOutcome if outcome is not ReleaseOutcome.SUCCEEDS
)
"""Outcomes of every nineteen releases of a repository, in random order."""
_FIRST_OUTCOME = {"octo-org/storefront": ReleaseOutcome.IS_FIXED}


class Releases:
    """The release pipeline of a repository; one release at a time. Times are UNIX ms."""

    def __init__(self, scenario: Scenario, repository: Repository, landings: Sequence[Landing]) -> None:
        self._scenario = scenario
        self._repository = repository
        self._waiting = sorted(landings, key=lambda landing: landing.at)
        self._outcomes = self._shuffled_outcomes()
        self._good: Landing | None = None
        self.landings = list(landings)
        """All merges to the default branch, including hotfixes and reverts."""

    def run(self) -> None:
        """Generate releases in sequence; changes merged during a release are part of the next one."""
        free = 0
        while self._waiting:
            first = self._waiting[0]
            at = max(first.checked_at + self._scenario.minutes(1, 10), free)
            newest = max(
                (landing for landing in self._waiting if landing.checked_at <= at), key=lambda landing: landing.at
            )
            self._include(newest)
            free = self._release(newest, at, next(self._outcomes))

    def _include(self, landing: Landing) -> None:
        """Remove the merges that a release contains from the waiting ones."""
        self._waiting = [candidate for candidate in self._waiting if candidate.at > landing.at]

    def _shuffled_outcomes(self) -> Iterator[ReleaseOutcome]:
        yield _FIRST_OUTCOME.get(self._repository.full_name, ReleaseOutcome.SUCCEEDS)
        while True:
            yield from self._scenario.random.sample(_OUTCOMES, len(_OUTCOMES))

    def _release(self, landing: Landing, at: int, outcome: ReleaseOutcome) -> int:
        scenario = self._scenario
        at = self._deploy(landing, at, "staging") + scenario.minutes(15, 90)
        if outcome in (ReleaseOutcome.FAILS, ReleaseOutcome.IS_RETRIED):
            at = self._deploy(landing, at, outcome="failure") + scenario.minutes(3, 10)
            if outcome is ReleaseOutcome.FAILS:
                return self._resolve_incident(landing, at, outcome)
        at = self._deploy(landing, at)
        if outcome not in (ReleaseOutcome.SUCCEEDS, ReleaseOutcome.IS_RETRIED):
            return self._resolve_incident(landing, at + scenario.minutes(5, 120), outcome)
        self._good = landing
        return at

    def _resolve_incident(self, landing: Landing, at: int, outcome: ReleaseOutcome) -> int:
        """Open an incident, apply the remedy and close the incident; return the end time of the remedy."""
        scenario = self._scenario
        label_after = None if scenario.chance(0.5) else scenario.minutes(1, 20)
        incident = Incident(scenario, self._repository, at, label_after=label_after)
        action_at = at + scenario.minutes(5, 40)
        if outcome is ReleaseOutcome.IS_ROLLED_BACK and self._good is not None:
            resolved_at = self._deploy(self._good, action_at)
        else:
            resolved_at = self._deploy_fix(landing, action_at, outcome)
        incident.close(resolved_at + scenario.minutes(5, 60))
        return resolved_at

    def _deploy_fix(self, broken: Landing, at: int, outcome: ReleaseOutcome) -> int:
        """Merge and deploy a hotfix or revert as soon as its checks end; return the end time."""
        scenario = self._scenario
        if outcome is ReleaseOutcome.IS_REVERTED:
            landing = pull_requests.live(
                scenario, self._repository, at, f'Revert "{broken.title}"', reverted=broken.sha
            )
        else:
            landing = pull_requests.live(scenario, self._repository, at, "Hotfix: take the old tax table again")
        if landing is None:
            raise AssertionError("urgent pull requests are always merged")
        self.landings.append(landing)
        self._include(landing)
        self._good = landing
        return self._deploy(landing, landing.checked_at + scenario.minutes(2, 10))

    def _deploy(self, landing: Landing, at: int, environment: str = "production", outcome: str = "success") -> int:
        return deploy(self._scenario, self._repository, environment, landing.sha, at, outcome)
