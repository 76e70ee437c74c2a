"""What became of a trial, as KerasTuner's own object says once the oracle has taken its results."""

from __future__ import annotations

from typing import Any

from fitscribe.capture import plain_value

_STATUS = {"COMPLETED": "finished", "INVALID": "failed", "FAILED": "failed"}
_HELD_OUT = "val_"
# What KerasTuner calls the one number that it goes by, where the user has not named it.
_SUMS = ("default_objective", "multi_objective")


def values_of(trial: Any) -> dict[str, Any]:
    """Return what a trial tries: the hyperparameters that are active in it, as plain values.

    Args:
        trial: KerasTuner's trial.
    """
    return {str(name): plain_value(value) for name, value in trial.hyperparameters.values.items()}


def status_of(trial: Any) -> str:
    """Return how a trial ended, as a run's status; of one that is not over that it was interrupted.

    Args:
        trial: KerasTuner's trial.
    """
    return _STATUS.get(str(trial.status), "interrupted")


def error_of(trial: Any) -> dict[str, str] | None:
    """Return what a trial failed of, as far as KerasTuner has kept it; None where it did not fail.

    Args:
        trial: KerasTuner's trial.
    """
    if status_of(trial) != "failed":
        return None
    trace = trial.message or ""
    last = trace.strip().rpartition("\n")[2]
    kind, colon, message = last.partition(": ")
    if not colon and not last:
        kind, message = "FailedTrial", "the score is not a number"
    return {"type": kind.rpartition(".")[2], "message": message, "traceback": trace}


def score_of(trial: Any) -> float | None:
    """Return the score of a trial; None where it has none, as in a worker of a distributed search.

    Args:
        trial: KerasTuner's trial.
    """
    return None if trial.score is None else float(trial.score)


def facts_of(trial: Any) -> dict[str, Any]:
    """Return what else is known of a trial.

    Args:
        trial: KerasTuner's trial.
    """
    found: dict[str, Any] = {"trial_id": trial.trial_id, "trial_status": str(trial.status)}
    if trial.score is not None and trial.best_step is not None:
        found["best_step"] = int(trial.best_step)
    return found


def metrics_of(trial: Any, *, of_keras: bool) -> dict[str, float]:
    """Return the metrics that a trial came to: means over its executions, each at its best epoch.

    Args:
        trial: KerasTuner's trial.
        of_keras: whether Keras has named them, whose names are then read for the data they were measured on.
    """
    found = {}
    for name, history in trial.metrics.metrics.items():
        value = history.get_best_value()
        if value is not None and name not in _SUMS:  # those are the score itself
            found[named(name) if of_keras else name] = float(value)
    return found


def named(name: str) -> str:
    """Return the name that a metric of Keras' has in all runs: of ``val_loss`` it is ``valid/loss``.

    Args:
        name: as Keras has it.
    """
    if name.startswith(_HELD_OUT):
        return f"valid/{name[len(_HELD_OUT) :]}"
    return f"train/{name}"


def are_of_keras(results: Any) -> bool:
    """Whether what a trial has returned is the history of a fit, or several.

    Args:
        results: of ``run_trial``.
    """
    each = results if isinstance(results, list) else [results]
    return bool(each) and all(_is_history(one) for one in each)


def _is_history(result: Any) -> bool:
    return any(cls.__name__ == "History" for cls in type(result).__mro__)
