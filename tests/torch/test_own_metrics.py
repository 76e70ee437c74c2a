"""Metrics of the script's own in passes of evaluation: a number of each pass, not of each batch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.torch.looping import fit, loader, model, sgd, steps, values
from torch import nn

import fitscribe
from fitscribe.tracking import continued


@fitscribe.metric
def share_right(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return (outputs.argmax(1) == targets).float().mean()


@fitscribe.metric
def count_right(outputs: torch.Tensor, targets: torch.Tensor, reduction: str = "sum") -> int:
    return int((outputs.argmax(1) == targets).sum())


def evaluate(net: nn.Module, batch: int = 8) -> None:
    val_loader = loader(rows=20, batch=batch)
    with torch.no_grad():
        for inputs, targets in val_loader:
            share_right(net(inputs), targets)


def right(net: nn.Module) -> float:
    """The share of all rows of the validation data."""
    inputs, targets = loader(rows=20).dataset[:]
    with torch.no_grad():
        return float((net(inputs).argmax(1) == targets).float().mean())


def test_a_metric_is_averaged_over_each_pass(only_run: Any) -> None:
    net = model()
    optimizer = sgd(net)
    expected = []
    for _epoch in range(2):
        fit(net, optimizer)
        evaluate(net)  # whose last batch is smaller
        expected.append(right(net))
    continued._end_all()
    run = only_run()
    assert values(run, "valid/share_right") == pytest.approx(expected)
    assert steps(run, "valid/share_right") == [3, 6]
    assert run.unseen == []


def test_in_training_there_is_a_point_of_each_call(only_run: Any) -> None:
    net = model()
    optimizer = sgd(net)
    for inputs, targets in loader():
        optimizer.zero_grad()
        outputs = net(inputs)
        nn.functional.cross_entropy(outputs, targets).backward()
        optimizer.step()
        share_right(outputs, targets)
    continued._end_all()
    assert len(values(only_run(), "share_right")) == 5


def test_sums_are_not_averaged(only_run: Any) -> None:
    net = model()
    fit(net, sgd(net))
    with torch.no_grad():
        for inputs, targets in loader(rows=16):
            count_right(net(inputs), targets, reduction="sum")
    continued._end_all()
    assert len(values(only_run(), "count_right")) == 2


@fitscribe.metric
def accuracy_of(net: nn.Module, inputs: torch.Tensor, targets: torch.Tensor) -> float:
    return float((net(inputs).argmax(1) == targets).float().mean())


def test_batches_count_by_their_rows_wherever_these_are_given(only_run: Any) -> None:
    net = model()
    fit(net, sgd(net))
    with torch.no_grad():
        for inputs, targets in (val_loader := loader(rows=20)):
            accuracy_of(net, inputs, targets)
        del val_loader
    expected = right(net)
    continued._end_all()
    assert values(only_run(), "valid/accuracy_of") == pytest.approx([expected])
