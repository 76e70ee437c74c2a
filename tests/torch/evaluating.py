"""Data in batches, and what a pass over it comes to."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F

from fitscribe_torch import evaluation_calls
from fitscribe_torch.evaluation import PassEvaluation

# Batches of a data set whose last one is smaller.
SIZES = (16, 16, 16, 7)
ROWS = sum(SIZES)


def calls(function: str, *data: Any, name: str = "loss", **settings: Any) -> PassEvaluation:
    """Call a loss on each batch of some data, and add up what it says."""
    evaluation = PassEvaluation()
    for batch in zip(*(each.split(SIZES) for each in data), strict=True):
        result = getattr(F, function)(*batch, **settings)
        evaluation.add(function, batch, settings, result, name)
    return evaluation


def only(evaluation: PassEvaluation) -> Any:
    """The one loss of a pass."""
    (found,) = evaluation.finish().losses.values()
    return found


def defer(monkeypatch: Any) -> None:
    """Take no value before the end of a pass, as on any device but the CPU."""
    monkeypatch.setattr(evaluation_calls, "_number", lambda tensor: tensor)


CLASSES = 5
SCORES = torch.randn(ROWS, CLASSES, generator=torch.Generator().manual_seed(1))
PIXELS = torch.randn(ROWS, CLASSES, 4, 3, generator=torch.Generator().manual_seed(2))
LABELS = torch.randint(0, CLASSES, (ROWS,), generator=torch.Generator().manual_seed(3))
LABELS_OF_PIXELS = torch.randint(0, CLASSES, (ROWS, 4, 3), generator=torch.Generator().manual_seed(4))
SOME_IGNORED = torch.where(torch.arange(ROWS) % 3 == 0, -100, LABELS)
WEIGHTS = torch.tensor([1.0, 0.2, 3.0, 0.0, 1.5])
VALUES = torch.randn(ROWS, 2, generator=torch.Generator().manual_seed(5)) * 3 + 100
TRUTHS = VALUES + torch.randn(ROWS, 2, generator=torch.Generator().manual_seed(6))
BITS = (torch.arange(ROWS) % 3 == 0).float()
