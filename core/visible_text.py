"""Removes from GitHub's Markdown what GitHub itself does not read as text: comments, and code in fences or backticks.

Templates of pull requests hold `<!-- Fixes #123 -->` and examples of trailers as code; neither says anything about a change.
Each step is linear in the length of the text, also if nothing that begins ends.
https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax
"""

import re


def visible_text(text: str, *, keep_code: bool = False) -> str:
    """Return the text with line feeds only, without HTML comments and, unless it is kept, code in closed fences or backticks."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "<!--" in text:
        text = _without(text, "<!--", "-->")
    if keep_code:
        return text
    if "```" in text or "~~~" in text:
        text = _without_fences(text)
    return re.sub(r"`[^`\n]{1,1000}`", "`", text) if "`" in text else text


def _without(text: str, opening: str, closing: str) -> str:
    """Return the text without what is between `opening` and `closing`; an opening without an end is plain text."""
    kept, end = [], 0
    while (start := text.find(opening, end)) >= 0:
        after = text.find(closing, start + len(opening))
        if after < 0:
            break
        kept.append(text[end:start])
        end = after + len(closing)
    return "".join((*kept, text[end:]))


def _without_fences(text: str) -> str:
    """Return the text without fenced code; a fence without an end is plain text, as a message is not Markdown for certain."""
    kept: list[str] = []
    held: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = line.lstrip(" ")[:3]
        if fence:
            held.append(line)
            if mark == fence and not line.strip().strip(fence[0]):
                fence, held = "", []
        elif mark in ("```", "~~~"):
            fence, held = mark, [line]
        else:
            kept.append(line)
    return "\n".join(kept + held)


def without_details(text: str) -> str:
    """Return a text without its `<details>`, in which bots quote the release notes and messages of other projects."""
    if "<details" not in text:
        return text
    kept: list[str] = []
    depth = start = opened = 0
    for match in re.finditer(r"<(/?)details\b", text):
        if match[1]:
            depth = max(0, depth - 1)
            if not depth:
                start = match.end()
        else:
            if not depth:
                opened = match.start()
                kept.append(text[start:opened])
            depth += 1
    return "".join((*kept, text[opened if depth else start :]))
