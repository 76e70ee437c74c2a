"""NumPy arrays are found again by the memory they lie in: slices, columns, reshaped labels, copies."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from fitscribe import lineage

RANDOM = np.random.default_rng(0)


def table(rows: int = 100, columns: int = 4) -> Any:
    return RANDOM.normal(size=(rows, columns))


def of_known(view: Any) -> lineage.Node:
    node = lineage.node_of(view)
    assert node is not None
    return node


def test_what_nobody_saw_is_unknown() -> None:
    assert lineage.node_of(table()) is None
    assert lineage.relation(table(), table()) == "unknown"


@pytest.mark.parametrize(
    ("take", "by"),
    [
        (lambda X: X[:80], "rows 0:80 of"),
        (lambda X: X[80:], "rows 80:100 of"),
        (lambda X: X[::2], "rows 0:100:2 of"),
        (lambda X: X[::-1], "rows 99::-1 of"),
        (lambda X: X[5], None),
        (lambda X: X[5:6], "rows 5:6 of"),
        (lambda X: X[:, 0], "columns of"),
        (lambda X: X[:, 1:3], "columns of"),
        (lambda X: X[:, ::-1], "columns of"),
        (lambda X: X[10:20, 2], "rows 10:20, columns of"),
        (lambda X: X[10:20][3:5], "rows 13:15 of"),
        (lambda X: X.T, None),
        (lambda X: X[:], "not new"),
        (lambda X: X.view("i8"), None),
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_views(take: Any, by: str | None, order: str) -> None:
    X = np.asarray(table(), order=order)  # type: ignore[call-overload]
    whole = lineage.source(X, "numpy.load")
    node = lineage.node_of(take(X))
    if by is None:
        assert node is None
    elif by == "not new":
        assert node is whole
    else:
        assert node is not None and (node.by, node.of) == (by, (whole,))


def test_the_view_itself_need_not_live_on() -> None:
    X = table()
    first = lineage.seen(X[:80])
    gc.collect()
    assert lineage.node_of(X[:80]) is first and lineage.relation(X[80:], first) == "held out"


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        (slice(0, 80), slice(80, 100), "held out"),
        (slice(0, 80), slice(0, 80), "same"),
        (slice(0, 80), slice(70, 100), "overlaps"),
        (slice(0, 80), slice(None), "overlaps"),
        (slice(None, None, 2), slice(1, None, 2), "held out"),
        (slice(None, None, 2), slice(None, None, 3), "overlaps"),
        (slice(0, 60, 2), slice(61, None, 3), "held out"),
        (slice(1, None, 4), slice(3, None, 6), "overlaps"),
        (slice(1, None, 4), slice(2, None, 6), "held out"),
        (slice(None, None, -2), slice(0, None, 2), "held out"),
        (slice(10, 30), slice(29, 5, -1), "overlaps"),
    ],
)
def test_rows_of_one_array(one: slice, other: slice, relation: str) -> None:
    X = table()
    lineage.seen(X)
    assert lineage.relation(X[one], X[other]) == relation
    assert lineage.relation(X[other], X[one]) == relation
    rows = set(range(100)[one]), set(range(100)[other])
    assert (relation == "held out") == rows[0].isdisjoint(rows[1])


def test_rows_that_are_a_reshaped_array() -> None:
    X = np.arange(200.0).reshape(50, 4)
    lineage.source(X, "made")
    assert lineage.relation(X[:40], X[40:]) == "held out"
    assert of_known(X[40:]).by == "rows 40:50 of"


def test_images() -> None:
    X = RANDOM.normal(size=(20, 8, 8))
    lineage.source(X, "numpy.load")
    assert of_known(X[15:]).by == "rows 15:20 of"
    assert lineage.relation(X[:15, :4], X[15:]) == "held out"


def test_column_of_labels_as_one_dimension() -> None:
    y = RANDOM.integers(0, 2, (50, 1))
    lineage.source(y, "numpy.load")
    flat = of_known(y.reshape(-1))
    assert lineage.relation(flat, y) == "same" and lineage.relation(y.ravel()[:20], y[20:]) == "held out"


def test_labels_of_slices_of_what_was_trained_on() -> None:
    X, y = table(), RANDOM.integers(0, 2, 100)
    data, target = lineage.pair(X[:80], y[:80])
    assert lineage.relation(X[80:], data) == "held out"
    assert np.array_equal(lineage.labels_of(X[80:], like=target), y[80:])
    assert np.array_equal(lineage.labels_of(X[85:90], like=target), y[85:90])
    assert np.array_equal(lineage.labels_of(X[:80], like=target), y[:80])


def test_labels_that_are_a_column_of_the_same_array() -> None:
    table_ = table()
    _, target = lineage.pair(table_[:80, :-1], table_[:80, -1])
    assert np.array_equal(lineage.labels_of(table_[80:, :-1], like=target), table_[80:, -1])


def test_labels_of_other_length_are_not_taken() -> None:
    X, y = table(), RANDOM.integers(0, 2, 90)
    _, target = lineage.pair(X[:80], y[:80])
    found = lineage.look_for_labels(X[80:], target)
    assert found.values is None and found.missing == "which labels belong to its rows was not seen"


def test_labels_are_given_read_only_and_are_not_kept() -> None:
    X, y = table(), RANDOM.integers(0, 2, 100)
    _, target = lineage.pair(X[:80], y[:80])
    labels = lineage.labels_of(X[80:], like=target)
    assert np.shares_memory(labels, y)
    gone = weakref.ref(y)
    del labels, y
    assert gone() is None
    assert lineage.look_for_labels(X[80:], target).values is None


def test_copies_are_known_by_their_values() -> None:
    X = table()
    whole = lineage.source(X, "numpy.load")
    for copy in (X.copy(), np.asfortranarray(X), X.tolist()):
        node = of_known(copy)
        assert (node.by, node.of) == ("copy of", (whole,)) and lineage.relation(copy, X) == "same"
    changed = X.copy()
    changed[50, 1] += 1
    assert lineage.node_of(changed) is None


@pytest.mark.parametrize("values", [[0, 1, 0], [0] * 50, [None] * 50, [1.5] * 50, ["a"] * 50])
def test_few_or_equal_values_prove_nothing(values: list[Any]) -> None:
    y = np.array(values)
    lineage.source(y, "numpy.load")
    assert lineage.node_of(y.copy()) is None


def test_many_labels_alike_are_not_taken_for_copies() -> None:
    y = (np.arange(100_000) % 1000 == 0) * 1
    lineage.source(y, "numpy.load")
    other = y.copy()
    other[::777] = 1
    assert lineage.node_of(other) is None


def test_an_id_that_comes_again_is_another_object() -> None:
    for _ in range(50):
        X = table(5, 2)
        assert lineage.node_of(X) is None
        lineage.source(X, "made")
        del X


def test_changed_in_place() -> None:
    X = table()
    before = lineage.source(X, "numpy.load")
    X *= 2
    after = lineage.derive(X, "StandardScaler.transform", [X])
    assert after.of == (before,) and lineage.node_of(X) is after and lineage.relation(X, before) == "same"
    assert of_known(X[:10]).of == (after,)


def test_what_is_derived_into_a_part_of_larger_memory() -> None:
    X, buffer = table(), np.empty((100, 6))
    lineage.source(X, "numpy.load")
    made = buffer[:, :4]
    derived = lineage.derive(made, "PCA.transform", [X])
    assert lineage.node_of(made) is derived
    assert lineage.relation(made[:50], X[50:]) == "held out"


@pytest.mark.parametrize(
    "odd",
    [
        np.array(3.0),
        np.empty((0, 3)),
        np.empty((5, 0)),
        np.zeros(4, dtype=[("a", "i4"), ("b", "f8")]),
        np.ma.masked_array([1.0, 2.0], [True, False]),
        np.array(["a", "b"]),
        np.array([object(), object()], dtype=object),
    ],
    ids=lambda odd: str(odd.dtype) + str(odd.shape),
)
def test_odd_arrays(odd: Any) -> None:
    node = lineage.seen(odd)
    assert lineage.node_of(odd) is node
    lineage.node_of(odd.copy())
    assert lineage.labels_of(odd) is None


def test_a_mapped_file(tmp_path: Any) -> None:
    np.save(tmp_path / "x.npy", table())
    X = np.load(tmp_path / "x.npy", mmap_mode="r")
    lineage.source(X, "numpy.load", tmp_path / "x.npy")
    assert of_known(X[:50]).by == "rows 0:50 of" and lineage.relation(X[:50], X[50:]) == "held out"
