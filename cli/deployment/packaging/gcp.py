"""Builds the archives of Google Cloud's functions: the same bytes from the same commit, on any machine.

Google installs the packages that requirements.txt names, by their hashes, and finds the functions in main.py at the root.
https://cloud.google.com/run/docs/write-functions#directory-structure-python
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cli.deployment.packaging import archive
from cli.deployment.packaging.archive import ROOT, Built
from core.errors import TelemetryError

_SOURCE = ROOT / "runtimes" / "gcp"
_WORKER_ONLY = tuple(f"runtimes/gcp/{name}.py" for name in ("gcs_store", "google_clients", "schedule", "worker"))
_MAX_UNPACKED = 500_000_000
"""Bytes of an archive, unpacked: https://cloud.google.com/functions/quotas#resource_limits"""


def build(folder: Path) -> Iterator[Built]:
    """webhook.zip, and worker.zip that the schedule function has too."""
    folder.mkdir(parents=True, exist_ok=True)
    source_paths = archive.sources("runtimes/gcp")
    for name, paths in (("webhook", archive.webhook_paths(source_paths, _WORKER_ONLY)), ("worker", source_paths)):
        with tempfile.TemporaryDirectory() as temporary:
            tree = Path(temporary)
            archive.copy(paths, tree)
            shutil.copyfile(_SOURCE / "main.py", tree / "main.py")
            shutil.copyfile(_SOURCE / f"{name}-requirements.txt", tree / "requirements.txt")
            built = archive.write_zip(tree, folder / f"{name}.zip")
            if built.unpacked > _MAX_UNPACKED:
                raise TelemetryError(
                    f"{built.path.name} has {built.unpacked} bytes unpacked: Google takes {_MAX_UNPACKED}"
                )
            yield built
