"""Data frames and their columns: pandas, polars, pyarrow and what else narwhals reads."""

from __future__ import annotations

import sys
from typing import Any

from fitscribe.capture.arrays import is_missing
from fitscribe.capture.fingerprint import CELLS, OBJECT_CELLS, Fingerprint, row_step
from fitscribe.capture.values import type_name

EXACT_CELLS = 1_000_000
# Columns that are looked into one by one: a column costs the same however few its rows are.
COLUMNS = 200
NAMES = 2_000

_LIBRARIES = ("pandas", "polars", "pyarrow", "modin", "cudf")
_KINDS = ("DataFrame", "Series", "Table", "ChunkedArray")


def is_frame(obj: Any) -> bool:
    """Tell whether it is a frame, or one column, of a library the user has imported."""
    for cls in type(obj).__mro__:
        library = cls.__module__.partition(".")[0]
        if library in _LIBRARIES and cls.__name__ in _KINDS:
            return library in sys.modules
    return False


def as_series(obj: Any) -> Any:
    """Return the series of what pandas keeps a column in, an index or an array; else the object itself."""
    pandas = sys.modules.get("pandas")
    if pandas is None or type(obj).__module__.partition(".")[0] != "pandas":
        return obj
    is_column = isinstance(obj, (pandas.Index, pandas.api.extensions.ExtensionArray))
    return pandas.Series(obj, copy=False) if is_column and not isinstance(obj, pandas.MultiIndex) else obj


def describe(obj: Any) -> dict[str, Any] | None:
    """Describe an eager data frame or series; None where narwhals does not know it."""
    if _is_pandas_table(obj):
        return _describe_pandas(obj)
    import narwhals

    frame = narwhals.from_native(obj, eager_only=True, allow_series=True, pass_through=True)
    if frame is obj:
        return None
    if isinstance(frame, narwhals.Series):
        return _describe(obj, frame.to_frame(), [len(frame)], str(frame.name or ""))
    return _describe(obj, frame, list(frame.shape), None)


def _describe(obj: Any, frame: Any, shape: list[int], series: str | None) -> dict[str, Any]:
    rows, names = shape[0], [str(name) for name in frame.columns]
    description: dict[str, Any] = {"container": type_name(obj), "shape": shape}
    columns = _chosen(frame, names)
    types = [_native_type(column) for column in columns]
    if series is None:
        description["columns"] = names[:NAMES]
        description["dtypes"] = types if len(columns) == len(names) else None
    else:
        description["dtype"] = types[0]
        if series:
            description["column"] = series
    description["bytes"] = _size(obj)
    step = row_step(rows, max(1, len(columns)), EXACT_CELLS, EXACT_CELLS)
    counted = [_missing(column.gather_every(step) if step > 1 else column) for column in columns]
    _add_missing(description, names, columns, counted, series)
    if step > 1:
        description["sampled"] = -(-rows // step)
    cells = CELLS if all(column.dtype.is_numeric() for column in columns) else OBJECT_CELLS
    step = row_step(rows, max(1, len(columns)), cells)
    fingerprint = Fingerprint("frame", [rows, len(names)])
    fingerprint.note(*names)
    for column, kind in zip(columns, types, strict=True):
        fingerprint.note(kind)
        fingerprint.array(_array(column.gather_every(step) if step > 1 else column))
    description["fingerprint"] = fingerprint.digest()
    description["fingerprint_rows"] = -(-rows // step)
    return {name: value for name, value in description.items() if value is not None}


def _chosen(frame: Any, names: list[str]) -> list[Any]:
    step = -(-len(names) // COLUMNS) if names else 1
    return [frame.get_column(name) for name in frame.columns[::step]]


def _add_missing(
    description: dict[str, Any], names: list[str], columns: list[Any], counted: list[int], series: str | None
) -> None:
    description["missing"] = sum(counted)
    if series is None and any(counted):
        description["missing_by_column"] = {
            str(column.name): count for column, count in zip(columns, counted, strict=True) if count
        }
    if len(columns) < len(names):
        description["sampled_columns"] = len(columns)


def _native_type(column: Any) -> str:
    native = column.to_native()
    return str(getattr(native, "dtype", None) or getattr(native, "type", column.dtype))


def _size(obj: Any) -> int | None:
    if hasattr(obj, "estimated_size"):
        return int(obj.estimated_size())
    size = getattr(obj, "nbytes", None)
    return size if isinstance(size, int) else None


def _missing(column: Any) -> int:
    missing = int(column.null_count())
    if column.dtype.is_float() and len(column) > missing:
        # In polars and pyarrow a NaN is a value; to a model it is a hole.
        missing += int(column.drop_nulls().is_nan().sum())
    return missing


def _array(column: Any) -> Any:
    numpy = sys.modules["numpy"]
    array = column.to_numpy()
    return array if isinstance(array, numpy.ndarray) else numpy.asarray(array, dtype=object)


def _is_pandas_table(obj: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(obj, (pandas.DataFrame, pandas.Series))


def _describe_pandas(obj: Any) -> dict[str, Any]:
    """Describe a pandas frame or series.

    The commonest frame by far, and narwhals asks of every column what pandas answers at once.
    """
    pandas, numpy = sys.modules["pandas"], sys.modules["numpy"]
    description: dict[str, Any] = {"container": type_name(obj), "shape": list(obj.shape)}
    if isinstance(obj, pandas.Series):
        rows, names, types = len(obj), [str(obj.name)], [str(obj.dtype)]
        description["dtype"] = types[0]
        if obj.name is not None:
            description["column"] = str(obj.name)
        description["bytes"] = int(obj.nbytes)
    else:
        rows, names = len(obj), [str(name) for name in obj.columns]
        dtypes = obj.dtypes.tolist()
        types = [str(dtype) for dtype in dtypes]
        description["columns"] = names[:NAMES]
        description["dtypes"] = types[:NAMES]
        if all(isinstance(dtype, numpy.dtype) for dtype in dtypes):
            description["bytes"] = rows * sum(dtype.itemsize for dtype in dtypes)
        else:  # of categories and the like only the columns tell
            description["bytes"] = int(obj.memory_usage(index=False).sum())
    step = row_step(rows, len(names), EXACT_CELLS, EXACT_CELLS)
    table = obj.iloc[::step] if step > 1 else obj
    if step > 1:
        description["sampled"] = len(table)
    homogeneous = (
        len(set(types)) == 1 and isinstance(dtype := _dtype(obj), numpy.dtype) and dtype.kind in "biuf"
    )
    if homogeneous:
        # One block: a look at the array behind it, which is no copy.
        by_column = (
            numpy.isnan(table.to_numpy()).sum(axis=0) if dtype.kind == "f" else numpy.zeros(len(names))
        )
    elif obj.ndim == 2 and any(each.startswith("Sparse") for each in types):
        # Put together they would have one fill value, of which pandas warns where they have several.
        by_column = [table.iloc[:, index].isna().sum() for index in range(len(names))]
    else:
        by_column = table.isna().to_numpy().sum(axis=0)
    counts = [int(count) for count in numpy.ravel(by_column)]
    description["missing"] = sum(counts)
    if obj.ndim == 2 and any(counts):
        description["missing_by_column"] = {
            name: count for name, count in zip(names[:NAMES], counts, strict=False) if count
        }
    fingerprint = Fingerprint("frame", [rows, len(names)])
    fingerprint.note(*names)
    fingerprint.note(*types)
    step = row_step(rows, len(names), CELLS if homogeneous else OBJECT_CELLS)
    table = obj.iloc[::step]
    if homogeneous or obj.ndim == 1:
        fingerprint.array(table.to_numpy() if homogeneous else column_values(table))
    else:
        columns = range(0, len(names), -(-len(names) // COLUMNS) or 1)
        for index in columns:
            fingerprint.array(column_values(table.iloc[:, index]))
    description["fingerprint"] = fingerprint.digest()
    description["fingerprint_rows"] = len(table)
    return description


def _dtype(obj: Any) -> Any:
    return obj.dtype if obj.ndim == 1 else obj.dtypes.iloc[0]


def column_values(series: Any) -> Any:
    """Return a column as an array; the many spellings of "missing" as one."""
    numpy = sys.modules["numpy"]
    array = series.to_numpy()
    if array.dtype.kind == "O":
        items = [None if is_missing(item) else item for item in array.tolist()]
        array = numpy.empty(len(items), dtype=object)
        array[:] = items
    return array
