"""Training by a function."""

import random
import warnings


class Booster:
    """What `train` returns."""

    def __init__(self, params):
        self.params = dict(params)
        self.losses = []


def train(params, data, rounds: int = 3, callbacks=None, **extra) -> Booster:
    """Take some random steps, and tell the callbacks of each."""
    if "old" in params:
        warnings.warn("'old' is old", DeprecationWarning, stacklevel=2)
    booster = Booster(params)
    for step in range(rounds):
        booster.losses.append(random.random() * sum(data) / (step + 1))
        for callback in callbacks or ():
            callback(step, booster.losses[-1])
    return booster


def train_twice(params, data) -> Booster:
    """A training inside of a function that is no training of its own."""
    train(params, data)
    return train(params, data)
