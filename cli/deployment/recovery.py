"""Continues a deployment that ended half-way: imports what exists but is missing in Terraform's state.

Terraform writes a resource to its state when the provider has returned it. What was killed in between, or whose response was lost, exists
without being in the state, and cannot be created again.
"""

from collections.abc import Callable

from cli.deployment.clouds import Cloud, TargetError
from cli.deployment.terraform import InterruptedRunError, Planned, TerraformRoot


def apply(root: TerraformRoot, cloud: Cloud, *, owned: bool, say: Callable[[str], None]) -> None:
    """Apply a prepared root, and import what an earlier deployment left.

    `owned`: what exists under this environment's names is surely its own, as on the emulator, or the user says so. Else the resources
    are named in the TargetError, with the remedy.
    """
    existing = _existing(root, cloud) if root.unfinished() else []
    while True:
        imports = _imports(existing, cloud, owned=owned, say=say)
        try:
            root.apply(imports)
        except InterruptedRunError:
            raise
        except TargetError:
            before, existing = existing, _existing(root, cloud)
            # What depends on an imported resource is found only after that; what could not be imported is found again.
            if existing in ([], before):
                raise
        else:
            return


def _imports(
    existing: list[tuple[Planned, str]], cloud: Cloud, *, owned: bool, say: Callable[[str], None]
) -> dict[str, str]:
    """Return the import IDs by address."""
    if existing and not owned:
        names = ", ".join(f"{resource.address} ({import_id})" for resource, import_id in existing)
        raise TargetError(
            f"these exist already but are not in Terraform's state: {names}: if an interrupted deployment of yours left them, "
            "run `telemetry deploy aws --import-existing`; if not, choose another ENVIRONMENT_ID"
        )
    imports = {}
    for resource, import_id in existing:
        if cloud.discard(resource.kind, import_id):
            say(f"removed {import_id}, which an interrupted deployment left: it is created again")
        else:
            say(f"importing {import_id}, which an interrupted deployment left")
            imports[resource.address] = import_id
    return imports


def _existing(root: TerraformRoot, cloud: Cloud) -> list[tuple[Planned, str]]:
    candidates = ((resource, cloud.import_id(resource.kind, resource.values)) for resource in root.creations())
    return [(resource, import_id) for resource, import_id in candidates if import_id]
