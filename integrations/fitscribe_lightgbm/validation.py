"""What is recorded of a call of `lightgbm.cv`: its curves over the folds, and where they were best."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.tracking import training_run
from fitscribe_lightgbm import parameters
from fitscribe_lightgbm.boosting import Boosting, of_folds
from fitscribe_lightgbm.recording import Data
from fitscribe_lightgbm.stopping import told_by_folds
from fitscribe_lightgbm.training import note_continued

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun
    from fitscribe.tracking.hosting import Guest

_TRAINING_SIDE = "train"


def observe(call: Call) -> Generator[None, Any, None]:
    """Record a cross-validation that is nobody's guest.

    Args:
        call: of `cv`.
    """
    given = parameters.of_call(call)
    with training_run(call, name="lightgbm.cv", params=given.values, changed=given.changed) as run:
        data = Data(run, call.arguments.get("train_set"), {})
        data.log()
        note_continued(run, call, "")
        with Boosting(call, run, "", of_folds, begun=partial(_log_folds, run, "")) as boosting:
            results = yield
        data.log_later()
        boosting.log_ending("", _TRAINING_SIDE, partial(told_by_folds, results))


def observe_guest(call: Call, guest: Guest) -> Generator[None, Any, None]:
    """Record the curves of a cross-validation within the fit of an estimator of the user's.

    Args:
        call: of `cv`.
        guest: its place in the run of the estimator.
    """
    run, prefix = guest.run, guest.prefix
    note_continued(run, call, prefix)
    with Boosting(call, run, prefix, of_folds, begun=partial(_log_folds, run, prefix)) as boosting:
        results = yield
    boosting.log_ending(prefix, _TRAINING_SIDE, partial(told_by_folds, results))


def _log_folds(run: ActiveRun, prefix: str, model: Any) -> None:
    """Record how many folds there are, and rounds before the first, by LightGBM's `CVBooster` after it."""
    run.log_facts({f"{prefix}folds": len(model.boosters)})
    before = model.boosters[0].current_iteration() - 1
    if before:
        run.log_facts({f"{prefix}rounds_before": before})
