"""Python's expressions and RE2 agree on every letter before, within and after a word; no cased letter is above U+1FFFF."""

import duckdb

from warehouse.production import NAMES, OTHER_NAMES, is_production_name

TEMPLATES = (
    "{0}prod",
    "prod{0}",
    "pro{0}",
    "{0}rod",
    "l{0}ve",
    "prod {0}re",
    "prod rev{0}ew",
    "prod{0}pr",
    "li{0}e",
    "{0}tage prod",
)
SURROGATES = range(0xD800, 0xE000)


def test_python_and_re2_agree_on_all_letters() -> None:
    characters = [chr(code) for code in range(1, 0x20000) if code not in SURROGATES]
    connection = duckdb.connect()
    connection.execute("CREATE TABLE characters AS SELECT unnest(?::VARCHAR[]) AS character", [characters])
    for template in TEMPLATES:
        before, after = template.split("{0}")
        rows = connection.execute(
            "SELECT ? || character || ? AS name FROM characters "
            "WHERE regexp_matches(name, ?) AND NOT regexp_matches(name, ?)",
            [before, after, NAMES, OTHER_NAMES],
        ).fetchall()
        by_re2 = {name for (name,) in rows}
        by_python = {
            name for name in (template.format(character) for character in characters) if is_production_name(name)
        }
        assert by_python ^ by_re2 == set(), template
