import csv
import io
import json
import re
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.sanitize import (
    csv_cell,
    escape_csv_formula,
    escape_json,
    escape_markdown,
    markdown_code_block,
    sanitize_terminal,
    sanitize_text,
)
from tests.rendered_markdown import Rendered

SURVIVES = [
    "déjà vu 日本 Ω",
    "e\u0301 n\u0303",
    "שָׁלוֹם עולם",
    "مرحبا",
    "می‌خواهم",  # Persian: a ZWNJ between letters
    "क्‍ष क्\u200d",  # Devanagari: a ZWJ after a virama
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈 👩🏽‍💻 🙂‍↔️",
    "❤️ 1️⃣ #️⃣ ©️ ☺︎",
    "👍🏽",
    "🇩🇪🇮🇱",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
    "葛\U000e0100",  # an ideographic variant
]
REPLACED = [
    *map(chr, range(0x20)),
    "\x7f",
    *map(chr, range(0x80, 0xA0)),
    *"\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2066\u2067",
    *"\u2068\u2069\u206f\u115f\u3164\uffa0\ufe0f\ufe00\ufeff\ufff9\ufffe\U000e0001\U000e0041\U000e007f\U000e0100\ud800\udfff",
]
ABUSED = [
    ("x\ufe0f", "x�"),
    ("❤️\ufe0f", "❤️�"),
    ("葛\U000e0100\U000e0101", "葛\U000e0100�"),
    ("a\u200cb", "a�b"),
    ("👩\u200d", "👩�"),
    ("\u200d👩", "�👩"),
    ("م\u200c\u200cی", "م��ی"),
    ("\U0001f3f4\U000e0067\U000e0062", "\U0001f3f4��"),
    ("\U0001f3f4" + "\U000e0061" * 7 + "\U000e007f", "\U0001f3f4" + "�" * 8),
    ("😀\U000e0067\U000e0062\U000e0073\U000e007f", "😀����"),
]
TEXTS = st.text() | st.text(
    st.sampled_from(
        "\x1b\x9b\x07\u202e\u200d\ufe0f👩🏽\U0001f3f4\U000e0067\U000e007f=+-@ '\"\n\r\ta1#|`<[]()\\&*_~!:/.w"
    )
)


@pytest.mark.parametrize("text", SURVIVES)
def test_what_invisible_characters_belong_to_survives(text: str) -> None:
    assert sanitize_text(text) == text


@pytest.mark.parametrize("character", REPLACED, ids=ascii)
def test_a_control_or_invisible_character_is_seen(character: str) -> None:
    assert sanitize_text(f"a{character}b") == "a�b"


@pytest.mark.parametrize(("text", "sanitized"), ABUSED, ids=ascii)
def test_an_invisible_character_out_of_context_is_shown(text: str, sanitized: str) -> None:
    assert sanitize_text(text) == sanitized


@pytest.mark.parametrize("space", "\u00a0\u2002\u202f\u3000")
def test_every_space_is_a_space(space: str) -> None:
    assert sanitize_text(f"a{space}b") == "a b"


def test_a_message_keeps_its_lines_and_nothing_else() -> None:
    assert sanitize_terminal("a\r\nb\n\tc\rd\x1b[2J") == "a\nb\n c�d�[2J"


@given(TEXTS)
def test_no_text_holds_what_steers_or_hides(text: str) -> None:
    sanitized = sanitize_text(text)
    assert sanitize_text(sanitized) == sanitized
    assert not re.search(
        r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]", sanitized
    )
    characters = {character for character in sanitized if not character.isprintable()}
    assert characters <= {"\u200c", "\u200d", *map(chr, range(0xE0030, 0xE0080))} | {
        character
        for character in characters
        if 0x1F000 <= ord(character) < 0x1FB00  # newer than this Python's Unicode
    }


@given(TEXTS)
def test_json_holds_the_same_values_and_nothing_raw(text: str) -> None:
    document = json.dumps({"a": [text]}, ensure_ascii=False, indent=1)
    escaped = escape_json(document)
    assert json.loads(escaped) == {"a": [text]}
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", escaped)


@pytest.mark.parametrize(
    "prefix", ["", " ", "\u00a0", "\u3000", "'", '"', " ' ", "“", "\t", "\r", "\x00", "\ufeff", "\u200b"], ids=ascii
)
@pytest.mark.parametrize("sign", [*"=+-@", *"\uff1d\uff0b\uff0d\uff20", *"\ufe62\ufe63\ufe66\ufe6b", "\u2212"])
def test_a_formula_is_text_in_a_cell(prefix: str, sign: str) -> None:
    cell = csv_cell(f"{prefix}{sign}1")
    assert isinstance(cell, str)
    assert cell.startswith("'")
    assert cell.endswith(f"{sign}1")


def test_a_formula_in_a_later_line_of_a_cell_is_text_too() -> None:
    assert csv_cell("a\n=1\n b") == "a\n'=1\n b"


@pytest.mark.parametrize("value", [None, 0, -5, -0.5, Decimal("-1.50"), True])
def test_a_number_stays_a_number(value: object) -> None:
    assert csv_cell(value) is value


@pytest.mark.parametrize("text", ["", "a=1", "octo-org/shop", "1-2", "(a)"])
def test_text_that_is_no_formula_stays(text: str) -> None:
    assert escape_csv_formula(text) == text


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_a_row_of_any_texts_is_read_as_many_cells_and_none_is_a_formula(texts: list[str]) -> None:
    out = io.StringIO()
    csv.writer(out).writerow(map(csv_cell, texts))
    (row,) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert len(row) == len(texts)
    for cell in row:
        for line in cell.split("\n"):
            sign = unicodedata.normalize("NFKC", line.lstrip().lstrip("\"'� "))[:1]
            assert line.startswith("'") or sign not in tuple("=+-@")


HOSTILE = [
    "a|b",
    "`x` ``y`` `",
    "**b** _i_ ~~s~~ $x$ \\(y\\) ~sub~",
    "# heading",
    "> quote",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "1) item",
    "---",
    "===",
    "~~~~text",
    "    code",
    "<img src=x onerror=alert(1)> <!-- c --> <a href=x>y</a>",
    "</td></tr></table><script>alert(1)</script>",
    "[x](javascript:alert(1)) ![i](http://evil.example/p.png) [r]: http://evil.example [^1]",
    "<https://evil.example> <me@evil.example>",
    "https://evil.example http://evil.example/a_b_(c)?d=<e>&f=`g` ftp://evil.example HTTPS://EVIL.EXAMPLE",
    "www.evil.example (www.evil.example) WWW.evil.example _www.evil.example",
    "me@evil.example mailto:me@evil.example xmpp:me@evil.example a_b@evil.example",
    "@octocat @octo-org/team (@octocat) cc:@octocat \\@octocat `@octocat",
    "#12 GH-3 octo-org/shop#5 octocat#5 octo-org/shop@0123456789abcdef0123456789abcdef01234567 gh-3",
    "0123456789abcdef0123456789abcdef01234567 deadbeef",
    "CVE-2026-1234 GHSA-aaaa-bbbb-cccc :+1: :tada:",
    "a\nb\r\nc",
    "back\\slash\\",
    "&lt;b&gt; &amp; &#64;octocat &commat;octocat",
    "> [!NOTE] x",
]


@pytest.mark.parametrize("text", [*HOSTILE, *SURVIVES])
def test_markdown_of_a_text_renders_as_that_text(text: str) -> None:
    rendered = Rendered(escape_markdown(text))
    assert set(rendered.elements) <= {"p", "code"}
    assert (rendered.attributes, rendered.linked()) == ([], [])
    assert " ".join(rendered.text.split()) == " ".join(sanitize_text(text).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_of_a_text_does_not_leave_its_cell(text: str) -> None:
    expected = " ".join(sanitize_text(text).split())
    cell = Rendered(f"| a | b |\n| --- | --- |\n| {escape_markdown(text)} | c |\n")
    assert [part.strip() for part in cell.cells] == ["a", "b", expected, "c"]
    heading = Rendered(f"### {escape_markdown(text)}\n\nafter\n")
    assert heading.elements[0] == "h3"
    assert heading.text.strip().split("\n")[0] == expected


@given(TEXTS)
@example("@a|`b\\`#1")
@example("`|`@")
def test_markdown_of_any_text_renders_as_that_text(text: str) -> None:
    escaped = escape_markdown(text)
    expected = " ".join(sanitize_text(text).split())
    rendered = Rendered(escaped)
    assert set(rendered.elements) <= {"p", "code"}
    assert (rendered.linked(), " ".join(rendered.text.split())) == ([], expected)
    assert Rendered(f"| a |\n| --- |\n| {escaped} |\n").cells[1].strip() == expected


def test_a_code_block_ends_where_the_text_does() -> None:
    rendered = Rendered(markdown_code_block("~~~~\n# no heading\n~~~~~\n") + "\nafter\n")
    assert rendered.elements == ["pre", "code", "p"]
