"""Which models of a sweep are kept: its best and its newest."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fitscribe.reading.directions import direction_of, is_time
from fitscribe.reading.series_names import is_background, split

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun

WHY_REMOVED = "the sweep keeps its best and its newest model"
WHY_INCOMPARABLE = (
    "the sweep keeps an earlier and its newest model: nothing that was measured tells which is better"
)

# In this order, of the data that come first in the other one: what says more of a model comes earlier.
_METRICS = (
    "accuracy",
    "balanced_accuracy",
    "roc_auc",
    "f1",
    "f1_macro",
    "f1_weighted",
    "average_precision",
    "r2",
    "log_loss",
    "rmse",
    "mae",
    "mse",
)
# Between test and valid: data that the user has named, which are held out as a rule; before train: no data.
_DATA = {"test": 0, "valid": 2, "cv": 3, "": 4, "train": 5}
USERS_DATA = 1
_LAST_HELD_OUT = _DATA["cv"]


@dataclass(frozen=True)
class Worth:
    """What a training came to.

    Attributes:
        values: final metrics by name, such as ``test/accuracy``; of one that early stopping watched the best.
        directions: ``min`` or ``max`` of those whose library has said so.
        watched: names of those that early stopping watched.
    """

    values: Mapping[str, float]
    directions: Mapping[str, str] = field(default_factory=dict)
    watched: frozenset[str] = frozenset()


class KeptModels:
    """The models that a sweep or a search has on disk. Not thread-safe.

    Args:
        worth: tells what a training came to; by default what its run says.
    """

    def __init__(self, worth: Callable[[ActiveRun], Worth] | None = None) -> None:
        self._worth = worth or _own_worth
        self._best: ActiveRun | None = None
        self._newest: ActiveRun | None = None

    def add(self, run: ActiveRun) -> None:
        """Take the model of a training that has ended; remove what is now neither the best nor the newest.

        The newest is compared only when another one takes its place: until then its test metrics may come.
        """
        best, former = self._best, self._newest
        if not run.has_trained_model or run in (best, former):  # one that went on after its end
            return
        self._newest = run
        if former is None:
            return
        if best is None:
            self._best = former
            return
        better = is_better(self._worth(former), self._worth(best))
        if better:
            self._best = former
            best.remove_trained_model(WHY_REMOVED)
        else:
            former.remove_trained_model(WHY_INCOMPARABLE if better is None else WHY_REMOVED)


def _own_worth(run: ActiveRun) -> Worth:
    return run.worth


def is_better(one: Worth, other: Worth) -> bool | None:
    """Whether the first of the metrics that both have is better in the first; None where nobody can tell.

    Where either has been measured on held-out data, nothing else decides.

    Args:
        one: what a training came to.
        other: what another one came to.
    """
    held_out = any(
        place(name)[0] <= _LAST_HELD_OUT for name in one.values.keys() | other.values.keys() if _says(name)
    )
    both = []
    for position, name in enumerate(one.values):
        if name not in other.values or not _says(name):
            continue
        data, metric = place(name)
        direction = direction_of(name, one.directions)
        if direction is None or direction != direction_of(name, other.directions):
            continue
        if math.isnan(one.values[name]) and math.isnan(other.values[name]):
            continue
        if data <= _LAST_HELD_OUT or not held_out:
            is_watched = held_out and name in one.watched and name in other.watched
            # Of the sets of a boosting the last one is what the library itself goes by.
            both.append((data, not is_watched, metric, -position, name, 1 if direction == "max" else -1))
    if not both:
        return None
    *_, name, sign = min(both)
    return _finite(sign * one.values[name]) > _finite(sign * other.values[name])


def place(name: str) -> tuple[int, int]:
    """Where a metric stands among others: that which says more of a model comes earlier."""
    data, metric = split("/".join(name.split("/")[-2:]))
    return (
        _DATA.get(data, USERS_DATA),
        _METRICS.index(metric) if metric in _METRICS else len(_METRICS),
    )


def _says(name: str) -> bool:
    """Whether a metric says how good a model is."""
    return not is_background(name) and not is_time(name)


def _finite(value: float) -> float:
    """What is no number came of a training that went astray."""
    return value if math.isfinite(value) else -math.inf
