"""Reads the severity of an incident from a label or a title."""

import re

_WORDS = {"critical": 1, "major": 2, "high": 2, "moderate": 3, "medium": 3, "minor": 4, "low": 4}


def severity(label: str) -> int | None:
    """Return the severity that a label names, 0 highest; None if it names none."""
    name = label.strip().lower()
    number = re.fullmatch(r"(?:sev(?:erity)?|p(?:riority)?)[ :/_-]{0,3}p?([0-5])", name)
    if number:
        return int(number[1])
    word = re.fullmatch(r"(?:sev(?:erity)?|priority)[ :/_-]{1,3}([a-z]{1,10})", name)
    return _WORDS.get(word[1]) if word else None
