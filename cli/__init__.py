"""The operator's command line: `telemetry`."""
