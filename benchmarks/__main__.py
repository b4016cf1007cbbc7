"""`python -m benchmarks [NAME …] [--write]`: run the benchmarks; exit code 1 if a promise is broken."""

import argparse
import sys
from datetime import UTC, datetime
from types import ModuleType

from rich.console import Console

from benchmarks.discovery import discover
from benchmarks.results import record, show


def main() -> int:
    """Run the benchmarks; return 0 if every promise holds."""
    benchmarks = discover()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what we promise about speed.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(benchmarks)} (default: all)")
    parser.add_argument("--write", action="store_true", help="record the results in benchmarks/RESULTS.md")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(benchmarks))
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(benchmarks)}")
    verdicts = [_run(name, benchmarks[name], write=arguments.write) for name in arguments.names or benchmarks]
    return 0 if all(verdicts) else 1


def _run(name: str, benchmark: ModuleType, *, write: bool) -> bool:
    results = benchmark.run()
    show(name, results, Console())
    if write:
        record(name, results, datetime.now(UTC).date().isoformat())
    return all(result.is_met for result in results)


if __name__ == "__main__":
    sys.exit(main())
