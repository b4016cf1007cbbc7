"""Deployments. https://docs.github.com/en/rest/deployments/deployments."""

from collections.abc import Iterator

from core.backfill.context import BackfillContext, Unit, constant, require_int


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for each deployment created since the start whose record is missing.

    The newest deployments of its environment are read during planning, which counts them.
    """
    for deployment in context.deployments:
        id = require_int(deployment, "id", "a deployment")
        payload = {"action": "created", "deployment": deployment}
        if context.is_since(deployment, "created_at") and (created := context.event("deployment", id, payload)):
            context.environment(deployment)
            yield Unit("deployments", id, context.file_calls, constant(created))


UNITS = units
