"""A confusion matrix as a table whose diagonal is visible without colours, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.cli.screen import joined, width_of
from fitscribe.cli.table import Cell, Column, table
from fitscribe.cli.text import number, plural, shortened, value
from fitscribe.reading.stored_numbers import real
from fitscribe.store.values import decode

if TYPE_CHECKING:
    from rich.text import Text

_LABEL_WIDTH = 16
_CONFUSIONS = 10


def confusion_matrix(record: dict[str, Any], width: int, indent: int = 2) -> list[Text]:
    """Lay out a confusion matrix: what is true in rows, what was predicted in columns, hits in brackets.

    Args:
        record: `labels` and `counts` as they were stored.
        width: terminal cells; a matrix that is wider becomes the list of its most frequent confusions.
        indent: spaces in front of each line.

    Returns:
        The lines.

    Raises:
        ValueError: the record is no square matrix of numbers.
    """
    labels = [value(decode(label)) for label in record.get("labels", ())]
    counts: Any = record.get("counts")
    if not _is_square(counts, len(labels)):
        raise ValueError("it is no square matrix of numbers")
    lines = _as_table([shortened(label, _LABEL_WIDTH) for label in labels], counts, indent)
    if max(map(width_of, lines)) > width:
        lines = _as_list(labels, counts, width, indent)
    if record.get("folded"):
        lines.append(
            joined(
                (" " * indent + f"(other) stands for {plural(record['folded'], 'class', 'classes')}", "dim")
            )
        )
    return lines


def _is_square(counts: Any, size: int) -> bool:
    return (
        size > 0
        and isinstance(counts, list)
        and len(counts) == size
        and all(isinstance(row, list) and len(row) == size for row in counts)
        and all(real(count) is not None for row in counts for count in row)
    )


def _as_table(labels: Sequence[str], counts: Sequence[Sequence[float]], indent: int) -> list[Text]:
    columns = [
        Column("true \\ predicted"),
        *(Column(label, right=True) for label in labels),
        Column("recall", right=True),
    ]
    rows = []
    for index, (label, row) in enumerate(zip(labels, counts, strict=True)):
        cells = [_cell(count, hit=column == index) for column, count in enumerate(row)]
        rows.append([joined((label, "dim")), *cells, joined((_share(row[index], sum(row)), "dim"))])
    totals = [sum(column) for column in zip(*counts, strict=True)]
    precision = [joined((_share(counts[i][i], total), "dim")) for i, total in enumerate(totals)]
    rows.append([joined(("precision", "dim")), *precision, joined("")])
    return table(columns, rows, width=None, indent=indent)


def _cell(count: float, *, hit: bool) -> Text:
    if hit:
        return joined((f"[{number(count)}]", "bold green"))
    # Zeros step back, so that the confusions stand out.
    return joined((f"{number(count)} ", "")) if count else joined(("· ", "dim"))


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%} " if whole else "- "


def _as_list(labels: Sequence[str], counts: Sequence[Sequence[float]], width: int, indent: int) -> list[Text]:
    total = sum(map(sum, counts))
    hits = sum(row[index] for index, row in enumerate(counts))
    wrong = [
        (count, labels[true], labels[predicted])
        for true, row in enumerate(counts)
        for predicted, count in enumerate(row)
        if count and true != predicted
    ]
    wrong.sort(key=lambda each: -each[0])
    head = f"{plural(len(labels), 'class', 'classes')}, {number(hits)} of {number(total)} right"
    lines = [joined(" " * indent + head)]
    if wrong:
        rows: list[list[Cell]] = [
            [joined(number(count)), f"{true} → {predicted}"] for count, true, predicted in wrong[:_CONFUSIONS]
        ]
        columns = [
            Column("count", right=True, shrinks=False),
            Column("true → predicted, most frequent first"),
        ]
        lines += table(columns, rows, width=width, indent=indent)
    return lines
