"""Explains the errors of Terraform that an operator can do something about."""

from cli.deployment.target import Backend


def remedy(errors: str, backend: Backend | None) -> str:
    """Return what to do about a stale plan, or a lock in a bucket that a killed Terraform left; a file lock ends with its process.

    `errors` is what Terraform printed, `backend` the bucket of the state, or None for a local file.
    """
    if "Saved plan is stale" in errors:
        return (
            "another deployment changed the state after this plan was made: Terraform changed nothing; make a new plan"
        )
    if "Error acquiring the state lock" not in errors:
        return "see above"
    if backend is None:
        return "another deployment of this environment still runs: wait for its end"
    return (
        "another deployment holds the state's lock; "
        f"if none runs, it was killed: delete {backend.lock}, then run this again"
    )
