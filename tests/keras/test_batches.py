"""Loops of the script's own around ``train_on_batch``: one run for each model, a point for each batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import fitscribe

Make = Callable[..., Any]


def trained(model: Any, table: Any, batches: int = 4) -> list[Any]:
    x, y = table
    return [model.train_on_batch(x[at : at + 30], y[at : at + 30]) for at in range(0, 30 * batches, 30)]


def test_each_batch_is_a_point(classifier: Make, table: Any, only_run: Any) -> None:
    with fitscribe.start_run("group") as group:
        values = trained(classifier(), table)
    (run,) = group.children
    assert list(run.series("train/loss").values) == pytest.approx([float(each[0]) for each in values])
    assert list(run.series("train/accuracy").values) == pytest.approx([float(each[1]) for each in values])
    assert list(run.series("train/loss").steps) == [1, 2, 3, 4]
    assert run.params["optimizer"] == "SGD" and run.status == "finished"


def test_batches_that_are_tested_are_points_of_validation(classifier: Make, table: Any, runs: Any) -> None:
    x, y = table
    with fitscribe.start_run("group") as group:
        model = classifier()
        trained(model, table, 2)
        tested = model.test_on_batch(x, y, return_dict=True)
    (run,) = group.children
    assert run.metrics["valid/loss"] == pytest.approx(float(tested["loss"]))
    assert list(run.series("valid/loss").steps) == [2]


def test_two_models_in_one_loop_are_two_runs(classifier: Make, table: Any, runs: Any) -> None:
    with fitscribe.start_run("group") as group:
        one, other = classifier(), classifier(metrics=[])
        for _ in range(2):
            trained(one, table, 1)
            values = trained(other, table, 1)
    first, second = sorted(group.children, key=lambda run: run.started)
    assert len(first.series("train/loss").values) == len(second.series("train/loss").values) == 2
    assert second.metrics["train/loss"] == pytest.approx(float(values[0]))


def test_what_a_batch_raises_fails_the_run(classifier: Make, table: Any, runs: Any) -> None:
    model = classifier()
    trained(model, table, 2)
    with pytest.raises(Exception) as raised:
        model.train_on_batch(table[0][:, :2], table[1])
    del raised
    (run,) = runs()
    assert run.status == "failed" and len(run.series("train/loss").values) == 2
