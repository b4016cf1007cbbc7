"""Build a release: `python -m docs.release VERSION` writes notes, zips, wheel, sdist, locks, SBOMs and checksums to build/release/.

The same commit gives the same bytes: hatchling gives all files one time, unless SOURCE_DATE_EPOCH is set
(https://hatch.pypa.io/latest/config/build/#reproducible-builds), and files that git does not track change nothing.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from cli.publishing import workflow
from docs import providers, sbom

ROOT = Path(__file__).parents[1]


def main(version: str, root: Path = ROOT) -> int:
    """Build the files; return 1 and print the reason if the version is not the project's or has no changelog section."""
    declared = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    if version != declared:
        sys.stderr.write(f"the tag says {version}, pyproject.toml says {declared}\n")
        return 1
    notes = section((root / "CHANGELOG.md").read_text(), version)
    if not notes:
        sys.stderr.write(f"CHANGELOG.md has no section `## {version}`\n")
        return 1
    folder = root / "build" / "release"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "NOTES.md").write_text(notes)
    for architecture in ("arm64", "x86_64"):
        _run("telemetry", "package", "aws", "--architecture", architecture, "--out", str(folder / architecture))
        for name in ("webhook", "worker"):
            (folder / architecture / f"{name}.zip").rename(folder / f"{name}-aws-{architecture}.zip")
        (folder / architecture).rmdir()
    put_installable(folder)
    for path in (root / providers.FOLDER).glob(providers.NAME.format("*")):  # `make lock-providers` needs a registry
        shutil.copyfile(path, folder / path.name)
    sbom.write_all(folder)
    sums = put_sums(folder)
    (folder / "report.yml").write_text(workflow.render(workflow.address(version), sums))
    sys.stdout.write(sums)
    return 0


def put_installable(folder: Path) -> None:
    """Build the sdist and the wheel, and copy the locked requirements to install with them."""
    with tempfile.TemporaryDirectory() as source:
        _copy_tracked(Path(source))
        _run("python", "-m", "hatchling", "build", "--directory", str(folder), cwd=source)
    for name, path in workflow.REQUIREMENTS.items():
        shutil.copyfile(ROOT / path, folder / name)


def _copy_tracked(target: Path) -> None:
    """Copy the project's files that git tracks, as they are now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 (git of PATH)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def put_sums(folder: Path) -> str:
    """Write SHA256SUMS for every file that a user runs, installs or verifies; return its text."""
    files = sorted(
        path
        for kind in ("*.zip", "*.whl", "*.tar.gz", "*.txt", "*.cdx.json", "*.lock.hcl")
        for path in folder.glob(kind)
    )
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (folder / "SHA256SUMS").write_text(sums)
    return sums


def section(changelog: str, version: str) -> str:
    """Return the changelog section of a version without its heading; empty if there is none."""
    match = re.search(
        rf"^## \[?{re.escape(version)}(?![\w.+-])[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    return match[1].strip() + "\n" if match and match[1].strip() else ""


def _run(program: str, *arguments: str, cwd: str | Path = ROOT) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    command = [str(Path(sys.executable).parent / program), *arguments]
    subprocess.run(command, cwd=cwd, env=environment, stdout=sys.stderr, check=True)  # noqa: S603 (fixed program names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
