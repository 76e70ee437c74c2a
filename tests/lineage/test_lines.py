"""Splits, transformations, pairs and records: what follows from what was noted."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from fitscribe import lineage
from fitscribe.lineage.known import MOST
from fitscribe.lineage.nodes import DEPTH
from fitscribe.lineage.registry import registry

RANDOM = np.random.default_rng(0)


def halves(X: Any, y: Any, **facts: Any) -> tuple[Any, Any, Any, Any]:
    """A split into the even rows and the odd ones, as copies."""
    parts = [(each[::2].copy(), each[1::2].copy()) for each in (X, y)]
    lineage.split("train_test_split", [X, y], parts, **facts)
    return (*parts[0], *parts[1])


@pytest.fixture
def data() -> tuple[Any, Any]:
    return RANDOM.normal(size=(100, 3)), RANDOM.integers(0, 2, 100)


def test_a_split(data: Any) -> None:
    X_train, X_test, y_train, y_test = halves(*data, test_size=0.5, random_state=3)
    _, target = lineage.pair(X_train, y_train)
    assert lineage.relation(X_test, X_train) == "held out"
    assert lineage.relation(y_test, X_test) == "same" and lineage.relation(y_test, X_train) == "held out"
    assert lineage.relation(data[0], X_train) == "overlaps"
    assert lineage.labels_of(X_test, like=target) is y_test
    assert lineage.labels_of(X_test, like=y_train) is y_test
    assert lineage.labels_of(X_test) is y_test
    assert np.array_equal(lineage.labels_of(X_test[:10], like=target), y_test[:10])
    node = lineage.node_of(X_test)
    assert node is not None and node.by == "train_test_split (test)"
    assert node.facts == {"test_size": 0.5, "random_state": 3}


def test_transformations_keep_rows_and_labels(data: Any) -> None:
    X_train, X_test, y_train, y_test = halves(*data)
    _, target = lineage.pair(X_train, y_train)
    scaled = X_test * 2
    lineage.derive(scaled, "StandardScaler.transform", [X_test])
    assert lineage.labels_of(scaled, like=target) is y_test
    assert lineage.relation(scaled, X_train) == "held out"


def test_labels_that_were_encoded_on_both_sides(data: Any) -> None:
    X_train, X_test, y_train, y_test = halves(*data)
    encoded, encoded_test = y_train + 1, y_test + 1
    lineage.derive(encoded, "LabelEncoder.fit_transform", [y_train])
    lineage.derive(encoded_test, "LabelEncoder.transform", [y_test])
    _, target = lineage.pair(X_train, encoded)
    assert lineage.labels_of(X_test, like=target) is encoded_test


def test_nested_splits(data: Any) -> None:
    X_rest, X_test, y_rest, y_test = halves(*data)
    X_train, X_valid, y_train, y_valid = halves(X_rest, y_rest)
    _, target = lineage.pair(X_train, y_train)
    assert lineage.labels_of(X_test, like=target) is y_test
    assert lineage.labels_of(X_valid, like=target) is y_valid
    for held_out in (X_test, X_valid):
        assert lineage.relation(held_out, X_train) == "held out"
    assert lineage.relation(X_rest, X_train) == "overlaps"


def test_two_splits_of_the_same_data(data: Any) -> None:
    X, y = data
    first, _, y_first, _ = halves(X, y)
    _, second, _, y_second = halves(X, y, random_state=1)
    _, target = lineage.pair(first, y_first)
    assert lineage.relation(second, first) == "unknown"
    assert lineage.labels_of(second, like=target) is y_second


def test_folds_whose_rows_are_taken_later(data: Any) -> None:
    X, y = data
    lineage.pair(X, y)
    splits = [lineage.split("KFold.split", [X], [(None, None)], fold=fold) for fold in range(2)]
    train, test = X[:50].copy(), X[50:].copy()
    labels, held_out = y[:50].copy(), y[50:].copy()
    lineage.part(splits[0], "train", train, X)
    lineage.part(splits[0], "test", test, X)
    lineage.part(splits[0], "test", held_out, y)
    _, target = lineage.pair(train, labels)
    assert lineage.relation(test, train) == "held out"
    other = lineage.part(splits[1], "test", X[25:75].copy(), X)
    assert lineage.relation(other, train) == "unknown"
    assert other.facts == {"fold": 1} and target.rows.known is splits[0].train


def test_labels_that_are_gone(data: Any) -> None:
    X_train, X_test, y_train, y_test = halves(*data)
    _, target = lineage.pair(X_train, y_train)
    del y_test
    found = lineage.look_for_labels(X_test, target)
    assert found.values is None and "no longer there" in found.missing
    assert lineage.look_for_labels(X_test * 2).missing == "where this data comes from was not seen"
    assert lineage.look_for_labels(data[0] * 2, target).values is None


def test_labels_that_were_not_split_with_the_data(data: Any) -> None:
    X, y = data
    X_train, X_test = X[::2].copy(), X[1::2].copy()
    lineage.split("train_test_split", [X], [(X_train, X_test)])
    _, target = lineage.pair(X_train, y[::2].copy())
    assert lineage.look_for_labels(X_test, target) == (None, "which labels belong to its rows was not seen")


@pytest.mark.parametrize("shift", [1, 10, 300])
def test_labels_of_other_rows_than_the_data(shift: int) -> None:
    values = np.random.default_rng(0).normal(size=(1000, 2))
    X, y = values[:-shift], values[shift:, 0]
    data, labels = lineage.pair(X[:200], y[:200])
    found = lineage.look_for_labels(X[200:300], labels, data)
    assert found == (None, "data and labels were of different rows")
    assert lineage.look_for_labels(X[200:300]).values is None
    lineage.pair(X[200:300], y[200:300])
    assert lineage.look_for_labels(X[200:300]).values is None


def test_two_labels_of_other_rows_that_were_split_with_the_data() -> None:
    values = np.random.default_rng(0).normal(size=(1000, 2))
    wholes = values[:-2], values[1:-1, 0], values[2:, 0]
    sides = [(whole[:600].copy(), whole[600:].copy()) for whole in wholes]
    lineage.split("train_test_split", wholes, sides)
    (train, test), one, other = sides
    for of_train, of_test in (one, other):
        data, labels = lineage.pair(train, of_train)
        assert lineage.look_for_labels(test, labels, data).values is of_test


def test_lists_are_known_by_their_values() -> None:
    X, y = [[float(i), i * i / 7] for i in range(20)], list("abcd") * 5
    X_train, X_test = X[::2], X[1::2]
    lineage.split("train_test_split", [X, y], [(X_train, X_test), (y[::2], y[1::2])])
    assert lineage.relation(X_test, X_train) == "held out"
    assert lineage.relation([row[:] for row in X_test], X_train) == "held out"
    assert lineage.labels_of(X_test, like=y[::2]) is None  # a list has no weak reference


def test_sparse_matrices_are_known_by_identity(data: Any) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    X = sparse.csr_matrix(data[0])
    X_train, X_test, y_train, y_test = halves(X, data[1])
    assert lineage.relation(X_test, X_train) == "held out"
    assert lineage.labels_of(X_test, like=y_train) is y_test


def test_resampling_gives_rows_of_its_own(data: Any) -> None:
    X, y = data
    lineage.pair(X, y)
    more = np.concatenate([X, X[:10]])
    node = lineage.derive(more, "SMOTE.fit_resample", [X, y])
    assert lineage.relation(more, X) == "unknown" and len(node.of) == 2


class Anything:
    @property
    def shape(self) -> Any:
        raise RuntimeError("mine")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("mine")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("odd", [None, 3, "text", {}, set(), Anything(), iter([1]), [Anything()], [[], [1]]])
def test_odd_objects(odd: Any) -> None:
    lineage.node_of(odd)
    lineage.seen(odd)
    lineage.pair(odd, odd)
    lineage.derive(odd, "f", [odd])
    assert lineage.describe({"train": lineage.seen(odd)})["nodes"]


def test_nothing_is_kept_alive(data: Any) -> None:
    X, y = data[0].copy(), data[1].copy()
    X_train, X_test, y_train, y_test = halves(X, y)
    scaled = X_test * 2
    lineage.derive(scaled, "f", [X_test])
    nodes = lineage.pair(X_train, y_train)
    references = [weakref.ref(each) for each in (X, y, X_train, X_test, y_train, y_test, scaled)]
    lineage.look_for_labels(X_test, nodes[1])
    # No collection is needed: no cycle leads to the data, and no reference has a callback.
    assert [weakref.getweakrefs(reference())[0].__callback__ for reference in references] == [None] * 7
    del X, y, X_train, X_test, y_train, y_test, scaled
    assert [reference() for reference in references] == [None] * 7


def test_the_registry_is_bounded() -> None:
    for _ in range(3 * MOST):
        X = np.zeros((2, 2))
        lineage.derive(X, "f", [X])
    assert len(registry.known.nodes()) < MOST
    kept = [np.zeros((2, 2)) for _ in range(3 * MOST)]
    for X in kept:
        lineage.source(X, "made")
    assert len(registry.known.memories) <= 3 * MOST
    for _ in range(3 * MOST):
        lineage.source(np.zeros((2, 2)), "made")
    assert len(registry.known.memories) <= 2 * MOST


def test_a_line_without_end_is_told_from_its_beginning() -> None:
    X = RANDOM.normal(size=(20, 3))
    first = lineage.source(X, "numpy.load")
    for _ in range(5 * DEPTH):
        X = X * 2
        lineage.derive(X, "f", [X / 2])
        node = lineage.derive(X, "f", [X])
    assert node.beginning.by in ("", "numpy.load")
    chained = first
    for _ in range(5 * DEPTH):
        X = RANDOM.normal(size=(20, 3))
        chained = registry.add(X, "f", (chained,))
    assert chained.depth <= DEPTH and chained.beginning is first


def test_threads() -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(200):
                X, y = RANDOM.normal(size=(20, 3)), np.arange(20)
                X_train, X_test, y_train, y_test = halves(X, y)
                lineage.pair(X_train, y_train)
                assert lineage.labels_of(X_test, like=y_train) is y_test
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_record(data: Any, tmp_path: Any) -> None:
    X, y = data
    (tmp_path / "x.npy").write_bytes(b"content")
    lineage.source(X, "numpy.load", tmp_path / "x.npy")
    X_train, X_test, y_train, _ = halves(X, y, test_size=0.5)
    nodes = lineage.pair(X_train, y_train)
    test = lineage.node_of(X_test)
    assert test is not None
    record = lineage.describe({"train": nodes[0], "train target": nodes[1], "test": test})
    assert json.loads(json.dumps(record)) == record
    by_id = {node["id"]: node for node in record["nodes"]}
    roles = record["roles"]
    assert list(roles) == ["train", "train target", "test"] and len(by_id) == 5
    origin = by_id[by_id[roles["train"]]["of"][0]]
    assert by_id[roles["test"]]["of"] == [origin["id"]]
    assert origin["by"] == "numpy.load" and origin["path"] == str(tmp_path / "x.npy") and origin["size"] == 7
    assert set(origin) >= {"fingerprint", "modified"} and origin["shape"] == [100, 3]
    assert by_id[by_id[roles["train target"]]["of"][0]]["by"] == "not seen"
    assert by_id[roles["train"]]["facts"] == {"test_size": 0.5}


def test_a_record_has_the_nodes_that_are_near() -> None:
    parts = [RANDOM.normal(size=(20, 1)) for _ in range(80)]
    whole = np.concatenate(parts, axis=1)
    node = lineage.derive(whole, "FeatureUnion.transform", parts)
    record = lineage.describe({"train": node})
    assert len(record["nodes"]) == 50 and record["left_out"] == 31
    assert record["roles"] == {"train": f"d{node.number}"}
    ids = {each["id"] for each in record["nodes"]}
    assert all(set(each["of"]) <= ids for each in record["nodes"])


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()
