"""Payloads to try things with."""

from pathlib import Path

SAMPLE = Path(__file__).parent / "check_suite.json"
