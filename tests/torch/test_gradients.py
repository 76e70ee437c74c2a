"""The norm of the gradients, where it is asked for."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import fitscribe
from fitscribe.tracking import continued


def trained(steps: int, clip: float = float("inf")) -> list[float]:
    model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    norms = []
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(torch.randn(8, 4)), torch.arange(8) % 2).backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), float("inf")).item())
        optimizer.step()
    continued._end_all()
    return norms


@pytest.mark.parametrize("clip", [float("inf"), 0.1])
def test_every_so_many_steps(only_run: Any, clip: float) -> None:
    fitscribe.autolog("torch", gradient_norm=3)
    norms = trained(10, clip)
    series = only_run().series("train/gradient_norm")
    assert list(series.steps) == [3, 6, 9]
    assert series.values == pytest.approx([norms[2], norms[5], norms[8]], rel=1e-5)


def test_only_on_request(only_run: Any) -> None:
    trained(3)
    assert "train/gradient_norm" not in only_run().metrics


def test_sparse_gradients_have_none(only_run: Any) -> None:
    fitscribe.autolog("torch", gradient_norm=1)
    model = nn.Embedding(10, 4, sparse=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model(torch.tensor([1, 2])).sum().backward()
    optimizer.step()
    continued._end_all()
    run = only_run()
    assert "train/gradient_norm" not in run.metrics and run.facts["steps"] == 1
