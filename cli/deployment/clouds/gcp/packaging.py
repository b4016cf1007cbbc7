"""Builds the deployment packages of the Google Cloud functions; the same commit produces the same bytes on any machine.

Google installs the packages that requirements.txt names, by their hashes, and finds the functions in main.py at the root.
https://cloud.google.com/run/docs/write-functions#directory-structure-python
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cli.deployment import archive
from cli.deployment.archive import ROOT, Built
from core.errors import TelemetryError

_SOURCE = ROOT / "runtimes" / "gcp"
_NOT_IN_WEBHOOK = (
    "core/http_client",  # AWS's: on Google Cloud http.client is loaded already
    *(f"runtimes/gcp/{name}" for name in ("gcs_store", "google_clients", "schedule", "worker")),
)
PYTHON = "3.13"
"""Python version of the Google Cloud functions, for which Google installs the locked packages."""
_MAX_UNPACKED = 500_000_000
"""Maximum uncompressed bytes of a package: https://cloud.google.com/functions/quotas#resource_limits"""


def build(folder: Path) -> Iterator[Built]:
    """Build webhook.zip and worker.zip, which the schedule function uses as well; raises TelemetryError."""
    folder.mkdir(parents=True, exist_ok=True)
    source_paths = archive.sources("runtimes/gcp")
    for name, paths in (("webhook", archive.webhook_paths(source_paths, _NOT_IN_WEBHOOK)), ("worker", source_paths)):
        with tempfile.TemporaryDirectory() as temporary:
            tree = Path(temporary)
            archive.copy(paths, tree)
            shutil.copyfile(_SOURCE / f"{name}_main.py", tree / "main.py")
            shutil.copyfile(_SOURCE / f"{name}-requirements.txt", tree / "requirements.txt")
            built = archive.write_zip(archive.read(tree), folder / f"{name}.zip", f"python={PYTHON}")
            if built.unpacked > _MAX_UNPACKED:
                raise TelemetryError(
                    f"{built.path.name} has {built.unpacked} bytes unpacked: Google takes {_MAX_UNPACKED}"
                )
            yield built
