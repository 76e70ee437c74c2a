"""An evaluation belongs to the training of the model that is evaluated, not to the one that stepped last."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from fitscribe.tracking import continued

inputs = torch.randn(64, 4, generator=torch.Generator().manual_seed(1))
targets = (inputs[:, 0] > 0).long()
test_loader = DataLoader(TensorDataset(inputs, targets), batch_size=16)


def train(model: nn.Module) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(20):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), targets).backward()
        optimizer.step()


@torch.no_grad()
def loss_of(model: nn.Module) -> float:
    return sum(F.cross_entropy(model(x), y).item() * len(x) for x, y in test_loader) / len(inputs)


def test_models_that_are_compared_in_the_end(runs: Any) -> None:
    first, second = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2)), nn.Linear(4, 2)
    train(first)
    train(second)
    expected = {"Linear": loss_of(second), "Sequential": loss_of(first)}
    continued._end_all()
    found = {run.name: run.metrics["test/loss"] for run in runs() if "test/loss" in run.metrics}
    assert {name: round(value, 5) for name, value in found.items()} == {
        name: round(value, 5) for name, value in expected.items()
    }


def test_a_mode_of_torch_counts_no_evaluation_twice(only_run: Any) -> None:
    model = nn.Linear(4, 2)
    train(model)
    with torch.device("cpu"):
        loss = loss_of(model)
    continued._end_all()
    run = only_run()
    assert round(run.metrics["test/loss"], 5) == round(loss, 5)
    matrix = next(each for each in run.artifacts if each["name"] == "test/confusion_matrix")
    assert sum(map(sum, matrix["data"]["counts"])) == len(inputs)
    assert len(run.series("test/loss").values) == 1
