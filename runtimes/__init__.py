"""One folder = one place it runs: translate and wire, nothing else."""
