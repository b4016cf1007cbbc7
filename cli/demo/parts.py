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
    """Files that a pull request of this part changes; the first ones belong to no other part."""


def _whole(files: tuple[str, ...], *environments: str) -> tuple[Part, ...]:
    return (Part("Deploy", ".github/workflows/deploy.yml", environments, files),)


PARTS = {
    "octo-org/storefront": (
        Part("Deploy web", ".github/workflows/web.yml", ("web-production",), ("web/index.ts", "web/cart.ts")),
        Part("Deploy api", ".github/workflows/api.yml", ("api-production",), ("api/cart.py", "api/prices/tax.py")),
    ),
    "octo-org/payments": _whole(_SHOP, "production-eu", "production-us"),
    "octo-org/infrastructure": _whole(("dns/zone.tf", "cluster/nodes.tf"), "production"),
}
"""The parts of each repository: storefront is a monorepo with two services, payments runs in two regions."""


def files_of(part: Part) -> tuple[str, ...]:
    """Return the files that a pull request of a part may change: its own and the documents."""
    return part.files + _DOCUMENTS
