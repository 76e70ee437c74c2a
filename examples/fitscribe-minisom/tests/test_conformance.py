"""The integration harms no training: what every integration must prove."""

from __future__ import annotations

from typing import Any

from fitscribe.testing import Case, Conformance, Training
from fitscribe.testing.cases import Inside


def _data() -> Any:
    import numpy as np

    return np.linspace(-1.0, 1.0, 60).reshape(20, 3) ** 3


def train() -> Case:
    from minisom import MiniSom

    return Case(MiniSom(3, 3, 3, sigma=0.9, random_seed=0).train, (_data(), 40))


def train_offline() -> Case:
    from minisom import MiniSom

    return Case(MiniSom(3, 3, 3, sigma=0.9, random_seed=0).train_batch_offline, (_data(), 5))


def map_of_the_users(inside: Inside | None) -> Case:
    from minisom import MiniSom

    class Mine(MiniSom):
        def update(self, *args: Any) -> None:
            if inside is not None and args[2] == 1:
                inside()
            super().update(*args)

    return Case(Mine(3, 3, 3, sigma=0.9, random_seed=0).train, (_data(), 40))


class TestMiniSom(Conformance):
    integration = "minisom"
    trainings = [
        Training("train", train),
        Training("train", train_offline),
        Training("train", map_of_the_users),
    ]
