"""Creates a Terraform root with import blocks: https://developer.hashicorp.com/terraform/language/block/import."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def root(folder: Path, state: Path, imports: Mapping[str, str]) -> Iterator[Path]:
    """Yield a root like terraform/live/aws that imports resources by address; with nothing to import, the folder itself.

    Import blocks belong in the root, which other environments share. The root is therefore copied to the folder `state`, next to
    links to the modules. One Terraform run imports all of them; the command `terraform import` takes one at a time.
    """
    if not imports:
        yield folder
        return
    modules, copy = folder.parents[1], state / "import"
    shutil.rmtree(copy, ignore_errors=True)
    try:
        root_copy = copy / folder.relative_to(modules)
        shutil.copytree(folder, root_copy, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
        for path in modules.iterdir():
            if not (copy / path.name).exists():
                (copy / path.name).symlink_to(path)
        blocks = (
            f"import {{\n  to = {address}\n  id = {json.dumps(import_id)}\n}}\n"
            for address, import_id in imports.items()
        )
        (root_copy / "imports.tf").write_text("\n".join(blocks))
        yield root_copy
    finally:
        shutil.rmtree(copy, ignore_errors=True)
