"""Tables as CSV, of which a spreadsheet computes nothing: texts like formulas have an apostrophe in front."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# What a spreadsheet takes for the beginning of a formula, which may start programs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    r"""Return rows as CSV with ``\n`` as the end of lines.

    A text that a spreadsheet would take for a formula has an apostrophe in front, as people type it there.

    Args:
        rows: cells, of which None is empty.
    """
    text = io.StringIO(newline="")
    # Before Python 3.13 only what is in the end of its lines makes it quote a carriage return.
    writer = csv.writer(text, lineterminator="\r\n")
    lines = []
    for row in rows:
        writer.writerow([_harmless(each) for each in row])
        lines.append(text.getvalue().removesuffix("\r\n") + "\n")
        text.seek(0)
        text.truncate()
    return "".join(lines)


def _harmless(value: object) -> object:
    if isinstance(value, str) and len(value) > 1 and value.startswith(_FORMULA) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return not text[0].isspace()
