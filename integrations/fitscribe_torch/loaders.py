"""What a DataLoader was told."""

from __future__ import annotations

import sys
from typing import Any


def loader_settings(loader: Any) -> dict[str, Any]:
    """What a loader was told: batch size, workers, order, and the size and kind of its data set."""
    torch = sys.modules["torch"]
    sampler = getattr(loader, "sampler", None)
    found: dict[str, Any] = {
        "batch_size": loader.batch_size,
        "shuffle": isinstance(sampler, torch.utils.data.RandomSampler),
        "drop_last": loader.drop_last,
        "num_workers": loader.num_workers,
        "dataset": type(loader.dataset).__name__,
    }
    found["dataset_size"] = length_of(loader.dataset)
    return found


def length_of(of: Any) -> int | None:
    """How many there are in a data set or sampler; None where nobody knows."""
    try:
        return len(of)
    except (TypeError, NotImplementedError):
        return None  # an iterable data set
