"""Evaluations without a loader: what a criterion gives between two steps is one evaluation of each role."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from fitscribe.tracking import continued

data = torch.arange(2_000) * 7919 % 20


def batch(split: str) -> tuple[Any, Any]:
    rows = data[:1_800] if split == "train" else data[1_800:]
    starts = torch.randint(len(rows) - 9, (16,))
    return torch.stack([rows[i : i + 8] for i in starts]), torch.stack([rows[i + 1 : i + 9] for i in starts])


def loss_of(model: nn.Module, split: str) -> torch.Tensor:
    inputs, targets = batch(split)
    return F.cross_entropy(model(inputs).view(-1, 20), targets.view(-1))


@torch.no_grad()
def estimate_loss(model: nn.Module) -> dict[str, float]:
    found = {}
    for split in ("train", "val"):
        losses = torch.zeros(10)
        for number in range(10):
            loss = loss_of(model, split)
            losses[number] = loss.item()
        found[split] = losses.mean().item()
    return found


def test_batches_between_two_steps_are_one_evaluation(only_run: Any) -> None:
    model = nn.Sequential(nn.Embedding(20, 16), nn.Linear(16, 20))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    printed = []
    for iteration in range(60):
        if iteration % 20 == 0:
            printed.append(estimate_loss(model))
        loss = loss_of(model, "train")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    printed.append(estimate_loss(model))
    del model, optimizer
    continued._end_all()
    run = only_run()
    for role, split in (("valid", "val"), ("train_eval", "train")):
        series = run.series(f"{role}/loss")
        assert list(series.steps) == [0, 20, 40, 60]
        assert series.values == pytest.approx([each[split] for each in printed], rel=1e-5)
    assert len(run.series("train/loss").values) == 60


def test_the_name_of_the_loss_tells_the_role(only_run: Any) -> None:
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    inputs, targets = torch.randn(8, 4), torch.arange(8) % 2
    expected = []
    for _ in range(3):
        F.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
        with torch.no_grad():
            test_loss = F.cross_entropy(model(inputs[:4]), targets[:4])
        expected.append(test_loss.item())
    continued._end_all()
    series = only_run().series("test/loss")
    assert list(series.steps) == [1, 2, 3]
    assert series.values == pytest.approx(expected, rel=1e-6)
