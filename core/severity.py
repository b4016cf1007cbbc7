"""Reads the severity of an incident from a label, or from the title and the form of its issue."""

import re

_WORDS = {"critical": 1, "major": 2, "high": 2, "moderate": 3, "medium": 3, "minor": 4, "low": 4}

_COUNTS = r"[0-9](?:\s{1,60}\w|[.,][0-9])"
"""A number that counts, as in `0 customers` or `2.5 %`, and that is no answer; `3 - moderate` is one."""


def severity(label: str) -> int | None:
    """Return the severity that a label names, 0 highest; None if it names none."""
    name = label.strip().lower()
    number = re.fullmatch(r"(?:sev(?:erity)?|p(?:riority)?)[ :/_-]{0,3}(?:p|sev)?([0-5])", name)
    if number:
        return int(number[1])
    word = re.fullmatch(r"(?:sev(?:erity)?|priority)[ :/_-]{1,3}([a-z]{1,10})", name)
    return _WORDS.get(word[1]) if word else None


def severity_of_text(title: str, body: str) -> int | None:
    """Return the severity that an issue's title begins with, `[SEV1]` or `P1: …`, else the answer of its form; None without.

    An issue form writes a heading with the field's label, and the answer below it:
    https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
    """
    start = re.match(r"\W{0,4}((?:sev(?:erity)?|p)[ :_-]?[0-5])(?![^\W_])", title.lower())
    if start:
        return severity(start[1])
    lower = body.lower()
    if "severity" not in lower and "priority" not in lower:
        return None
    field = re.search(
        r"(?:^|\n)#{1,6}[ \t]{1,3}(severity|priority)(?: level)?[ \t]{0,9}\r?\n\s{0,9}([^\n]{1,60})", lower
    )
    if field is None:
        return None
    answer = re.match(r"\W{0,4}((?:sev(?:erity)?|p)[ :_-]?)?([0-5]|[a-z]{1,10})(?![^\W_])", field[2])
    if answer is None or (answer[1] is None and re.match(_COUNTS, field[2][answer.start(2) :])):
        return None
    return severity(f"severity: {answer[2]}")
