"""Fingerprints are equal for equal data, in every process and layout, and differ where small data differs."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from fitscribe.capture import describe_data

VALUES = np.arange(24, dtype=float).reshape(6, 4)


def fingerprint(data: Any) -> str:
    found: str = describe_data(data)["fingerprint"]
    return found


@pytest.mark.parametrize(
    "other",
    [
        np.asfortranarray(VALUES),
        np.repeat(VALUES, 2, axis=0)[::2],
        VALUES.astype(">f8"),
        np.flipud(np.flipud(VALUES)),
        VALUES.T.copy().T,
        VALUES.copy(),
    ],
    ids=["fortran", "strided", "big endian", "twice flipped", "transposed", "copy"],
)
def test_the_layout_does_not_matter(other: np.ndarray[Any, Any]) -> None:
    assert fingerprint(other) == fingerprint(VALUES)


def test_the_kinds_of_zero_and_nan_do_not_matter() -> None:
    odd_nan = np.array([0x7FF8000000000001], dtype="u8").view("f8")[0]
    assert fingerprint(np.array([0.0, np.nan])) == fingerprint(np.array([-0.0, odd_nan]))


@pytest.mark.parametrize(
    "make",
    [
        lambda cells: np.array(cells),
        lambda cells: np.array(cells, dtype=object),
        lambda cells: list(cells),
        lambda cells: [list(cells)],
        lambda cells: pd.DataFrame({"a": cells, "b": "text"}),
        lambda cells: pd.DataFrame({"a": cells}),
        lambda cells: pd.Series(cells, dtype="Int64"),
        lambda cells: pl.DataFrame({"a": cells}),
        lambda cells: sp.csr_array(np.array([cells])),
        lambda cells: sp.csc_array(np.array([cells])),
        lambda cells: sp.coo_array(np.array([cells])),
        lambda cells: np.ma.MaskedArray(cells),
    ],
)
@pytest.mark.parametrize("where", [0, 7, 19])
def test_one_changed_cell_of_small_data_changes_it(make: Any, where: int) -> None:
    cells = list(range(1, 21))
    before = fingerprint(make(cells))
    assert fingerprint(make(list(cells))) == before
    cells[where] = 99
    assert fingerprint(make(cells)) != before


def test_types_shapes_and_names_count() -> None:
    found = [
        fingerprint(np.zeros((2, 3))),
        fingerprint(np.zeros((3, 2))),
        fingerprint(np.zeros(6)),
        fingerprint(np.zeros(6, "f4")),
        fingerprint(np.zeros(6, int)),
        fingerprint([0, 0, 0, 0, 0, 0]),
        fingerprint(["0"] * 6),
        fingerprint(pd.DataFrame({"a": [0.0], "b": [0.0]})),
        fingerprint(pd.DataFrame({"b": [0.0], "a": [0.0]})),
    ]
    assert len(set(found)) == len(found)


def test_texts_do_not_run_into_each_other() -> None:
    assert fingerprint(["ab", "c"]) != fingerprint(["a", "bc"])
    assert fingerprint([["ab"], ["c"]]) != fingerprint([["a"], ["bc"]])


def test_sparse_formats_with_unsorted_and_double_entries() -> None:
    tidy = sp.csr_matrix(np.array([[0, 1.0, 2.0], [3.0, 0, 0]]))
    messy = sp.csr_matrix(
        (np.array([2.0, 0.5, 0.5, 3.0, 0.0]), np.array([2, 1, 1, 0, 2]), np.array([0, 3, 5]))
    )
    assert fingerprint(messy) == fingerprint(tidy)


def test_missing_values_of_pandas_are_one() -> None:
    columns = [pd.Series(["a", missing], dtype=object) for missing in (None, float("nan"), pd.NA)]
    assert len({fingerprint(column) for column in columns}) == 1


SCRIPT = """
import numpy as np, pandas as pd
from fitscribe.capture import describe_data
frame = pd.DataFrame({"a": [1.0, None], "b": ["x", "y"], "c": pd.Categorical(["u", "v"])})
objects = np.array(["a", {1: 2}], dtype=object)
for data in (np.arange(6.0).reshape(2, 3), ["a", {"set"}, object(), (1, 2), 10**5000], frame, objects):
    print(describe_data(data)["fingerprint"])
"""


def test_processes_with_other_hash_seeds_agree() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }
    assert len(outputs) == 1 and outputs.pop().count("\n") == 4


def test_large_data_is_told_apart_by_evenly_spaced_rows() -> None:
    large = np.zeros((100_000, 20))
    before = describe_data(large)
    assert before["fingerprint_rows"] <= 1000
    large[0, 0] = 1
    assert fingerprint(large) != before["fingerprint"]


@settings(max_examples=50)
@given(
    st.lists(
        st.one_of(st.integers(), st.floats(), st.text(), st.none(), st.booleans()), min_size=1, max_size=20
    )
)
def test_any_list_has_one(items: list[Any]) -> None:
    assert fingerprint(items) == fingerprint(list(items))
