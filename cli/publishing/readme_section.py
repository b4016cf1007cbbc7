"""Inserts a report between two markers of a README; all other bytes stay unchanged.

The first marker holds a checksum of the report without its date. If the checksum is the same, the file does not change, so
that nothing is committed.
"""

import hashlib
import re

from core.errors import PermanentError

_BEGIN = "<!-- telemetry report {sum}: what is between these two lines is written by telemetry-functions -->\n"
_END = "<!-- /telemetry report -->\n"
_FIRST = re.compile(r"^<!-- telemetry report\b(?: ([0-9a-f]{16})\b)?[^\n]*-->[ \t]*\r?\n", re.MULTILINE)
_LAST = re.compile(r"^<!-- /telemetry report -->[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


def replace_section(text: str, report: str, lasting: str) -> str:
    """Return the README with the report between the markers, or appended if there are no markers.

    `lasting` is the report without its date; if its checksum is unchanged, the text is returned as is. Raises PermanentError
    if the markers are not a pair.
    """
    total = hashlib.sha256(lasting.encode()).hexdigest()[:16]
    block = f"{_BEGIN.format(sum=total)}\n{report.strip()}\n\n{_END}"
    first, last = list(_FIRST.finditer(text)), list(_LAST.finditer(text))
    if not first and not last:
        before = text.rstrip("\n")
        return f"{before}\n\n{block}" if before else block
    if len(first) != 1 or len(last) != 1 or last[0].start() < first[0].end():
        raise PermanentError(
            "the markers <!-- telemetry report --> and <!-- /telemetry report --> must be there once each, in order"
        )
    if first[0][1] == total:
        return text
    return text[: first[0].start()] + block + text[last[0].end() :]
