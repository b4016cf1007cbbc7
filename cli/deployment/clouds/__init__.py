"""Discovers the deployment targets: one folder per target, whose module `target` has a subclass of Target as `TARGET`."""

import pkgutil
from functools import cache
from importlib import import_module

from cli.deployment.cloud import TargetError
from cli.deployment.target import Target
from core.settings import Settings


@cache
def names() -> tuple[str, ...]:
    """Return the names of the targets, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg))


def target_type(name: str) -> type[Target]:
    """Return the class of a target; raises TargetError for an unknown name."""
    if name not in names():
        raise TargetError(f"unknown target {name!r} (choose from {', '.join(names())})")
    kind: type[Target] = import_module(f"{__name__}.{name}.target").TARGET
    return kind


def select(name: str, settings: Settings) -> Target:
    """Return the target of this name in the environment ENVIRONMENT_ID; raises TargetError for an unknown name."""
    return target_type(name)(settings)
