"""Evaluations of models that were not trained, and of data beside that to validate on."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from tests.torch.looping import batch, fit, loader, model, sgd, values
from torch import nn

import fitscribe
from fitscribe.tracking import continued


def evaluate(net: nn.Module, of: Any) -> float:
    """The mean loss over a loader, whatever model and loader are called elsewhere."""
    total = 0.0
    with torch.no_grad():
        for inputs, targets in of:
            total += nn.functional.cross_entropy(net(inputs), targets).item() * len(targets)
    return total / len(of.dataset)


def with_average() -> tuple[list[float], list[float]]:
    net = model()
    ema = copy.deepcopy(net)
    optimizer, val_loader = sgd(net), loader(rows=20)
    losses, averaged = [], []
    for _epoch in range(3):
        fit(net, optimizer)
        losses.append(evaluate(net, val_loader))
        averaged.append(evaluate(ema, val_loader))
    return losses, averaged


def test_a_model_that_was_not_trained_has_series_of_its_own(only_run: Any) -> None:
    losses, averaged = with_average()
    continued._end_all()
    run = only_run()
    assert values(run, "valid/loss") == pytest.approx(losses, rel=1e-6)
    assert values(run, "valid_ema/loss") == pytest.approx(averaged, rel=1e-6)


def with_frozen_parts() -> None:
    backbone, head = nn.Linear(4, 8), nn.Linear(8, 3)
    net = nn.Sequential(backbone, head)
    backbone.requires_grad_(False)
    optimizer, val_loader = sgd(head), loader(rows=20)
    fit(net, optimizer)
    evaluate(net, val_loader)


def test_a_model_of_which_a_part_is_trained_is_no_other(only_run: Any) -> None:
    with_frozen_parts()
    continued._end_all()
    assert len(values(only_run(), "valid/loss")) == 1


def with_all_data() -> list[float]:
    net = model()
    optimizer, val_loader = sgd(net), loader(rows=20)
    fit(net, optimizer)
    found = [evaluate(net, val_loader)]
    everything = loader(rows=40)
    return [*found, evaluate(net, everything)]


def test_data_of_another_name_is_not_the_data_to_validate_on(only_run: Any) -> None:
    on_validation_data, _ = with_all_data()
    continued._end_all()
    run = only_run()
    assert values(run, "valid/loss") == pytest.approx([on_validation_data], rel=1e-6)
    assert len([name for name in run.metrics if name.endswith("/loss")]) == 3  # train/loss, and one more


class TwoHeads(nn.Module):
    """Gives two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(4, 3), nn.Linear(4, 3)

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.one(inputs), self.other(inputs)


def two_heads() -> list[float]:
    net, criterion = TwoHeads(), nn.CrossEntropyLoss()
    optimizer, val_loader = sgd(net), loader(rows=16)
    inputs, targets = batch()
    first, second = net(inputs)
    loss = criterion(first, targets) + criterion(second, targets)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for inputs, targets in val_loader:
            first, second = net(inputs)
            loss = criterion(first, targets) + criterion(second, targets)
        inputs, targets = val_loader.dataset[:]
        with fitscribe.suppress():
            return [criterion(each, targets).item() for each in net(inputs)]


def test_summands_of_a_loss_are_no_loss(only_run: Any) -> None:
    first, second = two_heads()
    continued._end_all()
    metrics = only_run().metrics
    assert metrics["valid/loss_first"] == pytest.approx(first, rel=1e-6)
    assert metrics["valid/loss_second"] == pytest.approx(second, rel=1e-6)
    assert "valid/loss" not in metrics and "valid/accuracy[loss_second]" in metrics


class WithLoss(nn.Module):
    """Computes its loss itself."""

    def __init__(self) -> None:
        super().__init__()
        self.net = model()

    def forward(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return nn.functional.cross_entropy(self.net(inputs), targets)


def trained_with_loss(monkeypatch: pytest.MonkeyPatch) -> WithLoss:
    net = WithLoss()
    optimizer = sgd(net)
    # As after a long training: keeping the model would be affordable.
    monkeypatch.setattr("fitscribe.tracking.continued._KEEPING_S", 10.0)
    for _ in range(3):
        optimizer.zero_grad()
        net(*batch()).backward()
        optimizer.step()
    return net


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_tracing_a_model_is_left_alone(only_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    net = trained_with_loss(monkeypatch)
    with torch.no_grad():
        traced = torch.jit.trace(net, batch())
        assert traced(*batch()).item() == net(*batch()).item()
    continued._end_all()
    assert only_run().problems == []
