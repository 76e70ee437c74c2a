"""Data itself, kept on request: a sample of the training data or all of it, and predictions, as Parquet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitscribe.capture import frames, type_name

if TYPE_CHECKING:
    from fitscribe.tracking.artifacts import ArtifactLog

SAMPLE = 1_000

_WRITERS = ("pyarrow", "polars")


def keep_data(run: ArtifactLog, data: Any, target: Any, *, how: str, role: str = "train") -> None:
    """Keep data with its labels as ``data/<role>.parquet``; what cannot be kept is named on the run.

    Args:
        run: the run.
        data: a frame, an array of one or two dimensions, or a list.
        target: its labels, if they are apart.
        how: ``sample``, 1,000 evenly spaced rows, or ``whole``.
        role: what the data is.
    """
    what = f"the {role} data" if how == "whole" else f"a sample of the {role} data"
    rows = len(data) if hasattr(type(data), "__len__") and not hasattr(type(data), "toarray") else None
    columns = _columns(data, "x", step := -(-rows // SAMPLE) if how == "sample" and rows else 1)
    if rows is None or columns is None:
        run.note_unseen(what, f"fitscribe takes no columns out of data of type {type_name(data)}")
        return
    labels = _columns(target, "target", step) if target is not None else {}
    for name, column in (labels or {}).items():
        columns[name if name not in columns else f"{name} (target)"] = column
    if labels is None:
        run.note_unseen(f"{what}: its labels", f"they are of type {type_name(target)}")
    keep_columns(run, f"data/{role}", columns, what=what)


def parquet_writer() -> str | None:
    """The library that writes Parquet here; None where there is none."""
    return next((library for library in _WRITERS if find_spec(library) is not None), None)


def keep_columns(run: ArtifactLog, name: str, columns: Mapping[str, Any], *, what: str) -> None:
    """Keep columns of one length as a Parquet file.

    Args:
        run: the run.
        name: of the artifact, without its ending.
        columns: arrays, series or lists by name.
        what: they are, for the note on the run where nothing that can write Parquet is installed.
    """
    writer = parquet_writer()
    if writer is None:
        run.note_unseen(what, "nothing is installed that writes Parquet: pip install pyarrow")
        return
    write = _with_pyarrow if writer == "pyarrow" else _with_polars
    run._keep(f"{name}.parquet", "data", write(columns))


def _with_pyarrow(columns: Mapping[str, Any]) -> Callable[[Path], None]:
    def write(draft: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.table(dict(columns)), draft)

    return write


def _with_polars(columns: Mapping[str, Any]) -> Callable[[Path], None]:
    def write(draft: Path) -> None:
        import polars

        polars.DataFrame({name: _for_polars(column) for name, column in columns.items()}).write_parquet(draft)

    return write


def _for_polars(column: Any) -> Any:
    """What polars takes without pyarrow: of pandas' own types it knows none."""
    if type(column).__module__.partition(".")[0] == "pandas":
        column = frames.column_values(column)
    return column.tolist() if getattr(getattr(column, "dtype", None), "kind", "") == "O" else column


def _columns(data: Any, prefix: str, step: int) -> dict[str, Any] | None:
    """Every n-th row, column by column; None where the columns cannot be taken without effects."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None and isinstance(data, pandas.Series):
        return {str(prefix if data.name is None else data.name): data.iloc[::step]}
    if pandas is not None and isinstance(data, pandas.DataFrame):
        taken = data.iloc[::step]
        index = taken.index
        columns: dict[str, Any] = {}
        if not isinstance(index, (pandas.RangeIndex, pandas.MultiIndex)):
            columns[str(index.name or "index")] = index.to_series()
        return columns | {str(name): taken.iloc[:, place] for place, name in enumerate(taken.columns)}
    if frames.is_frame(data):
        import narwhals

        frame = narwhals.from_native(data, eager_only=True, allow_series=True)
        if isinstance(frame, narwhals.Series):
            frame = (frame if frame.name else frame.alias(prefix)).to_frame()
        taken = frame.gather_every(step)
        return {name: taken.get_column(name).to_native() for name in taken.columns}
    if numpy is not None and isinstance(data, numpy.ndarray) and data.ndim in (1, 2):
        if data.ndim == 1:
            return {prefix: data[::step]}
        return {f"{prefix}{place}": data[::step, place] for place in range(data.shape[1])}
    if type(data) in (list, tuple):
        return _columns_of_list(data[::step], prefix)
    return None


def _columns_of_list(rows: Any, prefix: str) -> dict[str, Any] | None:
    if not rows or type(rows[0]) not in (list, tuple):
        return {prefix: list(rows)}
    if len({len(row) for row in rows}) > 1:
        return None
    return {f"{prefix}{place}": list(column) for place, column in enumerate(zip(*rows, strict=True))}
