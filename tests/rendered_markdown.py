"""Markdown as GitHub's own renderer has it: its elements, its text, and the text in which GitHub would look for links."""

import re
from html.parser import HTMLParser

import cmarkgfm

_LINKED = re.compile(
    r"(?:^|\W)@[a-z0-9]|\w@\w+\.\w|#\d|\bGH-\d|https?:|ftp:|www\.|mailto:|xmpp:|:[a-z][\w+-]*:|"
    r"(?<![\w/@.-])[0-9a-f]{7,40}(?![\w-])",
    re.IGNORECASE,
)
"""Mentions, addresses, references and commits, which GitHub links after rendering, outside of code and links."""


class Rendered(HTMLParser):
    """What becomes of a document, with HTML let through and GitHub's extensions on."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.outside_code = ""
        self.cells: list[str] = []
        self._open: list[str] = []
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, cmarkgfm.Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        self._open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text += data
        if {"td", "th"} & set(self._open):
            self.cells[-1] += data
        if not {"code", "pre", "a"} & set(self._open):
            self.outside_code += data
        else:
            self.outside_code += "\ufffc"

    def handle_comment(self, data: str) -> None:
        self.elements.append(f"<!--{data}-->")

    def linked(self) -> list[str]:
        """Return what GitHub would link in the text."""
        return _LINKED.findall(self.outside_code)
