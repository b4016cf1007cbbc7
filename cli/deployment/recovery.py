"""Continues an interrupted deployment: imports resources that exist but are missing in Terraform's state.

Terraform writes a resource to its state when the provider has returned it. If Terraform is killed in between, or a response is lost, the
resource exists without being in the state and cannot be created again.
"""

from collections.abc import Callable

from cli.deployment.cloud import Cloud, TargetError
from cli.deployment.terraform import InterruptedRunError, Planned, TerraformRoot


def apply(
    root: TerraformRoot, cloud: Cloud, *, owned: bool, say: Callable[[str], None], approve: Callable[[], None]
) -> None:
    """Apply a prepared root, and import what an earlier deployment left; `approve` accepts each plan, as TerraformRoot.apply says.

    `owned`: resources with this environment's names belong to it, as on the emulator or by the user's choice. Otherwise a TargetError
    names the resources and the remedy.
    """
    existing = _existing(root, cloud) if root.unfinished() else []
    while True:
        imports = _imports(existing, owned=owned, say=say)
        try:
            root.apply(approve, imports)
        except InterruptedRunError:
            raise
        except TargetError:
            before, existing = existing, _existing(root, cloud)
            # Dependent resources are found only after an import; resources that could not be imported are found again.
            if existing in ([], before):
                raise
        else:
            return


def _imports(existing: list[tuple[Planned, str]], *, owned: bool, say: Callable[[str], None]) -> dict[str, str]:
    """Return the import IDs by address."""
    if existing and not owned:
        names = ", ".join(f"{resource.address} ({import_id})" for resource, import_id in existing)
        raise TargetError(
            f"these exist already but are not in Terraform's state: {names}: if an interrupted deployment of yours left them, "
            "deploy again with `--import-existing`; if not, choose another ENVIRONMENT_ID"
        )
    imports = {}
    for resource, import_id in existing:
        say(f"importing {import_id}, which an interrupted deployment left")
        imports[resource.address] = import_id
    return imports


def _existing(root: TerraformRoot, cloud: Cloud) -> list[tuple[Planned, str]]:
    candidates = ((resource, cloud.import_id(resource.kind, resource.values)) for resource in root.creations())
    return [(resource, import_id) for resource, import_id in candidates if import_id]
