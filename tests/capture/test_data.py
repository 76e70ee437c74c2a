"""What is said of data in every container, without changing, copying, densifying or draining it."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from fitscribe.capture import describe_data, describe_target


def test_arrays() -> None:
    found = describe_data(np.array([[1.0, np.nan], [3.0, 4.0]]), name="X")
    assert found["container"] == "numpy.ndarray"
    assert (found["shape"], found["dtype"], found["missing"], found["bytes"]) == ([2, 2], "float64", 1, 32)
    assert (found["name"], found["fingerprint_rows"]) == ("X", 2)
    assert "sampled" not in found


@pytest.mark.parametrize(
    ("array", "dtype", "missing"),
    [
        (np.array(3.5), "float64", 0),
        (np.array(["2020-01-01", "NaT"], dtype="M8[D]"), "datetime64[D]", 1),
        (np.array([1 + 2j, complex(np.nan, 0)]), "complex128", 1),
        (np.array(["a", None, float("nan"), pd.NA, pd.NaT], dtype=object), "object", 4),
        (np.array(["a", "bc"]), "<U2", 0),
        (np.array([True, False]), "bool", 0),
        (np.empty((0, 3)), "float64", 0),
        (np.array([1, 2], dtype=">i4"), ">i4", 0),
        (np.array([1.0, np.nan], dtype=np.longdouble), str(np.dtype(np.longdouble)), 1),
        (np.array([b"ab", b"c"], dtype="V2"), "|V2", 0),
    ],
)
def test_arrays_of_every_kind(array: np.ndarray[Any, Any], dtype: str, missing: int) -> None:
    found = describe_data(array)
    assert (found["dtype"], found["missing"], found["shape"]) == (dtype, missing, list(array.shape))
    assert len(found["fingerprint"]) == 32


def test_structured_and_masked_arrays() -> None:
    structured = np.array([(1, np.nan), (2, 0.5)], dtype=[("id", "i4"), ("x", "f8")])
    found = describe_data(structured)
    assert (found["dtype"], found["columns"], found["dtypes"]) == (
        "structured",
        ["id", "x"],
        ["int32", "float64"],
    )
    assert found["missing"] == 1
    masked = np.ma.MaskedArray([1.0, 2.0, 3.0], mask=[0, 1, 0])
    assert describe_data(masked)["missing"] == 1
    assert (
        describe_data(masked)["container"] == "numpy.ma.MaskedArray"
        or "ma" in describe_data(masked)["container"]
    )
    bare = np.ma.MaskedArray([1.0, 2.0, 3.0])
    assert describe_data(masked)["fingerprint"] != describe_data(bare)["fingerprint"]


def test_memory_mapped_arrays(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "x.bin", dtype="f4", mode="w+", shape=(1000, 10))
    mapped[:] = 1.5
    found = describe_data(mapped)
    assert found["container"] == "numpy.memmap" and found["shape"] == [1000, 10]
    assert found["fingerprint"] == describe_data(np.full((1000, 10), 1.5, "f4"))["fingerprint"]


def test_pandas_frames() -> None:
    frame = pd.DataFrame(
        {
            "x": [1.0, None, 3.0],
            "n": pd.array([1, None, 3], dtype="Int64"),
            "c": pd.Categorical(["a", None, "b"]),
            "t": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
            "s": ["u", "v", None],
        }
    )
    found = describe_data(frame)
    assert found["shape"] == [3, 5] and found["columns"] == ["x", "n", "c", "t", "s"]
    assert found["dtypes"][:3] == ["float64", "Int64", "category"]
    assert found["missing"] == 5
    assert found["missing_by_column"] == dict.fromkeys("xncts", 1)


def test_pandas_frames_of_odd_shapes() -> None:
    double = pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    assert describe_data(double)["columns"] == ["a", "a"]
    levels = pd.DataFrame([[1, "x"]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]))
    assert describe_data(levels)["columns"] == ["('a', 'b')", "('a', 'c')"]
    assert describe_data(pd.DataFrame())["shape"] == [0, 0]
    assert describe_data(pd.DataFrame({"a": []}))["shape"] == [0, 1]
    wide = describe_data(pd.DataFrame(np.zeros((2, 5000))))
    assert wide["shape"] == [2, 5000] and len(wide["columns"]) == 2000
    indexed = pd.DataFrame({"a": [1, 2]}, index=["p", "q"])
    assert describe_data(indexed)["fingerprint"] == describe_data(pd.DataFrame({"a": [1, 2]}))["fingerprint"]


def test_series() -> None:
    found = describe_data(pd.Series([1, 2, 3], name="y"))
    assert (found["shape"], found["dtype"], found["column"]) == ([3], "int64", "y")
    found = describe_data(pl.Series("y", [1.0, None, float("nan")]))
    assert (found["shape"], found["dtype"], found["column"], found["missing"]) == ([3], "Float64", "y", 2)


def test_polars_frames() -> None:
    frame = pl.DataFrame(
        {
            "x": [1.0, float("nan"), None],
            "s": ["a", None, "c"],
            "d": [datetime.date(2020, 1, 1)] * 3,
            "l": [[1], [2], []],
        }
    )
    found = describe_data(frame)
    assert found["shape"] == [3, 4] and found["columns"] == ["x", "s", "d", "l"]
    assert found["dtypes"][:3] == ["Float64", "String", "Date"]
    assert found["missing_by_column"] == {"x": 2, "s": 1}
    assert describe_data(frame)["fingerprint"] == describe_data(frame.clone())["fingerprint"]
    lazy = describe_data(frame.lazy())
    assert "fingerprint" not in lazy and lazy["not_read"]


def test_pyarrow_tables() -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"x": [1.0, None], "s": ["a", "b"]})
    found = describe_data(table)
    assert found["shape"] == [2, 2] and found["columns"] == ["x", "s"] and found["missing"] == 1
    assert describe_data(pa.chunked_array([[1, 2], [3]]))["shape"] == [3]


@pytest.mark.parametrize(
    "make", [sp.csr_matrix, sp.csr_array, sp.csc_matrix, sp.coo_array, sp.lil_matrix, sp.dok_matrix]
)
def test_sparse(make: Callable[[Any], Any]) -> None:
    found = describe_data(make(np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0]])))
    assert found["shape"] == [2, 3] and found["nonzero"] == 2
    assert found["density"] == pytest.approx(1 / 3)
    assert found["fingerprint"]


def test_huge_sparse_data_is_never_made_dense() -> None:
    rows, columns = 10**7, 10**6
    where = np.arange(1000)
    matrix = sp.csr_array((np.ones(1000), (where, where)), shape=(rows, columns))
    for name in ("toarray", "todense", "__array__"):
        assert not hasattr(sp.csr_array, name) or setattr_fails(matrix, name)
    found = describe_data(matrix)
    assert found["shape"] == [rows, columns] and found["nonzero"] == 1000


def setattr_fails(matrix: Any, name: str) -> bool:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError(f"{name} was called")

    setattr(matrix, name, refuse)
    return True


def test_sparse_data_is_left_as_it_is() -> None:
    matrix = sp.csr_matrix((np.ones(3), np.array([2, 0, 1]), np.array([0, 2, 3])), shape=(2, 3))
    before = (matrix.indices.tobytes(), dict(vars(matrix)).keys())
    describe_data(matrix)
    assert (matrix.indices.tobytes(), vars(matrix).keys()) == before


def test_lists() -> None:
    assert describe_data([[1, 2], [3, 4]])["shape"] == [2, 2]
    assert describe_data([[1, 2], [3]])["shape"] == [2, None]
    assert describe_data([])["shape"] == [0]
    texts = describe_data(["ab", "cdef", None])
    assert texts["shape"] == [3] and texts["missing"] == 1
    assert describe_data(["ab", "cdef"])["characters"] == {"mean": 3.0, "max": 4}
    assert describe_data([1, 2.5, "x"])["dtype"] == "float | int | str"
    assert describe_data([np.array([1, 2]), np.array([3, 4])])["shape"] == [2, 2]
    nested: list[Any] = [1]
    for _ in range(5000):
        nested = [nested]
    assert describe_data(nested)["shape"] == [1, 1]
    circle: list[Any] = []
    circle.append(circle)
    assert describe_data(circle)["shape"] == [1, 1]


def test_generators_are_never_iterated() -> None:
    def rows() -> Iterator[int]:
        raise AssertionError("iterated")
        yield 1

    generator = rows()
    assert describe_data(generator)["not_read"]
    assert describe_data(map(int, generator))["not_read"]


class Hostile:
    """Raises whatever is asked of it."""

    def refuse(self, *_: object, **__: object) -> Any:
        raise RuntimeError("do not touch")

    __repr__ = __str__ = __len__ = __array__ = __eq__ = __iter__ = __bool__ = __float__ = __int__ = refuse
    __getitem__ = refuse

    def __hash__(self) -> int:
        raise RuntimeError("do not touch")

    @property
    def shape(self) -> Any:
        raise RuntimeError("do not touch")

    @property
    def __class__(self) -> Any:
        raise RuntimeError("do not touch")


@pytest.mark.parametrize("wrap", [lambda o: o, lambda o: [o, o], lambda o: [[o], [o]], lambda o: (o,)])
def test_hostile_objects_are_named_and_left_alone(wrap: Callable[[Any], Any]) -> None:
    assert describe_data(wrap(Hostile()))["container"]


def test_hostile_objects_in_arrays_and_frames() -> None:
    array = np.empty(2, dtype=object)
    array[0], array[1] = Hostile(), 1
    assert describe_data(array)["shape"] == [2]


def test_none_and_scalars() -> None:
    assert describe_data(None) == {"container": "NoneType"}
    assert describe_data(3)["not_read"]
    assert describe_data("a text")["not_read"]
    assert describe_data({"a": 1})["not_read"]


def test_nothing_is_imported_for_it() -> None:
    import subprocess

    code = (
        "import sys\n"
        "from fitscribe.capture import describe_data, describe_target, signature\n"
        "describe_data([[1, 2]]); describe_target([0, 1]); signature([[1]], [0]); describe_data(object())\n"
        "print(sorted({'numpy', 'pandas', 'polars', 'scipy', 'torch', 'narwhals'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_work_on_large_data_is_bounded() -> None:
    """What is looked at is decided by slicing; the slices say how much that is."""
    from fitscribe.capture import arrays, fingerprint

    large = np.lib.stride_tricks.as_strided(np.zeros(1), shape=(10**7, 10), strides=(0, 0))
    exact, _ = fingerprint.bounded(large, arrays.EXACT_CELLS, arrays.EXACT_CELLS)
    hashed, rows = fingerprint.bounded(large)
    assert exact.size <= arrays.EXACT_CELLS and np.shares_memory(exact, large)
    assert hashed.size <= fingerprint.CELLS and rows <= fingerprint.ROWS
    found = describe_data(large)
    assert found["shape"] == [10**7, 10] and found["sampled"] <= arrays.EXACT_CELLS // 10
    # 10^13 cells: only possible without touching all of them.
    endless = np.lib.stride_tricks.as_strided(np.zeros(1), shape=(10**7, 10**3, 10**3), strides=(0, 0, 0))
    assert describe_data(endless)["shape"] == [10**7, 10**3, 10**3]
    wide = np.lib.stride_tricks.as_strided(np.zeros(1), shape=(2, 10**9), strides=(0, 0))
    assert describe_data(wide)["fingerprint_rows"] == 1


def test_sparse_columns_with_several_fill_values_cause_no_warning() -> None:
    frame = pd.DataFrame(
        {
            "whole": pd.arrays.SparseArray([0, 1, 2] * 10),
            "missing": pd.arrays.SparseArray([np.nan, 1.0, 2.0] * 10),
        }
    )
    described = describe_data(frame)  # a warning is an error here
    assert described["missing"] == 10 and described["missing_by_column"] == {"missing": 10}


def test_what_a_frame_takes() -> None:
    numbers = {"height": np.arange(1000.0), "age": np.arange(1000, dtype="int8")}
    assert describe_data(pd.DataFrame(numbers))["bytes"] == 9000
    sex = pd.Categorical(["f", "m"] * 500)
    assert 10_000 <= describe_data(pd.DataFrame({**numbers, "sex": sex}))["bytes"] < 11_000


def test_pandas_is_named_as_scripts_name_it() -> None:
    frame = pd.DataFrame({"height": [1.0, 2.0]})
    assert describe_data(frame)["container"] == "pandas.DataFrame"
    assert describe_data(frame["height"])["container"] == "pandas.Series"


@pytest.mark.parametrize(
    "labels",
    [
        pd.Categorical(["no", "yes", "yes", "yes"]),
        pd.Index(["no", "yes", "yes", "yes"]),
        pd.array(["no", "yes", "yes", "yes"], dtype="string"),
    ],
    ids=lambda labels: type(labels).__name__,
)
def test_what_pandas_keeps_a_column_in(labels: Any) -> None:
    found = describe_target(labels)
    assert found["classes"] == {"no": 1, "yes": 3} and found["shape"] == [4] and found["missing"] == 0
    assert found["container"].endswith(type(labels).__name__)
    numbers = describe_target(pd.array([1, 2, None, 2], dtype="Int64"))
    assert numbers["missing"] == 1 and sum(numbers["classes"].values()) == 3


def test_an_index_of_several_levels_is_named_only() -> None:
    assert "not_read" in describe_data(pd.MultiIndex.from_tuples([(1, 2), (3, 4)]))
