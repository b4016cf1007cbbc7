"""Finds which AI assistants a commit message or the description of a pull request names as having helped."""

import re

_FORMS = (
    ("claude", r"^co-authored-by: claude\b|generated with \[?claude code|noreply@anthropic\.com"),
    ("copilot", r"^co-authored-by: copilot\b"),
    ("cursor", r"^co-authored-by: cursor\b|cursoragent@cursor\.com"),
)


def assistants(text: str) -> list[str]:
    """Return the assistants that trailers or generated footers of a text name, sorted; empty if it names none."""
    return sorted(name for name, form in _FORMS if re.search(form, text, re.IGNORECASE | re.MULTILINE))
