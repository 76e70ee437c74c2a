from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from fitscribe.capture import describe_data, describe_target, signature


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([0, 1, 1], {"0": 1, "1": 2}),
        (["b", "a", "b"], {"a": 1, "b": 2}),
        ([True, False, True], {"False": 1, "True": 2}),
        (np.array([2, 10, 10]), {"2": 1, "10": 2}),
        (np.array([0.0, 1.0, np.nan]), {"0.0": 1, "1.0": 1}),
        (np.array([[1], [2]]), {"1": 1, "2": 1}),
        (np.array(["x", None, "x"], dtype=object), {"x": 2}),
        (np.array(["x", "y"]), {"x": 1, "y": 1}),
        (np.array([True, True]), {"True": 2}),
        (pd.Series(["b", None, "a"]), {"a": 1, "b": 1}),
        (pd.Series([1, None], dtype="Int64"), {"1": 1}),
        (pd.DataFrame({"y": [1, 1]}), {"1": 2}),
        (pd.Series(pd.Categorical(["u", "v", "u"])), {"u": 2, "v": 1}),
        (pl.Series([1, 2, 2]), {"1": 1, "2": 2}),
        (np.ma.MaskedArray([1, 2, 2], mask=[0, 0, 1]), {"1": 1, "2": 1}),
    ],
)
def test_classes_and_their_balance(y: Any, classes: dict[str, int]) -> None:
    found = describe_target(y)
    assert found["classes"] == classes
    assert list(found["classes"]) == list(classes)
    assert found["fingerprint"] == describe_data(y)["fingerprint"]


@pytest.mark.parametrize(
    "y", [[0.5, 1.5], np.array([0.5, 1.5]), pd.Series([0.5, 1.5]), pl.Series([0.5, 1.5])]
)
def test_quantities_and_their_range(y: Any) -> None:
    found = describe_target(y)
    assert (found["min"], found["max"], found["mean"]) == (0.5, 1.5, 1.0)
    assert "classes" not in found


def test_many_values_are_a_quantity_or_counted() -> None:
    assert describe_target(np.arange(1000))["max"] == 999
    assert describe_target([f"id{n}" for n in range(1000)])["distinct"] == 1000
    assert describe_target(np.array([1.0, np.inf, 0.5]))["max"] == 1.0


@pytest.mark.parametrize(
    "y",
    [
        [],
        None,
        np.array(3),
        np.zeros((3, 2)),
        [[1, 2], [3]],
        sp.csr_matrix((3, 2)),
        np.array([{}, []], dtype=object),
        [object()],
        np.array([np.nan, np.nan]),
        [None, None],
        iter([1]),
    ],
)
def test_other_targets_are_described_as_data(y: Any) -> None:
    found = describe_target(y)
    assert found["container"] and not found.get("classes")


def test_a_large_target_is_looked_at_in_part() -> None:
    y = np.lib.stride_tricks.as_strided(np.ones(1, int), shape=(10**10,), strides=(0,))
    found = describe_target(y)
    assert set(found["classes"]) == {"1"} and found["sampled"] == found["classes"]["1"] <= 10**6


def test_signature_of_frames() -> None:
    frame = pd.DataFrame({"age": [1, 2], "city": ["a", None]})
    found = signature(frame, pd.Series([0, 1], name="bought"))
    assert found["inputs"][0] == {"name": "age", "type": "int64"}
    assert found["inputs"][1]["name"] == "city" and found["inputs"][1]["missing"] is True
    assert found["outputs"] == [{"name": "bought", "type": "int64"}]
    assert signature(pl.DataFrame({"x": [1.0]}))["inputs"] == [{"name": "x", "type": "Float64"}]


def test_signature_of_arrays_lists_and_sparse_data() -> None:
    found = signature(np.array([[1.0, np.nan]]), np.array([1]))
    assert found["inputs"] == {"shape": [None, 2], "type": "float64", "missing": True}
    assert found["outputs"] == {"shape": [None], "type": "int64"}
    assert signature(["some", "text"]) == {"inputs": {"shape": [None], "type": "str"}}
    assert signature(sp.csr_array((3, 4)))["inputs"] == {
        "shape": [None, 4],
        "type": "float64",
        "sparse": True,
    }
    assert signature(object())["inputs"] == {"shape": [], "type": "object"}


def test_signature_of_a_table_too_wide_to_list() -> None:
    found = signature(pd.DataFrame(np.zeros((2, 3000))))
    assert found["inputs"] == {"shape": [None, 3000], "type": "float64"}


def test_signature_from_descriptions_is_the_same() -> None:
    frame, target = pd.DataFrame({"a": [1.0, None]}), np.array([0, 1])
    assert signature(describe_data(frame), describe_target(target)) == signature(frame, target)
