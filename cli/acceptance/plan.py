"""Defines what every cloud's acceptance test supplies. A cloud implements it in `cli/deployment/clouds/CLOUD/acceptance.py`."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple, Protocol

from cli.acceptance.runner import Step
from cli.acceptance.transcript import Transcript
from cli.deployment import clouds
from cli.deployment.cloud import TargetError
from core.settings import Settings

ENVIRONMENT = "acceptance"
"""Prefix of the environments of acceptance tests: they are destroyed at the end, so no other environment may be named."""
PLAN = "build/acceptance-plan"
TESTED = tuple(name for name in clouds.names() if find_spec(f"{clouds.__name__}.{name}.acceptance"))
"""Targets that have an acceptance test: the module `acceptance` in their folder."""


class Acceptance(Protocol):
    """The acceptance test of one cloud."""

    stand_in: str
    """What stands in for the cloud here; empty: nothing, it is the cloud."""
    account: str

    def steps(self) -> list[Step]:
        """Return the steps from the first plan to the last check before the destruction."""

    def cleanup(self) -> list[Step]:
        """Return the steps that remove everything that `steps` created."""


class Context(NamedTuple):
    """What an acceptance test gets."""

    settings: Settings
    transcript: Transcript
    environment_id: str

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables of every command: they override .env, so that no real repository, bucket, token or secret is used."""
        return {
            "ENVIRONMENT_ID": self.environment_id,
            "STORE_BUCKET": "",
            "GITHUB_ACCESS_TOKEN": "acceptance",
            "REPO_WRITE_ACCESS_TOKEN": "acceptance",
            "GITHUB_WEBHOOK_SECRET": "",
            "GITHUB_APP_ID": "",
            "NO_COLOR": "1",
            "TF_CLI_ARGS": "-no-color",
        }


def load(target: str) -> Callable[[Context], Acceptance]:
    """Return what creates the acceptance test of a cloud; raises TargetError for a target without one."""
    if target not in TESTED:
        raise TargetError(f"there is no acceptance test of {target!r} (choose from {', '.join(TESTED)})")
    create: Callable[[Context], Acceptance] = import_module(f"{clouds.__name__}.{target}.acceptance").create
    return create
