"""`python -m cli` is the console script `telemetry`."""

from cli.app import main

main()
