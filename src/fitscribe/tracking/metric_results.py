"""What a metric function returned: numbers for a series, or a table of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, zip_longest
from typing import Any

from fitscribe.tracking.tables import columns_and_rows

ROWS = 1_000
COLUMNS = 100
_TEXT = 200


def number(value: Any) -> float | None:
    """A result that is one number, of any type, as a float; None for any other."""
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    if isinstance(value, complex) or not hasattr(type(value), "__float__"):
        return None
    shape = getattr(value, "shape", ())
    if hasattr(type(value), "detach"):
        value = value.detach()  # PyTorch warns where a number is read that gradients are computed of
    try:
        return float(value) if tuple(shape) == () else None
    except (TypeError, ValueError):  # a date, a text of NumPy's
        return None


def numbers(result: Any) -> dict[str, float]:
    """The numbers of a result with names of its own, a dict or a named tuple; empty where not all are."""
    fields = getattr(type(result), "_fields", None)
    if fields is not None and isinstance(result, tuple):
        result = dict(zip(fields, result, strict=True))
    if not isinstance(result, Mapping) or len(result) > COLUMNS:
        return {}
    found = {str(name): number(value) for name, value in result.items()}
    known = {name: value for name, value in found.items() if value is not None}
    return known if len(known) == len(found) else {}


def table(result: Any, names: Sequence[str] = ()) -> dict[str, Any] | None:
    """A result of several values as a table.

    Args:
        result: an array, a list, a tuple of either, a dict, a data frame.
        names: of the parts of a tuple.

    Returns:
        ``columns`` and ``rows``, and the number of rows (``of``) where not all are kept: then they are evenly
        spaced, or the first of a data frame. None for anything else.
    """
    if isinstance(result, Mapping):
        each = [
            {"": str(key), **(value if isinstance(value, Mapping) else {"value": value})}
            for key, value in islice(result.items(), ROWS)
        ]
        return _of(*columns_and_rows(each), len(result))
    if isinstance(result, tuple):
        columns = [_column(part) for part in result[:COLUMNS]]
        titles = [*names, *map(str, range(len(names), len(columns)))][: len(columns)]
        length = max((_length(part) for part in result), default=1)
        return _of(titles, zip_longest(*columns), length)
    if type(result).__module__.partition(".")[0] in ("pandas", "polars"):
        frame = result.to_frame() if hasattr(type(result), "to_frame") else result
        return _of(*columns_and_rows(frame), len(frame))
    if not isinstance(result, list) and not (hasattr(type(result), "tolist") and hasattr(result, "shape")):
        return None
    length = _length(result)
    rows = _column(result)
    if any(isinstance(row, list) for row in rows):
        flat = [list(_flat(row)) for row in rows]
        return _of([str(index) for index in range(max(map(len, flat)))], flat, length)
    step = -(-length // ROWS) or 1
    return _of(["index", "value"], ([index * step, row] for index, row in enumerate(rows)), length)


def thinned(values: Any, most: int) -> Any:
    """At most so many of a list or an array, evenly spaced, as a list."""
    chosen = values[:: -(-len(values) // most) or 1]
    return chosen.tolist() if hasattr(chosen, "tolist") else list(chosen)


def _length(part: Any) -> int:
    if isinstance(part, (str, bytes)) or getattr(part, "shape", None) == ():
        return 1
    return len(part) if hasattr(type(part), "__len__") else 1


def _column(part: Any) -> list[Any]:
    sliceable = isinstance(part, (list, tuple)) or (hasattr(type(part), "tolist") and _length(part) > 1)
    if hasattr(part, "to_numpy"):
        part = part.to_numpy()
    return thinned(part, ROWS) if sliceable else [part]


def _flat(row: Any) -> Iterable[Any]:
    if not isinstance(row, list):
        yield row
        return
    for item in row:
        yield from _flat(item)


def _of(columns: Iterable[str], rows: Iterable[Sequence[Any]], length: int) -> dict[str, Any]:
    kept = [[_cell(cell) for cell in row[:COLUMNS]] for row in islice(rows, ROWS)]
    data: dict[str, Any] = {"columns": list(columns)[:COLUMNS], "rows": kept}
    if length > len(kept):
        data["of"] = length
    return data


def _cell(value: Any) -> Any:
    if value is None or type(value) in (bool, int, float):
        return value
    as_number = number(value)
    return str(value)[:_TEXT] if as_number is None else as_number
