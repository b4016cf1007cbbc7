"""Define what a report says about deployments that are in no number, or that should perhaps be in none. No SQL."""

from typing import NamedTuple


class LeftOut(NamedTuple):
    """Successful deployments of a period that are in no number."""

    service: str
    repository: str
    """`owner/repo`."""
    kind: str
    period: str
    excluded: int
    """Left out by `exclude` of services.toml."""
    not_production: int
    """To environments that are not production; of a repository that is split, its rest has them."""


class Suggestion(NamedTuple):
    """Deployments that count, although they may deploy nothing, and the setting that leaves them out."""

    repositories: str
    """The glob of the table in services.toml, or the one repository."""
    scheduled: int
    """Started by a schedule."""
    planning: int
    """The others whose job or workflow only plans or checks, by its name."""
    deployments: int
    """All that count, since the first of the report's periods."""
    setting: str
    """The line `deployments = { … }` for the table `repositories` in services.toml, in place of `deployments` and `workflow`."""


class WholeRuns(NamedTuple):
    """A workflow without a job that is known to deploy: all jobs of an attempt decide together."""

    repository: str
    workflow: str


class WithoutEnd(NamedTuple):
    """Deployments to an environment of production that never got a final status."""

    repository: str
    environment: str
    without_end: int
    requested: int
    """All that were requested, since the first of the report's periods and at least a day ago."""
