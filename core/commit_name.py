"""Decides whether hex digits in a text can be the name of a commit: a date, a time or a telephone number is made of digits, too."""

import re

COMPLETE = 40
"""Digits of a complete name; SHA-256 has 64: https://git-scm.com/docs/hash-function-transition"""
MOST_DIGITS = 9
"""Characters of an abbreviation in prose that is only digits. Git abbreviates to 7 in a usual repository, and of names of 10
characters less than one in a hundred has no letter; telephone numbers and ids of runs have 10 digits or more."""
_GOES_ON = r"[.,:/@-][0-9a-z]|%|::"
"""What follows part of a UUID, a version, a decimal number, an address or a range of numbers."""
_MONTH, _DAY, _YEAR = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])", "(?:19[7-9]|20[0-9])[0-9]"


def is_commit_name(sha: str) -> bool:
    """Return whether 7 to 64 lower-case hex digits can be a commit: an abbreviation that is or begins with a date is none, nor a UNIX time.

    Of a date without letters the day or the month may come first. One abbreviation in a hundred thousand looks so by chance.
    """
    if len(sha) >= COMPLETE:
        return True
    if re.match(f"{_YEAR}{_MONTH}{_DAY}", sha):
        return False
    if not sha.isdigit():
        return True
    return not re.fullmatch(f"(?:{_MONTH}{_DAY}|{_DAY}{_MONTH}){_YEAR}|1[0-9]{{9}}(?:[0-9]{{3}})?", sha)


def goes_on(following: str) -> bool:
    """Return whether a word in prose goes on after hex digits, so that it is no commit; a full stop or a range of commits ends it."""
    return re.match(_GOES_ON, following) is not None
