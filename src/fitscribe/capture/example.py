"""The first rows of data, as a table of plain values: what a model takes, by example."""

from __future__ import annotations

import sys
from typing import Any

from fitscribe.capture import frames
from fitscribe.capture.values import plain_value

ROWS = 5
COLUMNS = 1_000


def first_rows(data: Any) -> dict[str, Any] | None:
    """Return the first five rows of data.

    Args:
        data: a data frame, an array of one or two dimensions, a sparse matrix or a list; at most the first
            1,000 columns are taken.

    Returns:
        ``columns``, their names, and ``rows`` of plain values; None of anything else.
    """
    columns: list[str] | None = None
    cls = type(data)
    numpy = sys.modules.get("numpy")
    if cls is list or cls is tuple:
        rows = list(data[:ROWS])
    elif frames.is_frame(data):
        import narwhals

        frame = narwhals.from_native(data, allow_series=True)
        if isinstance(frame, narwhals.LazyFrame):
            return None
        if isinstance(frame, narwhals.Series):
            frame = frame.to_frame()
        columns = [str(name) for name in frame.columns[:COLUMNS]]
        rows = [list(row) for row in frame.head(ROWS).rows()]
    elif hasattr(cls, "toarray") and cls.__module__.startswith("scipy.sparse"):
        rows = data.tocsr()[:ROWS].toarray().tolist()
    elif numpy is not None and issubclass(cls, numpy.ndarray) and 1 <= data.ndim <= 2:
        rows = data[:ROWS].tolist()
    else:
        return None
    cells = [list(row[:COLUMNS]) if isinstance(row, (list, tuple)) else [row] for row in rows]
    if columns is None:
        columns = [f"x{index}" for index in range(max(map(len, cells), default=0))]
    return {"columns": columns, "rows": [[plain_value(cell) for cell in row] for row in cells]}
