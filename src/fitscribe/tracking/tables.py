"""Columns and rows of what people call a table."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def columns_and_rows(table: Any) -> tuple[list[str], Iterable[Sequence[Any]]]:
    """Return the names of a table's columns, and its rows.

    Args:
        table: a data frame of any library that narwhals knows, a dict of columns, or a list of dicts.

    Raises:
        TypeError: the object is no table, or its columns have different lengths.
    """
    if isinstance(table, Mapping):
        columns = {str(name): list(column) for name, column in table.items()}
        if len({len(column) for column in columns.values()}) > 1:
            raise TypeError("log_table: the columns have different lengths")
        return list(columns), zip(*columns.values(), strict=True)
    if isinstance(table, list | tuple) and all(isinstance(row, Mapping) for row in table):
        names = list(dict.fromkeys(name for row in table for name in row))
        return [str(name) for name in names], ([row.get(name) for name in names] for row in table)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(table, pandas.DataFrame):
        return _of_pandas(pandas, table)
    import narwhals

    try:
        frame = narwhals.from_native(table)
    except TypeError:
        raise TypeError(
            f"log_table takes a data frame, a dict of columns or a list of dicts, not {type(table).__name__}"
        ) from None
    if isinstance(frame, narwhals.LazyFrame):
        frame = frame.collect()
    return list(frame.columns), frame.iter_rows()


def _of_pandas(pandas: Any, table: Any) -> tuple[list[str], Iterable[Sequence[Any]]]:
    """As narwhals would, but with the index where it says something, and with columns of the same name."""
    columns = [_label(name) for name in table.columns]
    rows: Iterable[Sequence[Any]] = zip(
        *(_values(table.iloc[:, place]) for place in range(len(columns))), strict=True
    )
    if not columns:
        rows = [()] * len(table)
    index = table.index
    if isinstance(index, pandas.RangeIndex):
        return columns, rows
    levels = ["" if name is None else _label(name) for name in index.names]
    keys = index if index.nlevels > 1 else ((key,) for key in index)
    return levels + columns, ((*key, *row) for key, row in zip(keys, rows, strict=True))


def _values(column: Any) -> Iterable[Any]:
    """The values of a pandas column; what is missing among texts, dates and the like is None, and no `nan`.

    Among floating point numbers nobody can tell what is missing from what is not a number.
    """
    if isinstance(column.dtype, sys.modules["numpy"].dtype) and column.dtype.kind in "fc":
        return column  # type: ignore[no-any-return]
    return (None if is_missing else value for value, is_missing in zip(column, column.isna(), strict=True))


def _label(name: Any) -> str:
    return "/".join(map(str, name)) if isinstance(name, tuple) else str(name)
