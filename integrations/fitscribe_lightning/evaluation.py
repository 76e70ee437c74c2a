"""What is recorded of `Trainer.validate`, `test` and `predict`: on the run that trained the model."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.tracking import trained, training_run
from fitscribe_lightning import internals, loaders, recorders, settings
from fitscribe_lightning.interruption import interruptible
from fitscribe_lightning.series import Series
from fitscribe_lightning.training import module_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


class EvaluationRecorder:
    """Records one call of ``validate`` or ``test``.

    Args:
        run: the run, which may be over.
    """

    def __init__(self, run: ActiveRun) -> None:
        self._run = run
        self._steps = Series(run.log_timed)
        self._process = os.getpid()
        self._has_logged = False

    def wants(self, trainer: Any) -> bool:
        """Whether it is to be told of what is logged: of all in this process, and of nothing in a fork."""
        return os.getpid() == self._process

    def logged(self, trainer: Any, metrics: Mapping[str, Any], step: int | None) -> None:
        """Record what is logged: at the step that the training had come to, or for one batch."""
        if step is not None:
            self._steps.add(metrics, step)
        elif metrics:
            self._record(trainer, metrics)

    def ended(self, trainer: Any, results: Any) -> None:
        """Record what the evaluation came to, if other processes have made it.

        Args:
            trainer: the trainer.
            results: what its method returned.
        """
        self._steps.write()
        if not self._has_logged:
            for metrics in results or ():
                self._record(trainer, metrics)

    def _record(self, trainer: Any, metrics: Mapping[str, Any]) -> None:
        self._has_logged = True
        values = {name: float(value) for name, value in metrics.items()}
        step = values.pop("step", None)
        self._run.log_metrics(values, internals.steps_before(trainer) if step is None else int(step))


def observe(call: Call) -> Generator[None, Any, None]:
    """Record an evaluation.

    Args:
        call: of ``validate`` or ``test``.
    """
    trainer, module = call.instance, module_of(call)
    if not trainer.is_global_zero or module is None:
        yield
        return
    known = trained.find(module)
    if known is not None:
        yield from _recorded(call, known.run)
        return
    with training_run(call, name=f"{type(module).__name__}, {call.name}") as run:
        with run.section("hyperparameters"):
            saved = settings.hyperparameters_of(module, settings.data_module_of(call.arguments))
            run.log_params(saved, changed=saved)
        yield from _recorded(call, run)


def _recorded(call: Call, run: ActiveRun) -> Generator[None, Any, None]:
    trainer = call.instance
    recorder = EvaluationRecorder(run)
    with recorders.recording(trainer, recorder):
        results = yield from interruptible(call)
    with run.section("evaluation"):
        recorder.ended(trainer, results)
        if trainer.ckpt_path is not None:
            run.log_facts({f"{call.name}_checkpoint": str(trainer.ckpt_path)})
        if run.options.datasets:
            loaders.log_evaluation(run, trainer, call.name)


def note_prediction(call: Call) -> None:
    """Say on the run that trained a model that what it predicts is not recorded.

    Args:
        call: of ``predict``, which is over.
    """
    known = trained.find(module_of(call))
    if known is not None:
        known.note_once("predict", "what Trainer.predict returned", "only that it was called is recorded")
