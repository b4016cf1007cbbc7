"""Sanitizes third-party text before it is printed: one function for each kind of output.

Names in records (repositories, environments, labels, branches, jobs, tags, files) are chosen by anybody who can push, open
an issue or write into the store. They must not control a terminal, run in a spreadsheet, become markup, or be misread:

- control characters and escape sequences, https://en.wikipedia.org/wiki/ANSI_escape_code
- bidirectional controls, https://www.unicode.org/reports/tr9/ and https://trojansource.codes
- invisible characters: Default_Ignorable_Code_Point of https://www.unicode.org/reports/tr44/
- spreadsheet formulas, https://owasp.org/www-community/attacks/CSV_Injection
- GitHub's autolinks, mentions and references, https://github.github.com/gfm/#autolinks-extension- and
  https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls

Some invisible characters are meaningful in their context and are preserved: those of emoji sequences
(https://www.unicode.org/reports/tr51/), joiners between letters of scripts that use them, and one variation selector after
a character that has variants. All others become U+FFFD, so that their position is visible.
"""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2"
    "\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297"
    "\u3299\U0001f000-\U0001faff"
)
_ELEMENT = f"[{_EMOJI}](?:[\U0001f3fb-\U0001f3ff]|[\ufe0e\ufe0f]\u20e3?)?"
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
"""A subdivision's flag, such as Scotland's: a black flag, its code in tag characters, and the end of it."""
_IDEOGRAPH = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_JOINING = "\u0620-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc"
"""Letters and marks of Arabic, Syriac, the Indic scripts, Burmese, Khmer and Mongolian."""
_VIRAMA = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039\u17d2"
_PRESERVED = "|".join(
    (
        _FLAG,
        f"{_ELEMENT}(?:\u200d{_ELEMENT})*",
        "[0-9#*]\ufe0f\u20e3",
        f"[{_IDEOGRAPH}][\ufe00-\ufe0f\U000e0100-\U000e01ef]",
        f"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])",
        f"(?<=[{_VIRAMA}])[\u200c\u200d]",  # https://www.rfc-editor.org/rfc/rfc5892#appendix-A
        "(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]",
    )
)
_TOKEN = re.compile(f"(?P<preserved>{_PRESERVED})|.", re.DOTALL)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters that Python may call printable but that are invisible, such as the fillers of Hangul and the blank of Braille."""

_FORMULA = "=+-@"
_BEFORE_FORMULA = "'\"`\u00b4\u2018\u2019\u201c\u201d\u00ab\u00bb" + REPLACEMENT
"""Characters before a formula that may be dropped when the text is put into a cell, besides white space."""

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>()#+!|~$&]")
_MARKUP = re.compile(r"([\\`|<>\[\]()])")
"""Characters that are never put into a code span: a backtick would end it, a bar would end the table's cell."""
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_LINE_START = re.compile(r"^(?:(?=[-=])|(\d{1,9})(?=\.))")
"""The beginning of a list, a rule or a heading's underline."""
_LINKED = re.compile(
    r"@|#\w|GH-\d|://|www\.|(?:mailto|xmpp):|(?:CVE|CWE|GHSA)-|:[a-z][\w+-]*:|:[+-]1:|"
    r"(?<![0-9a-z-])[0-9a-f]{7,40}(?![0-9a-z-])",
    re.IGNORECASE,
)
"""Text that GitHub turns into a link, a mention, a reference, a commit or an emoji, even if it is escaped."""


def sanitize_text(text: str) -> str:
    """Return text as one line: every control and every invisible character is U+FFFD, every kind of space a space."""
    return _replace(text, lambda character: " " if unicodedata.category(character) == "Zs" else REPLACEMENT)


def sanitize_terminal(text: str) -> str:
    """Return text of several lines for a terminal: its line breaks stay, a tab is a space, the rest as `sanitize_text`."""
    return "\n".join(sanitize_text(line) for line in text.replace("\r\n", "\n").replace("\t", " ").split("\n"))


def escape_json(text: str) -> str:
    r"""Return a JSON document in which what `sanitize_text` replaces is written as `\uXXXX`: its values stay the same.

    Line breaks between tokens stay. https://www.rfc-editor.org/rfc/rfc8259#section-7
    """
    return "\n".join(_replace(line, _json_escape) for line in text.split("\n"))


def escape_csv_formula(text: str) -> str:
    """Return text with an apostrophe before it if a spreadsheet could take it for a formula.

    White space, quotes and controls before the sign count as nothing; full-width and small signs count as the sign.
    """
    if text[:1] in ("\t", "\r", "\n"):
        return f"'{text}"
    first = next((character for character in text if not character.isspace() and character not in _BEFORE_FORMULA), "")
    sign = unicodedata.normalize("NFKC", first)[:1]
    return f"'{text}" if sign and (sign in _FORMULA or sign == "\N{MINUS SIGN}") else text


def csv_cell(value: object) -> object:
    """Return the value of a CSV cell: numbers and None unchanged, everything else as harmless text."""
    if value is None or isinstance(value, (int, float, Decimal)):
        return value
    return "\n".join(escape_csv_formula(sanitize_text(line)) for line in str(value).split("\n"))


def escape_markdown(text: str) -> str:
    """Return Markdown that renders as this text: no markup, no HTML, no new line, no link, no mention, no reference.

    What GitHub would link becomes a code span, as it links nothing in there. Backslashes do not help: links are found in
    the text that is rendered. Fits into a paragraph, a heading, a list item and a table's cell.
    """
    parts = (part for word in sanitize_text(text).split() for part in (" ", *_MARKUP.split(word)) if part)
    escaped = "".join(f"`{part}`" if _LINKED.search(part) else _escape(part) for part in parts)
    return _LINE_START.sub(r"\1\\", escaped.lstrip(" "))


def markdown_code_block(text: str) -> str:
    """Return a Markdown code block of this text: its fence is longer than any run of tildes in the text."""
    longest = max((len(run) for run in re.findall("~+", text)), default=0)
    fence = "~" * max(4, longest + 1)
    return f"{fence}text\n{text}{fence}\n"


def _replace(text: str, replacement: Callable[[str], str]) -> str:
    if text.isprintable() and (text.isascii() or not _INVISIBLE.search(text)):
        return text
    return _TOKEN.sub(lambda token: token[0] if _is_preserved(token) else replacement(token[0]), text)


def _is_preserved(token: re.Match[str]) -> bool:
    return token["preserved"] is not None or (token[0].isprintable() and not _INVISIBLE.match(token[0]))


def _json_escape(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[offset : offset + 4]}" for offset in range(0, len(units), 4))


def _escape(part: str) -> str:
    return _SPECIAL.sub(lambda character: _ENTITIES.get(character[0], f"\\{character[0]}"), part)
