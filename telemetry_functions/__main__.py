"""Runs `telemetry` as `python -m telemetry_functions`."""

from telemetry_functions import main

main()
