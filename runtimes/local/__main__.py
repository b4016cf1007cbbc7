"""`python -m runtimes.local` is the console script `telemetry`."""

from runtimes.local.cli import main

main()
