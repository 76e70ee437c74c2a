"""Predicting a few rows of the training data, where that is cheap and cannot have effects."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import thread_time
from typing import Any, NamedTuple

from fitscribe.engine.silencing import no_warnings
from fitscribe_sklearn.costs import is_cheap
from fitscribe_sklearn.fitted import final_estimator
from fitscribe_sklearn.rows import first
from fitscribe_sklearn.stateless import PREDICT_IS_ARGMAX, PREDICT_IS_ARGMAX_OF_DECISION

ROWS = 1_000
TIMED_ROWS = 32
# With more columns than this gives each row, fewer rows are looked at.
CELLS = 4_000_000
# Rounding moves a probability by a millionth of this at most.
CLEAR_LEAD = 1e-9


class Predictions(NamedTuple):
    """What an estimator predicts for rows of its training data.

    Attributes:
        labels: what ``predict`` gives.
        scores: probabilities, else decision values, else None.
        probabilities: whether the scores are probabilities.
    """

    labels: Any
    scores: Any
    probabilities: bool


class TooSlow(Exception):
    """Predicting would cost more than the training is worth; the message says how much.

    Args:
        message: for the user.
        labels: what ``predict`` gives of the rows by which that was told.
    """

    def __init__(self, message: str, labels: Any) -> None:
        super().__init__(message)
        self.labels = labels


def thinning(data: Any, rows: int) -> int:
    """Return the distance of the evenly spaced rows that are looked at.

    Args:
        data: the training data.
        rows: how many rows it has.
    """
    shape = getattr(data, "shape", None) or (rows, 1)
    width = max(1, int(shape[1])) if len(shape) > 1 else 1
    most = min(ROWS, max(TIMED_ROWS, CELLS // width))
    return -(-rows // most)


def predict(model: Any, data: Any, rows: int, allowed_s: float) -> Predictions:
    """Predict rows of the training data, after a timing of 32 of them where it is not known to be cheap.

    Args:
        model: a fitted estimator that :func:`fitscribe_sklearn.stateless.objection` has nothing against.
        data: the rows.
        rows: how many there are.
        allowed_s: CPU seconds that predicting them may take.

    Raises:
        TooSlow: it would take longer.
    """
    if is_cheap(model, data, rows):  # which draws nothing
        with calm(), no_warnings():
            return _predict(model, data)
    with untouched_random_state(), calm(), no_warnings():
        if rows <= TIMED_ROWS:
            return _predict(model, data)
        # Scores take a pass of their own, which costs about the same.
        passes = 2 if _gives_scores(model) and not _in_one_pass(model) else 1
        few, labels = _timed(model, data, TIMED_ROWS, passes)
        expected = few * rows / TIMED_ROWS
        if expected > allowed_s:
            # Mostly what each call costs, however few the rows? Four times as many tell.
            more, _ = _timed(model, data, 4 * TIMED_ROWS, passes)
            expected = more + max(0.0, more - few) / (3 * TIMED_ROWS) * rows
        if expected > allowed_s:
            raise TooSlow(f"predicting {rows:,} rows would take about {expected * 1000:.0f} ms", labels)
        return _predict(model, data)


def _timed(model: Any, data: Any, rows: int, passes: int) -> tuple[float, Any]:
    started = thread_time()
    labels = model.predict(first(data, rows))
    return (thread_time() - started) * passes, labels


def _gives_scores(model: Any) -> bool:
    return hasattr(model, "predict_proba") or hasattr(model, "decision_function")


def _class_name(model: Any) -> str:
    """Name of the class that predicts: of a pipeline, its last step."""
    return type(final_estimator(model)).__name__


def _in_one_pass(model: Any) -> bool:
    name = _class_name(model)
    return name in PREDICT_IS_ARGMAX or name in PREDICT_IS_ARGMAX_OF_DECISION


def _predict(model: Any, data: Any) -> Predictions:
    if hasattr(model, "predict_proba"):
        scores = model.predict_proba(data)
        name = _class_name(model)
        if not isinstance(scores, list) and (
            name in PREDICT_IS_ARGMAX or (name in PREDICT_IS_ARGMAX_OF_DECISION and _is_clear(scores))
        ):
            return Predictions(model.classes_.take(scores.argmax(axis=1)), scores, True)
        return Predictions(model.predict(data), scores, True)
    scores = model.decision_function(data) if hasattr(model, "decision_function") else None
    return Predictions(model.predict(data), scores, False)


def _is_clear(probabilities: Any) -> bool:
    """Whether the most probable class of every row leads by more than rounding could give it."""
    if probabilities.shape[1] < 2:
        return False
    ordered = sys.modules["numpy"].partition(probabilities, -2, axis=1)
    return bool((ordered[:, -1] - ordered[:, -2] > CLEAR_LEAD).all())


@contextmanager
def untouched_random_state() -> Iterator[None]:
    """Leave the global random states of Python and NumPy as they were, whatever the block draws."""
    numpy = sys.modules["numpy"]
    python_state, numpy_state = random.getstate(), numpy.random.get_state()
    try:
        yield
    finally:
        # Set back only if they moved: another thread of the user's may be drawing meanwhile.
        if random.getstate() != python_state:
            random.setstate(python_state)
        now = numpy.random.get_state()
        if now[2:] != numpy_state[2:] or (now[1] != numpy_state[1]).any():
            numpy.random.set_state(numpy_state)


@contextmanager
def calm() -> Iterator[None]:
    """Start no workers and print no floating-point warnings: both are settings of this thread alone."""
    import joblib

    with joblib.parallel_backend("sequential"), sys.modules["numpy"].errstate(all="ignore"):
        yield
