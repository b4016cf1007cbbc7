import random
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from warehouse.services.toml_lines import Path, key_lines, line_of

NUMBERED = r'''# every number is the line on which it stands
top = 2
"quoted key" = 3 # a comment with [brackets] = "and" {braces}
'literal "key"'.dotted . deep = 4
text = """
[no.header]
no = 6
four quotes: """"
escaped = "a \" b # no comment \\"
raw = 'c:\path\'
raw_lines = ~~~
[no.header]
no = "13"
# ~~~'
list = [15, # fifteen
  16, [16,
    17], { a = 17, b.c = 17 },
  # nothing
  19,
]
inline = { x = 21, "y z" = [21, 21], w = { v = 21 } }
when = 1979-05-26 07:32:00.5
float = 1.5e3

[ table . "sub table" ]
key = 26
[[array]]
key = 28
[array.child]
key = 30
[[array]]
key = 32
[[array.nested]]
key = 34
[table]
after = 36
"caf\u00e9" = 37
'''.replace("~~~", "'" * 3)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, int]]:
    """Yield the path and value of each integer."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))
    if isinstance(value, int):
        yield path, value


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_key_has_its_line(newline: str) -> None:
    text = NUMBERED.replace("\n", newline)
    expected = dict(leaves(tomllib.loads(text)))
    lines = key_lines(text)
    assert len(expected) == 21
    assert {path: lines[path] for path in expected} == expected


def test_tables_and_arrays_have_the_line_of_their_header() -> None:
    lines = key_lines(NUMBERED)
    paths: list[Path] = [
        ("list",),
        ("inline",),
        ("array",),
        ("array", 1),
        ("array", 1, "nested", 0),
        ("table", "sub table"),
    ]
    assert [lines[path] for path in paths] == [15, 21, 27, 31, 33, 25]
    assert lines["table",] == 25


@pytest.mark.parametrize(
    ("path", "line"), [(("a", "b", "c"), 1), (("a", "x"), 1), (("b", 0, "c"), 3), (("z",), None), ((), None)]
)
def test_an_unknown_key_has_the_line_of_the_table_above_it(path: Path, line: int | None) -> None:
    assert line_of(path, key_lines("[a.b]\n\n[[b]]\n")) == line


def test_a_byte_order_mark_counts_as_nothing() -> None:
    assert key_lines("\ufeffa = 1\n") == {("a",): 1}


@pytest.mark.parametrize("text", ["", "# only a comment", "\n\n", "a = 1"])
def test_a_small_file_is_read_to_its_end(text: str) -> None:
    assert set(key_lines(text)) == {(key,) for key in tomllib.loads(text)}


KEYS = ("a", "b-1", '"q \\" k"', "'l#it'", "c", '"d.e"', "42")
VALUES = (
    "1", "-3.5e2", "true", '"x # y"', "'z]'", '"""m\n[t]\n"""', "'''n'''", "1979-05-27", "07:32:00", '"\\u00e9"', '""', '""""""', "inf"
)  # fmt: skip


def value(chance: random.Random, depth: int = 0) -> str:
    kind = chance.random() + depth / 4
    if kind < 0.25:
        items = (value(chance, depth + 1) for _ in range(chance.randint(0, 3)))
        return f"[{chance.choice(('', ' ', chr(10) + ' # c ]' + chr(10)))}{', '.join(items)}]"
    if kind < 0.4:
        fields = (f"{key} = {value(chance, 4)}" for key in chance.sample(KEYS, chance.randint(0, 3)))
        return f"{{{', '.join(fields)}}}"
    return chance.choice(VALUES)


def document(chance: random.Random) -> str:
    forms = ("[{}]", "[[{}]]", "# {}", "{} = {}", "{} = {} # c")
    lines = []
    for _ in range(chance.randint(1, 8)):
        key = " . ".join(chance.choice(KEYS) for _ in range(chance.randint(1, 3)))
        lines.append(chance.choice(forms).format(key, value(chance)))
    return "\n".join(lines)


def all_paths(value: Any, path: Path = ()) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from all_paths(item, (*path, key))


def test_random_toml_has_the_paths_that_tomllib_reads() -> None:
    valid = 0
    for seed in range(1000):
        text = document(random.Random(seed))
        try:
            parsed = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            continue
        valid += 1
        assert set(key_lines(text)) == set(all_paths(parsed)), text
    assert valid > 300
