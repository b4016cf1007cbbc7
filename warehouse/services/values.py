"""Define the types of the values in services.toml; a value that can have no effect is an error with what to write instead."""

import difflib
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import available_timezones

import duckdb
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

_REPOSITORY = re.compile(r"[\w.*?\[\]!-]+", re.ASCII)
_NOT_IN_REFS = re.compile(r"[\s~^:\x7f\x00-\x1f]|\.\.|@\{|//|\.lock$|\.$")
"""What no branch or tag contains: https://git-scm.com/docs/git-check-ref-format (2026-11)."""
_REF_PREFIX = re.compile(r"^refs/(heads|tags)/")
_NO_ZONES = frozenset({"localtime", "Factory", "posixrules"})
"""Files of a zone database that name no zone, or another one on each machine."""


def valid_pattern(text: str) -> str:
    """Compile the pattern in DuckDB: RE2 supports less than Python's `re`, for example no look-ahead."""
    try:
        duckdb.execute("SELECT regexp_matches('', ?)", [text])
    except duckdb.Error as error:
        raise ValueError(f"is no regular expression of RE2: {str(error).splitlines()[0]}") from None
    return text


def valid_zone(name: str) -> str:
    """Check a name of the IANA time zone database; a name in another case differs between operating systems."""
    zones = available_timezones() - _NO_ZONES
    if not zones:
        raise ValueError("this machine has no time zone database: install the package `tzdata`")
    if name not in zones:
        raise ValueError(f"is no IANA name of a time zone{_nearest_zone(name, zones)}")
    return name


def valid_instant(text: str) -> str:
    """Check a time with its offset from UTC, which is the same instant on every machine."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not 2000 <= instant.year < 2100:
        raise ValueError('is no time of this century with its offset from UTC, such as "2026-11-20T17:00:00Z"')
    return text


def _text_of_instant(value: Any) -> Any:
    """Return the text of a time that TOML has read: it also has times without quotes, which JSON Schema has not."""
    return value.isoformat() if isinstance(value, datetime) else value


def valid_day(text: str) -> str:
    """Check a day of the calendar, as ISO 8601 writes it."""
    try:
        is_valid = date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError('is no day; write for example "2026-11-16"')
    return text


def _text_of_day(value: Any) -> Any:
    """Return the text of a day that TOML has read: it also has days without quotes."""
    return value.isoformat() if type(value) is date else value


def _nearest_zone(name: str, zones: set[str]) -> str:
    by_lower_case = {zone.lower(): zone for zone in sorted(zones)}
    cities = {zone.rpartition("/")[2].lower(): zone for zone in sorted(zones) if "/" in zone}
    key = name.strip().lower().replace(" ", "_")
    close = difflib.get_close_matches(key, by_lower_case, n=1, cutoff=0.75)
    nearest = by_lower_case.get(key) or cities.get(key) or (by_lower_case[close[0]] if close else "")
    return f'; write "{nearest}"' if nearest else ', such as "Europe/Berlin" or "UTC"'


def _matchable(problem: Callable[[str], str]) -> AfterValidator:
    """Reject a glob for which `problem` returns a text; an empty text means that the glob can match."""

    def check(glob: str) -> str:
        if text := problem(glob):
            raise ValueError(f'"{glob}" cannot match: {text}')
        return glob

    return AfterValidator(check)


def _repository_problem(glob: str) -> str:
    if not _REPOSITORY.fullmatch(glob.replace("/", "")):
        return "names of repositories have letters, digits, `.`, `-` and `_`"
    if glob.lower().endswith(".git"):
        return f'write "{glob[:-4]}"'
    return ""


def _negation_problem(glob: str) -> str:
    return f'globs have no negation; list what belongs, or write "[!]{glob[1:]}" if the name begins with `!`'


def _name_problem(glob: str) -> str:
    if glob != glob.strip():
        return f'write "{glob.strip()}" without spaces around it'
    return _negation_problem(glob) if glob.startswith("!") else ""


def _ref_problem(glob: str) -> str:
    if prefix := _REF_PREFIX.match(glob):
        return f'write "{glob[prefix.end() :]}"'
    if glob.startswith("!"):
        return "globs have no negation; list what belongs"
    if glob.startswith("/") or glob.endswith("/"):
        return f'write "{glob.strip("/")}", or "{glob.strip("/")}/**" for all below it'
    return "no branch or tag has such a name" if _NOT_IN_REFS.search(glob) else ""


def _path_problem(glob: str) -> str:
    if glob.startswith("!"):
        return "globs have no negation; list what belongs"
    if "\\" in glob:
        return f'write "{glob.replace(chr(92), "/")}"'
    plain = re.sub(r"^(\./|/)+", "", re.sub(r"/{2,}", "/", glob))
    if plain.endswith("/"):
        plain += "**"
    if plain != glob:
        return f'paths start at the root of the repository and name files; write "{plain or "**"}"'
    return "no path contains `.` or `..` as a folder" if {".", ".."} & set(glob.split("/")) else ""


Pattern = Annotated[str, AfterValidator(valid_pattern)]
"""A regular expression of RE2."""
Zone = Annotated[str, AfterValidator(valid_zone)]
"""The name of a time zone in the IANA database."""
Instant = Annotated[str, BeforeValidator(_text_of_instant), AfterValidator(valid_instant)]
"""An instant: a date, a time and the offset from UTC."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
"""The name of a service, team or branch, or of a workflow."""
RepositoryGlob = Annotated[str, StringConstraints(pattern=r"^[^/\s]+/[^/\s]+$"), _matchable(_repository_problem)]
"""A glob `owner/name`, ignoring case."""
_Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
NameGlob = Annotated[_Text, _matchable(_name_problem)]
"""A glob of a workflow, job, environment, task, event or creator."""
RefGlob = Annotated[_Text, _matchable(_ref_problem)]
"""A glob of a branch or tag."""
PathGlob = Annotated[str, StringConstraints(min_length=1, max_length=4096), _matchable(_path_problem)]
"""A glob of files, from the root of the repository."""
Label = Annotated[str, StringConstraints(min_length=1, max_length=100)]
"""The name of a label, ignoring case."""
EnvironmentName = _Text
"""The name of an environment, ignoring case: at most 255 characters at GitHub."""
Hours = Annotated[int, Field(ge=1, le=24 * 365)]
"""A number of hours, at most a year."""
Day = Annotated[str, BeforeValidator(_text_of_day), AfterValidator(valid_day)]
"""A day, `2026-11-16`."""
Note = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""The text of a note."""
