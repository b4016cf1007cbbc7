"""The import package of the distribution telemetry-functions, and the only one: it starts the program.

An installation holds our other packages (`cli`, `core`, …) in `_packages/`. Their names are common words, so they are not installed
beside the packages of other projects: `import core` there never finds ours, and ours never finds that of another project.
"""

import sys

from telemetry_functions import installation


def main() -> None:
    """Run `telemetry`."""
    installation.put_first(sys.path, sys.modules)
    from cli import app  # noqa: PLC0415 (the folder of `cli` is on the path only now)

    app.main()
