"""Deployments. https://docs.github.com/en/rest/deployments/deployments."""

from collections.abc import Iterator

from core.backfill.context import BackfillContext, Unit, constant, require_int

_OF_DEPLOYMENT = 1
"""Requests: package.json; those of its environment are asked for while the walk is planned, since that tells how many they are."""


def units(look: BackfillContext) -> Iterator[Unit]:
    """Those that were made since then, and whose record is not there."""
    for each in look.deployments:
        id = require_int(each, "id", "a deployment")
        told = {"action": "created", "deployment": each}
        if look.is_since(each, "created_at") and (created := look.event("deployment", id, told)):
            look.environment(each)
            yield Unit("deployments", id, _OF_DEPLOYMENT, constant(created))


UNITS = units
