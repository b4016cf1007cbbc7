"""Lists what each repository of the demo deploys: its parts, with their workflow, environments and files."""

from typing import NamedTuple

_DOCUMENTS = ("README.md", "docs/restore.md")
_SHOP = ("src/cart.py", "src/pay.py", "src/cache/store.py", "tests/test_cart.py")


class Part(NamedTuple):
    """A part of a repository that is deployed by itself; a repository without parts has one."""

    workflow: str
    """The name of the workflow that deploys it."""
    path: str
    """The workflow's file."""
    environments: tuple[str, ...]
    """Its environments of production, in the order in which a run deploys to them."""
    files: tuple[str, ...]
    """Files of this part only."""
    service: str = ""
    """The service that its incidents name by a label; empty if they need not."""


def _whole(files: tuple[str, ...], *environments: str, service: str = "") -> tuple[Part, ...]:
    return (Part("Deploy", ".github/workflows/deploy.yml", environments, files, service),)


PARTS = {
    "octo-org/storefront": (
        Part(
            "Deploy web", ".github/workflows/web.yml", ("web-production",), ("web/index.ts", "web/cart.ts"), "shop-web"
        ),
        Part("Deploy api", ".github/workflows/api.yml", ("api-production",), ("api/cart.py", "api/tax.py"), "shop-api"),
    ),
    "octo-org/payments": _whole(_SHOP, "production-eu", "production-us", service="payments"),
    "octo-org/infrastructure": _whole(("dns/zone.tf", "cluster/nodes.tf"), "production"),
}
"""The parts of each repository: storefront is a monorepo with two services, payments runs in two regions."""


def files_of(part: Part) -> tuple[str, ...]:
    """Return the files that a pull request of a part may change: its own and the documents."""
    return part.files + _DOCUMENTS
