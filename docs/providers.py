"""Names the versions of the Terraform providers that were run, and locks them: `python -m docs.providers` writes build/provider-locks/.

A lock file has checksums for each platform, which only a registry supplies for all of them:
https://developer.hashicorp.com/terraform/cli/commands/providers/lock. So the release workflow makes the files; no file is committed.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PLATFORMS = ("linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64")
FOLDER = Path("build", "provider-locks")
NAME = "terraform-{}.lock.hcl"
"""Without a leading dot, to be a file of a release; in the root it is called .terraform.lock.hcl."""


class Tried(NamedTuple):
    """A provider and the versions that the tests run."""

    provider: str
    module: str
    """Folder of the module below terraform/, which is the name of its root in terraform/live/, too."""
    versions: tuple[str, ...]
    """Oldest first; the newest is the one that `make deploy-…` takes and a release locks."""
    how: str


TRIED = (
    Tried("hashicorp/aws", "aws", ("5.100.0",), "applied to an emulator (MiniStack) under strict IAM"),
    Tried("hashicorp/google", "gcp", ("6.50.0", "7.45.0"), "applied to a stand-in that serves the provider's schema"),
)


def versions(module: str) -> tuple[str, ...]:
    """Return the versions of a module's provider that the tests run, oldest first."""
    [tried] = [tried for tried in TRIED if tried.module == module]
    return tried.versions


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of the table of versions."""
    for provider, module, tried, how in TRIED:
        accepted, deployed = (
            constraint(f"terraform/{module}/versions.tf"),
            constraint(f"terraform/live/{module}/main.tf"),
        )
        yield f"`{provider}`", f"`{accepted}`; by `make deploy-{module}`: `{deployed}`", ", ".join(tried), how
        yield f"`{provider}`", f"`{accepted}`", "any other", "not run"


def constraint(path: str) -> str:
    """Return the version constraint of the provider in a Terraform file."""
    [found] = re.findall(r'source\s+= "hashicorp/\w+"\s+version\s+= "([^"]+)"', (ROOT / path).read_text())
    return str(found)


def lock(tried: Tried, folder: Path, options: Sequence[str], platforms: Sequence[str] = PLATFORMS) -> Path:
    """Lock the newest tried version for the platforms in a copy of the root, and write the file to a folder.

    Raises CalledProcessError. A lock file that names a version without a checksum keeps `terraform providers lock` at that version.
    """
    with tempfile.TemporaryDirectory() as temporary:
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "backend_override.tf")
        terraform = Path(shutil.copytree(ROOT / "terraform", Path(temporary, "terraform"), ignore=ignored))
        root = terraform / "live" / tried.module
        file = root / ".terraform.lock.hcl"
        file.write_text(
            f'provider "registry.terraform.io/{tried.provider}" {{\n  version = "{tried.versions[-1]}"\n}}\n'
        )
        for command in (["get"], ["providers", "lock", *(f"-platform={name}" for name in platforms), *options]):
            subprocess.run(["terraform", f"-chdir={root}", *command, "-no-color"], check=True)  # noqa: S603, S607 (fixed words)
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(file, folder / NAME.format(tried.module)))


def main(options: Sequence[str]) -> int:
    """Lock every provider; `options` go to `terraform providers lock`."""
    for tried in TRIED:
        sys.stdout.write(f"{lock(tried, FOLDER, options)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
