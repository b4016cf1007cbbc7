"""Write an SBOM (CycloneDX, JSON) for each archive and wheel of a release, from the requirement files that lock its packages.

cyclonedx-bom runs in its own environment (docs/sbom-requirements.txt). It reads no installed package and no index.
https://cyclonedx-bom-tool.readthedocs.io/en/latest/usage.html
"""

import json
import os
import re
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / ".venv-sbom" / "bin" / "cyclonedx-py"
WORKER = "runtimes/aws/worker-requirements.txt"
WHEEL = "cli/requirements.txt"
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
_LAMBDA = {
    "implementation_name": "cpython",
    "implementation_version": "3.13.0",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}
"""Environment markers of Lambda's Python: https://packaging.python.org/en/latest/specifications/dependency-specifiers/"""


def write_all(folder: Path) -> list[Path]:
    """Write NAME.cdx.json for each zip and the wheel of a release; raise CalledProcessError on failure."""
    return [_write(folder / name, pins) for name, pins in sorted(contents().items())]


def pins(lock: str, markers: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield the requirements of a lock with their hashes, one per line, for these markers (None: all)."""
    for line in re.sub(r"\\\n", " ", lock).splitlines():
        pin = line.partition(" #")[0].strip()
        if not pin or pin.startswith("#"):
            continue
        marker = Requirement(pin.partition(" --hash")[0].strip()).marker
        if markers is None or marker is None or marker.evaluate(dict(markers)):
            yield pin


def contents() -> dict[str, list[str]]:
    """Return the pins by the name of the SBOM. The webhook's zip contains our own code only."""
    worker, wheel = ((ROOT / path).read_text() for path in (WORKER, WHEEL))
    contents: dict[str, list[str]] = {"telemetry_functions.cdx.json": list(pins(wheel))}
    for architecture, machine in _MACHINES.items():
        contents[f"webhook-aws-{architecture}.cdx.json"] = []
        contents[f"worker-aws-{architecture}.cdx.json"] = list(pins(worker, {**_LAMBDA, "platform_machine": machine}))
    return contents


def _write(path: Path, lines: list[str]) -> Path:
    """Write one SBOM; the same lock gives the same bytes.

    Its serial number is derived from its content: a reproducible SBOM has none, and actions/attest rejects that
    (https://github.com/actions/attest/blob/v4.2.2/src/sbom.ts).
    """
    options = ["--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON"]
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    environment["PYTHONWARNINGS"] = "ignore"  # a lock has no dependency graph, and cyclonedx-bom warns about that
    process = subprocess.run(  # noqa: S603 (our own program and paths)
        [str(PROGRAM), "requirements", *options, "-"],
        cwd=ROOT,
        env=environment,
        input="".join(f"{line}\n" for line in lines),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    document = json.loads(process.stdout)
    document["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, path.name + process.stdout).urn
    path.write_text(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    return path
