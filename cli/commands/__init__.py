"""One module = one command of `telemetry`, found by being there: its function `command` takes what typer reads."""
