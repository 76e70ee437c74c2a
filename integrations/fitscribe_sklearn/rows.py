"""Rows of the containers that scikit-learn takes: how many there are, and some of them."""

from __future__ import annotations

from typing import Any


def row_count(data: Any) -> int | None:
    """Return the number of rows of data that rows can be taken of without effects; else None."""
    cls = type(data)
    if cls is list:
        return len(data)
    root = cls.__module__.partition(".")[0]
    if root in ("numpy", "pandas", "polars", "scipy") and hasattr(data, "shape") and len(data.shape) >= 1:
        if root == "scipy" and data.format not in ("csr", "csc"):
            return None
        return int(data.shape[0])
    return None


def every(data: Any, step: int) -> Any:
    """Return each ``step``-th row, in the container that the data came in."""
    if step == 1:
        return data
    return data.iloc[::step] if hasattr(type(data), "iloc") else data[::step]


def first(data: Any, count: int) -> Any:
    """Return the first rows, in the container that the data came in."""
    return data.iloc[:count] if hasattr(type(data), "iloc") else data[:count]


def take(data: Any, positions: Any) -> Any:
    """Return the rows at an array of positions, in the container that the data came in."""
    if type(data) is list:
        return [data[position] for position in positions.tolist()]
    if hasattr(type(data), "iloc"):
        return data.iloc[positions]
    return data[positions.tolist()] if type(data).__module__.startswith("polars") else data[positions]


def column_count(data: Any) -> int:
    """Return the number of columns: one of what has a value per row."""
    if type(data) is list:
        return len(data[0]) if data and isinstance(data[0], (list, tuple)) else 1
    return int(data.shape[1]) if len(data.shape) > 1 else 1
