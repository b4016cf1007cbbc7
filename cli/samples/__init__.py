"""Provides sample payloads."""

from pathlib import Path

SAMPLE = Path(__file__).parent / "check_suite.json"
