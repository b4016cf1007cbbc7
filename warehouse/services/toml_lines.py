"""Find the line of each key in TOML that `tomllib` has accepted.

`tomllib` reports no positions, and neither does tomlkit: https://github.com/python-poetry/tomlkit/issues/55 (open, 2026-11).
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Keys and indexes from the root: `("services", "shop", "repositories", 0)`."""
_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|(?!"""(?!"))[^\\])*"""|\'\'\'(?:(?!\'\'\'(?!\')).)*\'\'\'|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"|(?P<space>(?:[ \t\r]|\#[^\n]*)+)|(?P<newline>\n)|(?P<mark>[\[\]{}=,.])|(?P<bare>[^\s\[\]{}=,.\"'\#]+)",
    re.DOTALL,
)
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def key_lines(text: str) -> dict[Path, int]:
    """Return the line (from 1) on which each table, key and item of an array begins; the text must be valid TOML."""
    return _Reader(text).lines()


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """Return the line of a path, or of the nearest table or key above it; None for the root."""
    return next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), None)


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text.removeprefix(_BOM)):
        kind = match.lastgroup or ""
        if kind != "space":
            yield _Token(kind, match[0], line)
        line += match[0].count("\n")


class _Reader:
    """Walks the tokens once; an array of tables counts its tables."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), _Token("end", "", 0)]
        self._position = 0
        self._lines: dict[Path, int] = {}
        self._sizes: dict[Path, int] = {}

    def lines(self) -> dict[Path, int]:
        table: Path = ()
        self._skip_newlines()
        while self._next.kind != "end":
            if self._next.text == "[":
                table = self._header()
            else:
                self._assignment(table)
            self._skip_newlines()
        return self._lines

    @property
    def _next(self) -> _Token:
        return self._tokens[self._position]

    def _take(self) -> _Token:
        token = self._next
        self._position += 1
        return token

    def _skip_newlines(self) -> None:
        while self._next.kind == "newline":
            self._take()

    def _header(self) -> Path:
        line = self._take().line
        is_array = self._next.text == "["
        if is_array:
            self._take()
        *parents, last = self._key()
        self._take()
        path = self._resolved((), parents)
        for index in range(len(path)):
            self._lines.setdefault(path[: index + 1], line)
        path = (*path, last)
        if is_array:
            self._take()
            self._lines.setdefault(path, line)
            self._sizes[path] = self._sizes.get(path, 0) + 1
            path = (*path, self._sizes[path] - 1)
        self._lines.setdefault(path, line)
        return path

    def _resolved(self, path: Path, keys: list[str]) -> Path:
        """Return the path of a table; a key that is an array of tables means its last table."""
        for key in keys:
            path = (*path, key)
            if path in self._sizes:
                path = (*path, self._sizes[path] - 1)
        return path

    def _assignment(self, table: Path) -> None:
        line = self._next.line
        path = table
        for key in self._key():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._take()
        self._value(path)

    def _key(self) -> list[str]:
        keys = [_decoded(self._take().text)]
        while self._next.text == ".":
            self._take()
            keys.append(_decoded(self._take().text))
        return keys

    def _value(self, path: Path) -> None:
        if self._next.text == "[":
            self._array(path)
        elif self._next.text == "{":
            self._take()
            self._until("}", lambda _: self._assignment(path))
        else:
            while self._next.kind in ("string", "bare") or self._next.text == ".":
                self._take()

    def _array(self, path: Path) -> None:
        def item(index: int) -> None:
            self._lines[(*path, index)] = self._next.line
            self._value((*path, index))

        self._take()
        self._until("]", item)

    def _until(self, end: str, read: Callable[[int], None]) -> None:
        index = 0
        self._skip_newlines()
        while self._next.text != end:
            read(index)
            index += 1
            self._skip_newlines()
            if self._next.text == ",":
                self._take()
                self._skip_newlines()
        self._take()


def _decoded(key: str) -> str:
    return next(iter(tomllib.loads(f"{key} = 0")))
