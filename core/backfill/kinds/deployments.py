"""Deployments. https://docs.github.com/en/rest/deployments/deployments."""

from collections.abc import Iterator

from core.backfill.context import BackfillContext, Unit, constant, require_int

_OF_DEPLOYMENT = 1
"""Requests: package.json; those of its environment are asked for while the walk is planned, since that tells how many they are."""


def units(context: BackfillContext) -> Iterator[Unit]:
    """Those that were made since then, and whose record is not there."""
    for deployment in context.deployments:
        id = require_int(deployment, "id", "a deployment")
        payload = {"action": "created", "deployment": deployment}
        if context.is_since(deployment, "created_at") and (created := context.event("deployment", id, payload)):
            context.environment(deployment)
            yield Unit("deployments", id, _OF_DEPLOYMENT, constant(created))


UNITS = units
