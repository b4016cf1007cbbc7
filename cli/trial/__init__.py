"""Backfills repositories into a folder and reports on them at once: the parts of `telemetry try`."""
