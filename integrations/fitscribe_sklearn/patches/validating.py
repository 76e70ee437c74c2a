"""The patch points of cross-validation: its functions, and what each fold gives."""

from __future__ import annotations

from collections.abc import Generator
from time import time
from typing import Any

from fitscribe.engine import Call, observes
from fitscribe_sklearn.following import followed, follower_of, is_inside_fold


@observes(
    "sklearn.model_selection._validation:*",
    id="cross_validation",
    relies_on=("estimator", "X", "y"),
)
def cross_validation(call: Call) -> Generator[None, Any, None]:
    """Record a call of `cross_validate` and those of its kind."""
    from fitscribe.tracking import training_run
    from fitscribe_sklearn.validation import Validation

    recording = Validation(call)
    with training_run(
        call,
        name=recording.name,
        params=recording.parameters.values,
        changed=recording.parameters.changed,
    ) as run:
        try:
            with followed(call, by=recording.before(run)):
                result = yield
        except BaseException:
            recording.broken_off(run)
            raise
        recording.after(run, result)


@observes(
    "sklearn.model_selection._validation:_fit_and_score",
    id="fold",
    relies_on=("parameters:keyword", "split_progress:keyword", "candidate_progress:keyword"),
    nested=True,
)
def fold(call: Call) -> Generator[None, Any, None]:
    """Tell the search or cross-validation around it what one fold gave, as it ends."""
    follower = follower_of(call.owner)
    if follower is None or is_inside_fold(call.parent):
        return
    started = time()
    try:
        result = yield
    except BaseException:
        follower.fold_ended(call, None, started)
        raise
    follower.fold_ended(call, result, started)


@observes(
    "sklearn.model_selection._validation:_warn_or_raise_about_fit_failures",
    id="folds",
    relies_on=("results",),
    nested=True,
)
def folds(call: Call) -> Generator[None, Any, None]:
    """Tell a cross-validation what all of its folds gave, those of worker processes included."""
    follower = follower_of(call.owner)
    if follower is None or is_inside_fold(call.parent):
        return
    follower.folds_ended(call.arguments["results"])
    yield
