"""The data of a training on its run: by role, the parts of a split, and what they descend from."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("keras")

import numpy as np

import fitscribe
from fitscribe import lineage
from fitscribe.tracking import ActiveRun
from fitscribe_keras import data

Table = tuple[Any, Any]
Classifier = Callable[..., Any]


def _datasets(run: ActiveRun) -> dict[str, Any]:
    return {each["role"]: each["description"] for each in fitscribe.get_run(run.id).datasets}


@pytest.fixture
def run(own_store: Any) -> Iterator[ActiveRun]:
    with fitscribe.start_run("by hand") as active:
        yield active


def test_validation_data_is_described_by_its_role(run: ActiveRun, table: Table) -> None:
    x, y = table
    data.log_datasets(run, {"x": x, "y": y, "validation_data": (x[:30], y[:30])})
    datasets = _datasets(run)
    assert {role: each["shape"] for role, each in datasets.items()} == {"train": [120, 4], "valid": [30, 4]}
    assert datasets["valid"]["target"]["classes"] == {"0": 10, "1": 10, "2": 10}


@pytest.mark.parametrize("kind", ["numpy", "pandas", "torch", "tensorflow", "jax", "several"])
def test_both_parts_of_a_split_are_described(kind: str, keras: Any, run: ActiveRun, table: Table) -> None:
    convert: dict[str, Callable[[Any], Any]] = {
        "numpy": lambda array: array,
        "pandas": lambda array: sys.modules["pandas"].DataFrame(array),
        "torch": lambda array: sys.modules["torch"].from_numpy(array),
        "tensorflow": lambda array: sys.modules["tensorflow"].constant(array),
        "jax": lambda array: sys.modules["jax"].numpy.asarray(array),
        "several": lambda array: {"a": array},
    }
    if kind != "several":
        pytest.importorskip(kind)
    x, y = table
    data.log_datasets(run, {"x": convert[kind](x), "y": convert[kind](y), "validation_split": 0.3})
    datasets = _datasets(run)
    expected = {"train": x[:84], "valid": x[84:]}
    for role, rows in expected.items():
        found = datasets[role]
        found = found["inputs"]["a"] if kind == "several" else found
        assert found["shape"] == list(rows.shape)
        if kind != "pandas":
            assert found["fingerprint"] == data.described(rows)["fingerprint"]


def test_the_split_is_the_one_that_keras_makes(keras: Any, table: Table, classifier: Classifier) -> None:
    x, y = table
    seen: list[int] = []

    class Rows(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            seen.append(self.params["steps"])

    for share in (0.1, 0.25, 0.3, 0.77):
        classifier().fit(x, y, validation_split=share, batch_size=1, epochs=1, verbose=0, callbacks=[Rows()])
        parts = data.split_of({"x": x, "validation_split": share})
        assert parts is not None
        assert parts[0].stop == seen[-1]


def test_the_lineage_of_a_split_is_known(run: ActiveRun, table: Table) -> None:
    x, y = (each.copy() for each in table)
    data.log_datasets(run, {"x": x, "y": y, "validation_split": 0.25})
    assert lineage.relation(x[90:], x[:90]) == "held out"
    (record,) = [each for each in fitscribe.get_run(run.id).artifacts if each["name"] == "lineage"]
    roles = record["data"]["roles"]
    assert set(roles) == {"train", "train target", "valid", "valid target"}
    of = {each["id"]: each for each in record["data"]["nodes"]}
    assert of[roles["valid"]]["shape"] == [30, 4]
    assert of[roles["valid"]]["facts"] == {"validation_split": 0.25}


def test_an_evaluation_adds_its_dataset_and_its_labels_are_known(run: ActiveRun, table: Table) -> None:
    x, y = (each.copy() for each in table)
    data.log_dataset(run, "test", x, y)
    assert _datasets(run)["test"]["shape"] == [120, 4]
    assert lineage.labels_of(x) is not None


def test_several_inputs_are_known_with_their_labels() -> None:
    first, second, y = np.random.rand(9, 2), np.random.rand(9, 3), np.arange(9)
    node, target = data.nodes_of({"a": first, "b": second}, y)
    assert node is not None
    assert target is lineage.node_of(y)
    for each in (first, second):
        assert np.array_equal(lineage.labels_of(each), y)


def test_nothing_is_kept_alive(run: ActiveRun, table: Table) -> None:
    x, y = (each.copy() for each in table)
    parts = {"x": {"a": x}, "y": y, "validation_split": 0.5}
    data.log_datasets(run, parts)
    known = weakref.ref(x)
    del x, y, parts
    gc.collect()
    assert known() is None


def test_the_option_leaves_datasets_out(
    run: ActiveRun, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITSCRIBE_DATASETS", "0")
    with fitscribe.start_run("without") as other:
        assert data.log_datasets(other, {"x": table[0], "y": table[1]}) is None
        assert not _datasets(other)


def test_a_split_without_targets_has_none(run: ActiveRun) -> None:
    x = np.random.default_rng(1).normal(size=(40, 3))
    data.log_datasets(run, {"x": x, "validation_split": 0.5})
    (record,) = [each for each in fitscribe.get_run(run.id).artifacts if each["name"] == "lineage"]
    assert set(record["data"]["roles"]) == {"train", "valid"}
