"""Commands of `telemetry`: each module is discovered, and its function `command` declares arguments and options for typer."""
