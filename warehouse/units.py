"""Define the units in which values are stored, shown, and written in services.toml."""

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
"""Milliseconds."""
SPANS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
"""Days of the spans of a frequency, the shortest first; of a month and a year on average."""
