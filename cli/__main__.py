"""Runs the console script `telemetry` as `python -m cli`."""

from cli.app import main

main()
