"""Prints for a terminal text that others wrote: it gets no markup, and control sequences that are not ours are removed."""

from collections.abc import Iterator
from typing import IO, Any

from rich.console import Console, ConsoleOptions, JustifyMethod, OverflowMethod, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from core.sanitize import sanitize_terminal


class SafeConsole(Console):
    """Prints strings as plain text, with the styles of our own tables and texts if `is_styled`."""

    def __init__(self, *, width: int | None, is_styled: bool, file: IO[str] | None = None) -> None:
        super().__init__(
            file=file,
            width=width,
            color_system="standard" if is_styled else None,
            force_terminal=True if is_styled else False if file else None,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        **options: Any,
    ) -> Text:
        """Return the sanitized text of a cell or a line; sanitizing comes before its width is measured."""
        return super().render_str(sanitize_terminal(text), style=style, justify=justify, overflow=overflow, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Yield sanitized segments; sanitizing again is needed because cell truncation may split a sequence."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(sanitize_terminal(segment.text), segment.style)
