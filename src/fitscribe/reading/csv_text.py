"""Tables as CSV, of which a spreadsheet computes nothing: texts like formulas have an apostrophe in front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# What a spreadsheet takes for the beginning of a formula, which may start programs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_QUOTED = (",", '"', "\n", "\r")


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    r"""Return rows as CSV with ``\n`` as the end of lines.

    A text that a spreadsheet would take for a formula has an apostrophe in front, as people type it there.

    Args:
        rows: cells, of which None is empty.
    """
    return "".join(f"{_line(row)}\n" for row in rows)


def _line(row: Sequence[object]) -> str:
    line = ",".join(_cell(each) for each in row)
    return line or ('""' if row else "")  # a single cell that is empty is no empty line


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, str) and len(text) > 1 and text.startswith(_FORMULA) and not _is_number(text):
        text = f"'{text}"
    if any(each in text for each in _QUOTED):
        escaped = text.replace('"', '""')
        return f'"{escaped}"'
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return not text[0].isspace()
