"""Where output goes: a terminal of some width, or a pipe, which has none."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fitscribe.cli.text import visible

if TYPE_CHECKING:
    from rich.text import Text

# What prose, plots and paragraphs are laid out for where there is no terminal to ask.
PIPE_WIDTH = 80
_WIDEST_PROSE = 120

STATUS_STYLES = {
    "finished": "green",
    "running": "cyan",
    "failed": "red",
    "crashed": "red",
    "interrupted": "yellow",
    "unobserved": "yellow",
    "silent": "yellow",
}


class Screen:
    """Standard output as text with styles; in a pipe, and with ``NO_COLOR``, without them."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
        self.width: int | None = self._console.width if self._console.is_terminal else None
        """Columns of the terminal; None for a pipe, where nothing is cut."""

    @property
    def prose_width(self) -> int:
        """The width to lay out what has no natural one."""
        return min(self.width or PIPE_WIDTH, _WIDEST_PROSE)

    def line(self, content: Text | str = "") -> None:
        """Print one line as it is: what is too long for the terminal has been cut before, or wraps there."""
        if not isinstance(content, str):
            content.rstrip()
        # Captured, since rich has an end of its own for a broken pipe.
        with self._console.capture() as captured:
            self._console.print(content, soft_wrap=True)
        sys.stdout.write(captured.get())

    def lines(self, contents: Iterable[Text | str]) -> None:
        """Print lines; see :meth:`line`."""
        for content in contents:
            self.line(content)

    def heading(self, title: str, remark: str = "") -> None:
        """Print an empty line and a title, with the remark where it fits."""
        self.line()
        if self.width is not None and width_of(title) + 2 + width_of(remark) > self.width:
            remark = ""
        self.line(joined((title, "bold"), (f"  {remark}" if remark else "", "dim")))


def joined(*parts: tuple[str, str] | str) -> Text:
    """One line of parts, each a text or a text with its style."""
    from rich.text import Text

    line = Text()
    for part in parts:
        content, style = (part, "") if isinstance(part, str) else part
        line.append(visible(content), style=style)
    return line


def status(word: str) -> Text:
    """The status of a run in its colour."""
    return joined((word, STATUS_STYLES.get(word, "")))


def width_of(content: Any) -> int:
    """Terminal cells that a text takes; East Asian characters take two."""
    from rich.cells import cell_len

    return cell_len(content if isinstance(content, str) else content.plain)
