"""Define the keys of services.toml. The docstring of a key is its description in docs/DORA.md and in the JSON Schema."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from warehouse.globs import is_literal_ref
from warehouse.services.values import (
    Day,
    EnvironmentName,
    Hours,
    Instant,
    Label,
    Name,
    NameGlob,
    Note,
    PathGlob,
    Pattern,
    RefGlob,
    RepositoryGlob,
    Zone,
)

MINIMUM_TEAM_SIZE = 5
"""A smaller team is not shown separately, because its numbers would describe single people."""
Kind = Literal["statuses", "releases", "merges", "workflow"]
LeadTimeFrom = Literal["authored", "committed", "opened", "merged"]
FailedAttempts = Literal["separate", "count"]


class _Table(BaseModel):
    """A table of the file: unknown keys are errors, and no value is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Code(_Table):
    """Where the code of a deployment is merged, if another repository is deployed (GitOps)."""

    repositories: list[RepositoryGlob] = Field(min_length=1)
    """Repositories of the code: the changes are the pull requests that are merged there."""
    branch: Name | None = None
    """The branch that pull requests are merged into; by default the `branch` of these repositories."""


class Service(_Table):
    """A service: repositories, or a part of a repository, that are delivered together and measured as one."""

    repositories: list[RepositoryGlob] = Field(min_length=1)
    """Repositories that are delivered together; the first service that matches a repository has it. A repository without a service is one itself."""
    environments: list[NameGlob] | None = Field(default=None, min_length=1)
    """Environments whose deployments belong to this service."""
    paths: list[PathGlob] | None = Field(default=None, min_length=1)
    """Files whose changes belong to this service."""
    workflows: list[NameGlob] | None = Field(default=None, min_length=1)
    """Workflows whose deployments belong to this service."""
    tags: list[RefGlob] | None = Field(default=None, min_length=1)
    """Tags whose releases and deployments belong to this service, such as `api/v*`."""
    team: str | None = None
    """The team of the service."""
    incidents: list[RepositoryGlob] | None = Field(default=None, min_length=1)
    """Other repositories whose incidents belong to this service."""
    code: Code | None = None
    """Repositories and branch of the code, if another repository is deployed (GitOps)."""
    targets: dict[Name, Name] = {}
    """Targets of this service by measure, in place of those of all services."""

    @property
    def is_part(self) -> bool:
        """Return whether the service has only a part of the deployments or changes of its repositories."""
        return any((self.environments, self.paths, self.workflows, self.tags))


class Team(_Table):
    """A team: its number of people, without names."""

    size: int = Field(ge=1)
    """Number of people in the team, without names."""


class Annotation(_Table):
    """A note on a day, which the charts of services show."""

    date: Day
    """The day, such as `"2026-11-16"`."""
    text: Note
    """What happened, such as `new pipeline`."""
    service: Name | None = None
    """The service; by default all."""


class Exclusion(_Table):
    """Deployments that do not count: those that match all keys of one entry."""

    task: NameGlob | None = None
    """Task of the deployment, such as `deploy:migrations`."""
    ref: RefGlob | None = None
    """Branch or tag that is deployed."""
    workflow: NameGlob | None = None
    """Name of the workflow that deploys."""
    event: NameGlob | None = None
    """Event that started the workflow, such as `schedule`."""
    creator: NameGlob | None = None
    """Kind of account that deploys: `person`, `bot`, `agent` or `unknown`. Records hold no login."""
    job: NameGlob | None = None
    """Name of the job that deploys."""


class Deployments(_Table):
    """What a deployment is, as a table."""

    kind: Kind = "statuses"
    """`statuses`, `releases`, `merges` or `workflow`."""
    workflow: NameGlob | None = None
    """Name of the workflow whose runs deploy, for `workflow`."""
    job: NameGlob | None = None
    """Name of the job that deploys, for `workflow`; by default the jobs for which GitHub has a deployment."""
    branches: list[RefGlob] | None = Field(default=None, min_length=1)
    """Branches and tags whose merges or runs deploy."""
    exclude: list[Exclusion] = []
    """Deployments that do not count."""


class Hotfix(_Table):
    """Words that mark a pull request as a hotfix, by the place in which they occur."""

    labels: list[Label] = ["hotfix"]
    """Words in a label."""
    branches: list[Label] = ["hotfix"]
    """Words in the name of the head branch."""
    titles: list[Label] = ["hotfix"]
    """Words as the kind of the title: `hotfix: …`, `hotfix(scope): …`."""


def _form(value: Any) -> str:
    """Return which of two forms a value has, so that an error names only what is wrong with that form."""
    return "[table]" if isinstance(value, dict | Deployments | Hotfix) else "[short]"


class Rule(_Table):
    """A rule for repositories: what a production deployment is, and the time windows for its failure and its hotfix."""

    production: Pattern | None = None
    """Regular expression ([RE2](https://github.com/google/re2/wiki/Syntax)) of the environments that are production; by default
    GitHub's flags and the name decide."""
    deployments: Annotated[
        Annotated[Kind, Tag("[short]")] | Annotated[Deployments, Tag("[table]")], Discriminator(_form)
    ] = "statuses"
    """What a deployment is: `statuses`, `releases`, `merges` or `workflow`, or a table with `kind` and its details."""
    branch: Name | None = None
    """Branch that is deployed; `merges` and `workflow` need it, or `branches` in the table `deployments`."""
    workflow: Name | None = None
    """Name of the workflow, for `deployments = "workflow"`."""
    hotfix_hours: Hours = 24
    """Hours after a failure or an incident in which a deployment can be its hotfix."""
    failure_hours: Hours = 72
    """Hours after a deployment in which a revert or an incident can be its failure."""
    lead_time_from: LeadTimeFrom = "authored"
    """Start of the change lead time: when the commit was `authored` or `committed`, or its pull request `opened` or `merged`."""
    failed_attempts: FailedAttempts = "separate"
    """`count` counts failed attempts as failures; `separate` counts them beside the numbers."""
    code: Code | None = None
    """Repositories and branch of the code, if this repository only holds what is deployed (GitOps)."""

    @property
    def table(self) -> Deployments:
        """Return `deployments` as a table, with `workflow` and `branch` of the short form in it."""
        if isinstance(self.deployments, Deployments):
            return self.deployments
        branches = [self.branch] if self.branch and self.deployments in ("merges", "workflow") else None
        workflow = self.workflow if self.deployments == "workflow" else None
        return Deployments.model_construct(kind=self.deployments, workflow=workflow, branches=branches)

    @property
    def single_branch(self) -> str | None:
        """Return the only branch of the merges or runs that deploy; None if it is one of several, or a glob."""
        deployments = self.table
        if deployments.kind not in ("merges", "workflow") or not deployments.branches:
            return None
        [first, *others] = deployments.branches
        return None if others or not is_literal_ref(first) else first


class Services(_Table):
    """The settings of the report: services, teams, and what counts as a deployment to production."""

    minimum_team_size: int = Field(default=MINIMUM_TEAM_SIZE, ge=2)
    """Teams with fewer people are not shown: their numbers would describe single people."""
    time_zone: Zone = "UTC"
    """IANA name of the time zone of days, weeks, months and quarters."""
    as_of: Instant | None = None
    """Time at which a report is made, of records that have ended, such as `2026-11-20T17:00:00Z`; now by default, and at most."""
    failure_hours: Hours = 72
    """Default of `repositories.GLOB.failure_hours`."""
    hotfix_hours: Hours = 24
    """Default of `repositories.GLOB.hotfix_hours`."""
    lead_time_from: LeadTimeFrom = "authored"
    """Default of `repositories.GLOB.lead_time_from`."""
    failed_attempts: FailedAttempts = "separate"
    """Default of `repositories.GLOB.failed_attempts`."""
    hotfix: Annotated[
        Annotated[list[Label], Tag("[short]")] | Annotated[Hotfix, Tag("[table]")], Discriminator(_form)
    ] = Hotfix()
    """Words that mark a pull request as a hotfix: a list for all places, or a table with `labels`, `branches` and `titles`."""
    exempt_labels: list[Label] = ["not-a-deployment"]
    """Labels that take an incident out of the numbers."""
    environment_aliases: dict[EnvironmentName, EnvironmentName] = {}
    """Former names of environments, each with its present name."""
    targets: dict[Name, Name] = {}
    """Targets of all services by measure: `change_lead_time = "1 d"`, `change_fail_rate = "15 %"`, `deployment_frequency = "2 a week"`."""
    annotations: list[Annotation] = []
    """Notes on days, which the charts show."""
    services: dict[Name, Service] = {}
    """Services by name."""
    teams: dict[Name, Team] = {}
    """Teams by name."""
    repositories: dict[RepositoryGlob, Rule] = {}
    """Rules by a glob of repositories; the first table that matches applies."""

    @property
    def as_of_ms(self) -> int | None:
        """Return `as_of` in UNIX ms."""
        return None if self.as_of is None else int(datetime.fromisoformat(self.as_of).timestamp() * 1000)

    @property
    def of_models(self) -> str:
        """Return the settings that the models are built from, as JSON: targets and annotations change no number."""
        return self.model_dump_json(
            exclude={"targets": True, "annotations": True, "services": {"__all__": {"targets"}}}
        )

    @property
    def hotfix_words(self) -> Hotfix:
        """Return the words of a hotfix by their place."""
        if isinstance(self.hotfix, Hotfix):
            return self.hotfix
        return Hotfix(labels=self.hotfix, branches=self.hotfix, titles=self.hotfix)


DEFAULT_SERVICES = Services()
