"""Why a training ended: by early stopping, by something else that asked for it, or as it was to."""

from __future__ import annotations

import math
from typing import Any

from fitscribe.capture import early_stopping_fact
from fitscribe.capture.stopping import RAN_OUT, no_improvement


class Checks:
    """The epochs in which an `EarlyStopping` may have looked at what it watches, in their order."""

    def __init__(self) -> None:
        self.validations: list[int] = []
        self.epochs: list[int] = []

    def validation(self, epoch: int) -> None:
        """Take note of a validation within an epoch."""
        self.validations.append(epoch)

    def epoch(self, epoch: int) -> None:
        """Take note of the end of an epoch."""
        self.epochs.append(epoch)


def facts(trainer: Any, checks: Checks) -> dict[str, Any]:
    """Return the facts of how a training ended.

    Args:
        trainer: as the training left it.
        checks: the epochs of it.

    Returns:
        ``epochs`` and ``global_step``, as the trainer counts them; ``early_stopping`` where something was to
        end the training early, or did.
    """
    found: dict[str, Any] = {"epochs": trainer.current_epoch, "global_step": trainer.global_step}
    stoppers = list(trainer.early_stopping_callbacks)
    last = checks.epochs[-1] if checks.epochs else None
    which = next(
        (each for each in stoppers if _has_stopped(each, trainer)), stoppers[0] if stoppers else None
    )
    if which is not None:
        found["early_stopping"] = _of_callback(which, trainer, checks, last)
    elif trainer.should_stop:
        found["early_stopping"] = early_stopping_fact(
            watched=None,
            patience=None,
            tolerance=None,
            best=None,
            last=last,
            stopped=True,
            reason="trainer.should_stop was set",
        )
    return found


def _has_stopped(stopper: Any, trainer: Any) -> bool:
    if not trainer.should_stop:
        return False  # whatever it keeps of an earlier training
    reason = getattr(stopper, "stopping_reason", None)  # from 2.6 on
    if reason is not None:
        return bool(reason.value)
    return bool(stopper.stopped_epoch or stopper.wait_count >= stopper.patience)


def _of_callback(stopper: Any, trainer: Any, checks: Checks, last: int | None) -> dict[str, Any]:
    stopped = _has_stopped(stopper, trainer)
    looks = checks.epochs if stopper._check_on_train_epoch_end else checks.validations
    best_score = float(stopper.best_score)
    best = None
    if 0 <= stopper.wait_count < len(looks):
        best = (looks[-1 - stopper.wait_count], best_score)
    fact = early_stopping_fact(
        watched=stopper.monitor,
        patience=stopper.patience,
        tolerance=abs(stopper.min_delta),
        best=best,
        last=last,
        stopped=stopped or trainer.should_stop,
        reason=_reason(stopper, trainer, stopped),
        direction=stopper.mode,
    )
    told = getattr(stopper, "stopping_reason_message", None)
    return {
        **fact,
        "wait_count": stopper.wait_count,
        "best": best_score if math.isfinite(best_score) else None,
        **({"stopped_epoch": stopper.stopped_epoch} if stopped else {}),
        **({"stopping_reason": told} if told else {}),
    }


def _reason(stopper: Any, trainer: Any, stopped: bool) -> str:
    if not stopped:
        return "trainer.should_stop was set by something else" if trainer.should_stop else _ran_out(trainer)
    if stopper.wait_count >= stopper.patience:
        return no_improvement(stopper.patience)
    reason = getattr(stopper, "stopping_reason", None)
    return "a threshold was reached, or the value is not finite" if reason is None else _words(reason.name)


def _words(name: str) -> str:
    return name.lower().replace("_", " ")


def _ran_out(trainer: Any) -> str:
    if trainer.max_steps is not None and 0 <= trainer.max_steps <= trainer.global_step:
        return f"{RAN_OUT} (max_steps={trainer.max_steps})"
    return f"{RAN_OUT} (max_epochs={trainer.max_epochs})"
