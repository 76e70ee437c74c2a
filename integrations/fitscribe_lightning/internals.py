"""What has no public name in Lightning, 2.0 to 2.6: all else reads its trainers by their properties.

* The step under which Lightning's own loggers know what is logged is `_batches_that_stepped` of the epoch
  loop: the number of batches before this one at which the optimizers stepped. `LearningRateMonitor` reads it.
* What a step has logged is kept in `_results` of the epoch loop, by name: the tensors themselves, where the
  trainer's `logged_metrics` mixes them with what was logged earlier.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def steps_before(trainer: Any) -> int:
    """How many batches there were at which the optimizers stepped, in this and earlier calls of ``fit``."""
    return int(trainer.fit_loop.epoch_loop._batches_that_stepped)


def is_stepping(trainer: Any) -> bool:
    """Whether the optimizers step at the batch that is going on: it is no mere part of one."""
    if not trainer.lightning_module.automatic_optimization:
        return True
    return not trainer.fit_loop.epoch_loop._should_accumulate()


def results_of_steps(trainer: Any) -> dict[str, Any]:
    """What a training logs, by Lightning's own keys: the same dict throughout, which grows."""
    results: dict[str, Any] = trainer.fit_loop.epoch_loop._results
    return results


def logged_at_steps(results: Iterable[Any]) -> list[tuple[str, Any]]:
    """Those that a training logs at its steps, by the names of loggers: forked ones end in ``_step``."""
    return [
        (result.meta.forked_name(on_step=True), result)
        for result in results
        if result.meta.on_step and result.meta.logger
    ]


def last_values(logged: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return what was logged last, as tensors; without what has not been in this epoch.

    Args:
        logged: as :func:`logged_at_steps` gave it.
    """
    return {
        name: value
        for name, result in logged
        if not result.has_reset and (value := result._forward_cache) is not None
    }


def is_tuning(trainer: Any) -> bool:
    """Whether a call of ``fit`` is the tuner's, which looks for a learning rate or a size of batches."""
    return any(getattr(callback, "_early_exit", False) for callback in trainer.callbacks)
