"""Why a training ended, and what callbacks of Keras' did to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.capture import early_stopping_fact
from fitscribe.capture.stopping import RAN_OUT, no_improvement

if TYPE_CHECKING:
    from fitscribe_keras.recorder import TrainingRecorder


def facts(
    model: Any, callbacks: Sequence[Any], recorder: TrainingRecorder, epochs: int | None, *, raised: bool
) -> dict[str, Any]:
    """Return the facts of how a training ended.

    Args:
        model: as the training left it.
        callbacks: those that the caller gave.
        recorder: of the training.
        epochs: how many it was to be.
        raised: whether an exception ended it.

    Returns:
        ``epochs``, how many have been made at the end, those before ``initial_epoch`` included;
        ``early_stopping`` where something was to end the training early, or did; ``reduced_learning_rate``
        where something was to reduce it.
    """
    if recorder.epoch is None:
        return {}
    found: dict[str, Any] = {"epochs": recorder.made}
    stoppers = [each for each in callbacks if _is_a("EarlyStopping", each)]
    stopped = bool(model.stop_training)
    which = next((each for each in stoppers if _has_stopped(each)), stoppers[0] if stoppers else None)
    if which is not None:
        found["early_stopping"] = _of_callback(which, recorder.epoch, stopped, epochs, raised)
    elif stopped:
        found["early_stopping"] = early_stopping_fact(
            watched=None,
            patience=None,
            tolerance=None,
            best=None,
            last=recorder.epoch,
            stopped=True,
            reason="model.stop_training was set",
        )
    plateau = next((each for each in callbacks if _is_a("ReduceLROnPlateau", each)), None)
    if plateau is not None:
        found["reduced_learning_rate"] = _of_plateau(plateau, recorder)
    return found


def watched(monitor: Any) -> str:
    """Return the series that a callback watches.

    Args:
        monitor: as Keras calls it, such as ``val_loss``.
    """
    name = str(monitor)
    return f"valid/{name[4:]}" if name.startswith("val_") else f"train/{name}"


def _is_a(name: str, callback: Any) -> bool:
    """Whether a callback is of one of Keras' classes: the script may have one of that name."""
    return any(
        cls.__name__ == name and cls.__module__.partition(".")[0] in ("keras", "tf_keras")
        for cls in type(callback).__mro__
    )


def _has_stopped(stopper: Any) -> bool:
    # Keras stops at no epoch before the second, and its 0 stands for none.
    return bool(getattr(stopper, "stopped_epoch", 0))


def _of_callback(
    stopper: Any, last: int, stop_training: bool, epochs: int | None, raised: bool
) -> dict[str, Any]:
    stopped = _has_stopped(stopper)
    best_value = _number(getattr(stopper, "best", None))
    best = None if best_value is None else (int(getattr(stopper, "best_epoch", 0)), best_value)
    if raised:
        reason = "an exception ended it"
    elif stopped:
        reason = no_improvement(stopper.patience)
    elif stop_training:
        reason = "model.stop_training was set by something else"
    else:
        reason = RAN_OUT if epochs is None else f"{RAN_OUT} (epochs={epochs})"
    fact = early_stopping_fact(
        watched=watched(stopper.monitor),
        patience=stopper.patience,
        tolerance=abs(stopper.min_delta),
        best=best,
        last=last,
        stopped=stopped or stop_training,
        reason=reason,
        direction=_direction(stopper),
    )
    return {
        **fact,
        **({"stopped_epoch": stopper.stopped_epoch} if stopped else {}),
        **({"baseline": stopper.baseline} if stopper.baseline is not None else {}),
        **({"start_from_epoch": stopper.start_from_epoch} if stopper.start_from_epoch else {}),
        "restore_best_weights": bool(stopper.restore_best_weights),
        # Nothing is put back where Keras does not come to the end of the training.
        "restored": not raised and _has_restored(stopper, stopped),
    }


def _has_restored(stopper: Any, stopped: bool) -> bool:
    """Whether the model has the weights of the best epoch now.

    Some versions put them back only where they have stopped the training, others whenever it ends: Keras 3.15
    does so in ``on_train_end``.
    """
    if not stopper.restore_best_weights or getattr(stopper, "best_weights", None) is None:
        return False
    ending = getattr(type(stopper).on_train_end, "__code__", None)
    return stopped or (ending is not None and "set_weights" in ending.co_names)


def _direction(watcher: Any) -> str | None:
    name = getattr(getattr(watcher, "monitor_op", None), "__name__", "")
    return {"less": "min", "greater": "max"}.get(name)


def _number(value: Any) -> float | None:
    number = None if value is None else float(value)
    return number if number is not None and math.isfinite(number) else None


def _of_plateau(plateau: Any, recorder: TrainingRecorder) -> dict[str, Any]:
    factor, least = plateau.factor, plateau.min_lr
    lower = [
        (epoch, before, after)
        for epoch, before, after in recorder.rates
        if after < before and math.isclose(after, max(before * factor, least), rel_tol=1e-4)
    ]
    return {
        "watched": watched(plateau.monitor),
        "factor": factor,
        "patience": plateau.patience,
        "min_learning_rate": least,
        "times": len(lower),
        "epochs": [epoch for epoch, _, _ in lower],
        "last": lower[-1][2] if lower else None,
    }
