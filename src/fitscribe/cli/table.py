"""Aligned columns: cut to the width of a terminal, whole in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from fitscribe.cli.screen import joined, width_of
from fitscribe.cli.text import shortened

if TYPE_CHECKING:
    from rich.text import Text

Cell: TypeAlias = "Text | str"
"""One cell of a table, with styles or without."""

GAP = 2
_NARROWEST = 8
# Of cells that are kept whole, those that are wider do not set the others of their column apart.
_WIDEST = 120
_LONGEST_NAME = 200


class Column(NamedTuple):
    """How one column is laid out.

    Attributes:
        title: what stands above it.
        right: aligned to the right, as numbers are.
        shrinks: may be cut where the terminal is too narrow.
    """

    title: str
    right: bool = False
    shrinks: bool = True


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    width: int | None,
    indent: int = 0,
    titles: bool = True,
) -> list[Text]:
    """Lay out rows in aligned columns.

    Args:
        columns: one per cell of a row.
        rows: cells, with or without styles.
        width: cells to fit into; None keeps every cell whole, save for a title that nobody reads to its end.
        indent: spaces in front of each line.
        titles: whether the titles stand above.

    Returns:
        The lines.
    """
    cells = [[cell if not isinstance(cell, str) else joined(cell) for cell in row] for row in rows]
    heads = [[joined((named(column.title), "dim")) for column in columns]] if titles else []
    every = heads + cells
    widths = [max((width_of(row[index]) for row in every), default=0) for index in range(len(columns))]
    if width is None:
        widths = [min(size, _WIDEST) for size in widths]
    else:
        _shrink(widths, columns, width - indent)
        every = [[fitted(cell, size) for cell, size in zip(row, widths, strict=True)] for row in every]
    return [_line(row, columns, widths, indent) for row in every]


def named(name: str, *, full: bool = False) -> str:
    """A name as it is shown: cut in its middle where it is longer than anybody reads, unless in full."""
    return name if full or len(name) <= _LONGEST_NAME else shortened(name, _LONGEST_NAME)


def _shrink(widths: list[int], columns: Sequence[Column], room: int) -> None:
    """Take from the widest column that may be cut, cell by cell, so that short columns stay whole."""
    excess = sum(widths) + GAP * (len(widths) - 1) - room
    while excess > 0:
        candidates = [i for i, column in enumerate(columns) if column.shrinks and widths[i] > _NARROWEST]
        if not candidates:
            return
        widths[max(candidates, key=widths.__getitem__)] -= 1
        excess -= 1


def _line(row: Sequence[Text], columns: Sequence[Column], widths: Sequence[int], indent: int) -> Text:
    line = joined(" " * indent)
    for index, (cell, column, width) in enumerate(zip(row, columns, widths, strict=True)):
        if index:
            line.append(" " * GAP)
        padding = " " * (width - width_of(cell))
        if column.right:
            line.append(padding)
        line.append_text(cell)
        if not column.right:
            line.append(padding)
    line.rstrip()
    return line


def fitted(cell: Text, width: int) -> Text:
    """The cell cut in its middle to at most `width` terminal cells."""
    if width_of(cell) <= width:
        return cell
    spans = cell.spans
    style = str(spans[0].style) if spans else str(cell.style)
    return joined((shortened(cell.plain, width), style))


def paragraph(words: Sequence[str], width: int, indent: int = 0, separator: str = ", ") -> list[str]:
    """Items after one another, broken between items.

    Args:
        words: the items; one that is longer than a line is cut.
        width: cells of a line.
        indent: spaces in front of each line.
        separator: what stands between two items.

    Returns:
        The lines.
    """
    room = max(width - indent, 10)
    lines: list[str] = []
    current = ""
    for position, word in enumerate(words):
        item = shortened(word, room - 2) + (separator.rstrip() if position < len(words) - 1 else "")
        if current and width_of(current) + 1 + width_of(item) > room:
            lines.append(current)
            current = item
        else:
            current = f"{current} {item}" if current else item
    if current:
        lines.append(current)
    return [" " * indent + line for line in lines]
