"""Define the items behind the numbers, as warehouse/report/model.py defines the numbers."""

from typing import NamedTuple


class Evidence(NamedTuple):
    """One item behind a number, and its record."""

    measure: str
    service: str
    repository: str
    environment: str
    at: int | None
    item: str
    """Which deployment, change, pull request or job."""
    value: float | None
    """None: unknown, and `why` gives the reason."""
    why: str | None
    record_id: str | None
    path: str | None
    certainty: str = ""
    """`known`, `inferred` or `unknown`; empty: not determined."""
    host: str = ""
    """The host of its repository, for links."""
    author_kind: str | None = None
    """`person`, `bot`, `agent` or `unknown`; of a deployment with several kinds of changes `mixed`. None: not determined."""
    assisted: bool | None = None
    """Whether an assistant took part. None: not known."""
    deployment: str | None = None
    """The deployment, or the one that brought the change."""
    sha: str | None = None
    """The commit that was deployed, written, merged or tested."""
    number: int | None = None
    """The pull request's number."""
    run: str | None = None
    """The workflow run that deployed, or that the job is of."""
    job: str | None = None
    """The job of that run."""
    tag: str | None = None
    """The tag of the release, percent-encoded as in the record's path."""
    group: str | None = None
    """What the items of the measure are compared by, such as the label of a job's runner."""
    issue: int | None = None
    """The number of the incident that the deployment failed by, or may have."""
    code_repository: str | None = None
    """`owner/repo` of the commit and the pull request, if it is not the item's (GitOps)."""
    issue_repository: str | None = None
    """`owner/repo` of the incident."""
    deployments: str = ""
    """What the deployments of the item's repository are: `statuses`, `releases`, `merges` or `workflow`."""
