"""Small data and the loops that people write around it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ROWS, BATCH = 40, 8
BATCHES = ROWS // BATCH


def data(rows: int = ROWS) -> TensorDataset:
    """Rows of four numbers, and one of three classes for each."""
    X = torch.randn(rows, 4, generator=torch.Generator().manual_seed(1))
    return TensorDataset(X, (X[:, 0] > 0).long() + (X[:, 1] > 0).long())


def loader(rows: int = ROWS, batch: int = BATCH, **settings: Any) -> DataLoader[Any]:
    """Batches of such rows."""
    return DataLoader(data(rows), batch_size=batch, **settings)


def batch() -> Any:
    """All rows at once."""
    return data().tensors


def model() -> nn.Module:
    """Small, and with more than one layer."""
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


def sgd(net: nn.Module, lr: float = 0.1) -> torch.optim.Optimizer:
    """An optimizer of all parameters."""
    return torch.optim.SGD(net.parameters(), lr=lr)


def fit(net: nn.Module, optimizer: Any, steps: int = 3) -> list[float]:
    """Train on all rows at once; the loss of each step."""
    inputs, targets = batch()
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def values(run: Any, name: str) -> list[float]:
    """The values of a series."""
    return list(run.series(name).values)


def steps(run: Any, name: str) -> list[int]:
    """The steps of a series."""
    return list(run.series(name).steps)
