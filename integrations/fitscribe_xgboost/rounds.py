"""The callback that writes each round of a training, through XGBoost's own extension point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.engine import guarded
from fitscribe.tracking.rounds import Rounds

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# By data set and metric, as `evals_log` has them.
Log = Mapping[str, Mapping[str, list[Any]]]
_WHERE = "xgboost, rounds"


class _History:
    """The values of one metric on one data set, which XGBoost appends to, and how many have been read."""

    __slots__ = ("name", "read", "values")

    def __init__(self, name: str, values: list[Any]) -> None:
        self.name = name
        self.values = values
        self.read = 0


class RoundCallback:
    """Records each round as it ends; made by :func:`round_callback`.

    It may be called before or after the callbacks of the user's: XGBoost 1.7 keeps them as a set. None is
    called after one that stops the training: the last round is read from the log then.

    Args:
        run: the run.
        prefix: what the names of its series begin with.
        goes_on: whether the training begins with a model.
    """

    def __init__(self, run: ActiveRun, prefix: str = "", *, goes_on: bool = False) -> None:
        self._run = run
        self._prefix = prefix
        self._goes_on = goes_on
        self._rounds: Rounds | None = None
        self._model: Any = None
        self.before = 0
        """How many rounds the model had before; known after the first round."""
        self.log: Log = {}
        """The history of each metric of each data set, as XGBoost itself keeps it."""
        self.best_iteration: int | None = None
        """What early stopping left in the model."""
        self._histories: list[_History] = []

    @property
    def has_begun(self) -> bool:
        """Whether a round is known to have been made."""
        return self._rounds is not None

    @property
    def count(self) -> int:
        """How many rounds have been recorded."""
        return 0 if self._rounds is None else self._rounds.count

    # -- what XGBoost calls

    def before_iteration(self, model: Any, epoch: int, evals_log: Log) -> bool:
        """Take note of the model and the log, which are the same objects in each round."""
        self._model, self.log = model, evals_log
        return False

    def after_iteration(self, model: Any, epoch: int, evals_log: Log) -> bool:
        """Record the round; never asks for an end."""
        with guarded(_WHERE):
            rounds = self._rounds or self._begun()
            rounds.record(self._values())
            number = rounds.checkpoint
            if number is not None:
                self.keep(model, number)
        return False

    def after_training(self, model: Any) -> Any:
        """Record a last round that it was not called for, and what early stopping left."""
        with guarded(_WHERE):
            if self._model is not None:
                rounds = self._rounds or self._begun()
                if rounds.count < model.num_boosted_rounds() - self.before:
                    rounds.record(self._values())
            best = model.attr("best_iteration")
            self.best_iteration = None if best is None else int(best)
        return model

    # -- what it reads

    def _begun(self) -> Rounds:
        # Not before the first round: a booster that is asked configures itself, and what XGBoost warns of
        # then would be said to come from here, and not from its own training.
        if self._goes_on:
            self.before = max(self._model.num_boosted_rounds() - 1, 0)
        self._rounds = Rounds(self._run, self.before)
        return self._rounds

    def name_of(self, data: str, metric: str) -> str:
        """The name of a series."""
        return f"{self._prefix}{data}/{metric}"

    def take(self, value: Any, name: str, values: dict[str, float]) -> None:
        """Add one entry of a history to the points of a round, by the names of their series."""
        values[name] = value

    def end(self) -> None:
        """End the series, however the training ended."""
        missed = self._values()  # a callback of the user's raised before this one was called
        if missed:
            (self._rounds or self._begun()).record(missed)
        if self._rounds is not None:
            self._rounds.end()
        self._model = None

    def _values(self) -> dict[str, float]:
        """The newest value of each history that has grown."""
        if len(self._histories) != sum(map(len, self.log.values())):
            self._find_histories()
        values: dict[str, float] = {}
        for each in self._histories:
            length = len(each.values)
            if length != each.read:
                each.read = length
                self.take(each.values[-1], each.name, values)
        return values

    def _find_histories(self) -> None:
        known = {each.name for each in self._histories}
        for data, metrics in self.log.items():
            for metric, history in metrics.items():
                name = self.name_of(data, metric)
                if name not in known:
                    self._histories.append(_History(name, history))

    def keep(self, model: Any, number: int) -> None:
        """Keep a checkpoint."""
        from fitscribe_xgboost.models import log_checkpoint

        log_checkpoint(self._run, model, number, self._prefix)


def round_callback(
    run: ActiveRun, prefix: str = "", *, goes_on: bool = False, kind: type[RoundCallback] = RoundCallback
) -> Any:
    """Return a callback for one training, of a class that XGBoost takes.

    Args:
        run: the run.
        prefix: what the names of its series begin with.
        goes_on: whether the training begins with a model.
        kind: what it is besides.
    """
    return _callback_class(kind)(run, prefix, goes_on=goes_on)


def note_shared_metrics(run: ActiveRun, callback: RoundCallback, sets: Mapping[str, int]) -> None:
    """Say of which metrics the series has the last value of each round only.

    Args:
        run: the run.
        callback: what recorded the rounds.
        sets: how many sets of data there are of each name; one where it is not in it.
    """
    for data, metrics in callback.log.items():
        for metric, values in metrics.items():
            if len(values) > callback.count * max(sets.get(data, 1), 1):
                note_shared_metric(run, callback.name_of(data, metric))


def note_shared_metric(run: ActiveRun, name: str) -> None:
    """Say that a series has the values of one of several metrics of one name."""
    run.note_unseen(
        f"all but the last value of {name} in each round",
        "several metrics have that name, such as one of the script's and one of XGBoost's: it keeps their "
        "values in one list",
    )


_classes: dict[type, Any] = {}


def _callback_class(kind: type[RoundCallback]) -> Any:
    if kind not in _classes:
        from xgboost.callback import TrainingCallback

        _classes[kind] = type(kind.__name__, (kind, TrainingCallback), {"__doc__": kind.__doc__})
    return _classes[kind]
