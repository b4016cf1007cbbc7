"""What is merged reaches staging and then production, where it mostly works; and what is done where it does not."""

from collections.abc import Iterator, Sequence
from enum import Enum

from cli.demo import pull_requests
from cli.demo.deployments import deploy
from cli.demo.incidents import Incident
from cli.demo.main_branch import Landing
from cli.demo.scenario import Scenario
from fakes.github.state import Repository


class Fate(Enum):
    """What becomes of a release."""

    WORKS = "works"
    FAILS = "the deployment fails, and a hotfix follows"
    IS_TRIED_AGAIN = "the deployment fails, and the same commit succeeds next"
    IS_ROLLED_BACK = "production breaks, and the release before is deployed again"
    IS_REVERTED = "production breaks, and a revert follows"
    IS_MENDED = "production breaks, and a hotfix follows"


_FATES = (Fate.WORKS,) * 14 + tuple(each for each in Fate if each is not Fate.WORKS)
"""Of each nineteen releases of a repository, in any order."""
_FIRST = {"octo-org/storefront": Fate.IS_MENDED}


class Releases:
    """The one pipeline of a repository, and what it has in hand. Times are UNIX ms."""

    def __init__(self, scene: Scenario, repository: Repository, landings: Sequence[Landing]) -> None:
        self._scene = scene
        self._repository = repository
        self._waiting = sorted(landings, key=lambda each: each.at)
        self._fates = self._in_any_order()
        self._good: Landing | None = None
        self.landings = list(landings)
        """All that reached the default branch, hotfixes and reverts among it."""

    def run(self) -> None:
        """One release after the other: what was merged meanwhile goes with the next one."""
        free = 0
        while self._waiting:
            first = self._waiting[0]
            at = max(first.checked_at + self._scene.minutes(1, 10), free)
            newest = max((each for each in self._waiting if each.checked_at <= at), key=lambda each: each.at)
            self._brings(newest)
            free = self._release(newest, at, next(self._fates))

    def _brings(self, landing: Landing) -> None:
        """Whatever was merged before it is in it."""
        self._waiting = [each for each in self._waiting if each.at > landing.at]

    def _in_any_order(self) -> Iterator[Fate]:
        yield _FIRST.get(self._repository.full_name, Fate.WORKS)
        while True:
            yield from self._scene.random.sample(_FATES, len(_FATES))

    def _release(self, landing: Landing, at: int, fate: Fate) -> int:
        scene = self._scene
        at = self._deploy(landing, at, "staging") + scene.minutes(15, 90)
        if fate in (Fate.FAILS, Fate.IS_TRIED_AGAIN):
            at = self._deploy(landing, at, outcome="failure") + scene.minutes(3, 10)
            if fate is Fate.FAILS:
                return self._put_right(landing, at, fate)
        at = self._deploy(landing, at)
        if fate not in (Fate.WORKS, Fate.IS_TRIED_AGAIN):
            return self._put_right(landing, at + scene.minutes(5, 120), fate)
        self._good = landing
        return at

    def _put_right(self, landing: Landing, at: int, fate: Fate) -> int:
        """Somebody says so, somebody acts, and then it is over."""
        scene = self._scene
        label_after = None if scene.chance(0.5) else scene.minutes(1, 20)
        incident = Incident(scene, self._repository, at, label_after=label_after)
        acted = at + scene.minutes(5, 40)
        if fate is Fate.IS_ROLLED_BACK and self._good is not None:
            over = self._deploy(self._good, acted)
        else:
            over = self._hurry(landing, acted, fate)
        incident.close(over + scene.minutes(5, 60))
        return over

    def _hurry(self, landing: Landing, at: int, fate: Fate) -> int:
        """By another pull request, which is merged and deployed as soon as it is checked."""
        scene = self._scene
        if fate is Fate.IS_REVERTED:
            mended = pull_requests.live(scene, self._repository, at, f'Revert "{landing.title}"', reverted=landing.sha)
        else:
            mended = pull_requests.live(scene, self._repository, at, "Hotfix: take the old tax table again")
        if mended is None:
            raise AssertionError("what is urgent is always merged")
        self.landings.append(mended)
        self._brings(mended)
        self._good = mended
        return self._deploy(mended, mended.checked_at + scene.minutes(2, 10))

    def _deploy(self, landing: Landing, at: int, environment: str = "production", outcome: str = "success") -> int:
        return deploy(self._scene, self._repository, environment, landing.sha, at, outcome)
