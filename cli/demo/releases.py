"""Generates releases: deployments to staging and production, failures, and their remedies."""

from collections.abc import Iterator, Sequence
from enum import Enum

from cli.demo import pull_requests
from cli.demo.deployments import CANCELLED, FAILURE, SUCCESS, deploy
from cli.demo.incidents import Incident, tracker
from cli.demo.main_branch import Landing
from cli.demo.parts import Part
from cli.demo.run_payloads import DeployRun
from cli.demo.scenario import DAY, Scenario
from fakes.github.state import Repository


class ReleaseOutcome(Enum):
    """Outcomes of a release."""

    SUCCEEDS = "succeeds"
    FAILS = "the deployment fails, and a hotfix follows"
    IS_RETRIED = "the deployment fails, and the same commit succeeds next"
    IS_CANCELLED = "a newer run cancels the deployment, and deploys the same commit"
    IS_ROLLED_BACK = "production breaks, and the release before is deployed again"
    IS_REVERTED = "production breaks, and a revert follows"
    IS_FIXED = "production breaks, and a hotfix follows"


_OUTCOMES = (ReleaseOutcome.SUCCEEDS,) * 14 + tuple(
    outcome for outcome in ReleaseOutcome if outcome is not ReleaseOutcome.SUCCEEDS
)
"""Outcomes of every twenty releases of a part, in random order."""
_FIRST_OUTCOMES = {
    "Deploy web": (ReleaseOutcome.IS_FIXED,),
    "Deploy api": (ReleaseOutcome.SUCCEEDS, ReleaseOutcome.IS_REVERTED, ReleaseOutcome.IS_CANCELLED),
}
"""By the part's workflow: so that even a short demo has some of them."""


class Releases:
    """The release pipeline of a part of a repository; one release at a time. Times are UNIX ms."""

    def __init__(self, scenario: Scenario, repository: Repository, part: Part, landings: Sequence[Landing]) -> None:
        self._scenario = scenario
        self._repository = repository
        self._part = part
        self._waiting = sorted(landings, key=lambda landing: landing.at)
        self._outcomes = self._shuffled_outcomes()
        self._good: Landing | None = None
        self.landings = list(landings)
        """All merges of the part to the default branch, including hotfixes, reverts and what takes reverts back."""

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
        yield from _FIRST_OUTCOMES.get(self._part.workflow, (ReleaseOutcome.SUCCEEDS,))
        while True:
            yield from self._scenario.random.sample(_OUTCOMES, len(_OUTCOMES))

    def _release(self, landing: Landing, at: int, outcome: ReleaseOutcome) -> int:
        scenario = self._scenario
        at = self._deploy(landing, at, ("staging",)) + scenario.minutes(15, 90)
        if outcome is ReleaseOutcome.IS_CANCELLED:
            at = self._deploy(landing, at, outcome=CANCELLED) + scenario.minutes(0.1, 1)
        if outcome in (ReleaseOutcome.FAILS, ReleaseOutcome.IS_RETRIED):
            at = self._deploy(landing, at, outcome=FAILURE) + scenario.minutes(3, 10)
            if outcome is ReleaseOutcome.FAILS:
                return self._resolve_incident(landing, at, outcome)
        at = self._deploy(landing, at)
        if outcome not in (ReleaseOutcome.SUCCEEDS, ReleaseOutcome.IS_RETRIED, ReleaseOutcome.IS_CANCELLED):
            return self._resolve_incident(landing, at + scenario.minutes(5, 120), outcome)
        self._good = landing
        return at

    def _resolve_incident(self, landing: Landing, at: int, outcome: ReleaseOutcome) -> int:
        """Open an incident, apply the remedy and close the incident; return the end time of the remedy."""
        scenario = self._scenario
        label_after = None if scenario.chance(0.5) else scenario.minutes(1, 20)
        place = tracker(scenario, self._repository, self._part.service)
        incident = Incident(scenario, place, at, label_after=label_after)
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
            landing = self._merge(at, f'Revert "{broken.title}"', reverted=broken.sha)
        elif scenario.chance(0.5):
            landing = self._merge(at, "Hotfix: take the old tax table again")
        else:
            landing = self._merge(at, "Take the old tax table again", label="hotfix")
        self._include(landing)
        self._good = landing
        ended = self._deploy(landing, landing.checked_at + scenario.minutes(2, 10))
        if outcome is ReleaseOutcome.IS_REVERTED:
            again = self._merge(scenario.at_work(ended + DAY), f'Reapply "{broken.title}"', reverted=landing.sha)
            self._waiting = sorted([*self._waiting, again], key=lambda candidate: candidate.at)
        return ended

    def _merge(self, at: int, title: str, reverted: str | None = None, label: str | None = None) -> Landing:
        """Merge an urgent pull request."""
        urgent = pull_requests.Urgent(title, reverted, label)
        landing = pull_requests.live(self._scenario, self._repository, self._part, at, urgent)
        if landing is None:
            raise AssertionError("urgent pull requests are always merged")
        self.landings.append(landing)
        return landing

    def _deploy(
        self, landing: Landing, at: int, environments: tuple[str, ...] | None = None, outcome: str = SUCCESS
    ) -> int:
        run = DeployRun(self._repository, self._part, self._scenario.id(), landing.sha, at)
        return deploy(self._scenario, run, environments or self._part.environments, outcome)
