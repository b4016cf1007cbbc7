"""What we promise about speed, measured: `python -m benchmarks`. A module that has a `run` is a benchmark."""
