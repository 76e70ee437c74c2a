"""What is recorded of a training while it goes on: each step, each epoch, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe_lightning import checkpoints, internals, loaders, models, optimizers, stopping
from fitscribe_lightning.learning_rates import LearningRates
from fitscribe_lightning.series import Series

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


class TrainingRecorder:
    """Records one call of ``Trainer.fit``.

    Args:
        run: the run.
        sent: what another process needs to add to it, plain values alone; None where it has come from one.
        is_resumed: whether the call goes on from a checkpoint.
    """

    def __init__(self, run: ActiveRun, *, sent: Mapping[str, Any] | None, is_resumed: bool) -> None:
        self.sent = None if sent is None else {**sent, "is_resumed": is_resumed}
        """What makes a recorder of the same run in another process."""
        self._run = run
        self._is_resumed = is_resumed
        self._series = Series(run.log_timed)
        self._rates = LearningRates()
        self._pace = run.pace
        self._rows = 0
        # The values of the batch that is going on, or was last, are not recorded yet.
        self._is_due = False
        self._steps: int | None = None
        self._logged: Sequence[tuple[str, Any]] = ()
        self._known = -1
        # Of ours, what goes with the next values of the user's: the epoch that has begun, learning rates.
        self._pending: dict[str, Any] = {}
        self._checks = stopping.Checks()
        self._is_going_on = self._knows_validation = False

    # -- what the callback tells

    def began(self, trainer: Any) -> None:
        """Record what is known when the loop begins: it has set up the data and the optimizers."""
        self._is_going_on = trainer.is_global_zero
        if not self._is_going_on:
            return
        run = self._run
        with run.section("optimizers"):
            optimizers.log_optimizers(run, trainer)
        with run.section("model"):
            run.log_facts(models.described(trainer.lightning_module))
        with run.section("data loaders"):
            loaders.log_training(run, trainer)
        if trainer.val_dataloaders is not None:
            self._log_validation(trainer)
        if self._is_resumed:
            with run.section("resumed training"):
                run.log_facts(checkpoints.resumed(trainer))

    def batch_begins(self, trainer: Any) -> None:
        """Record what the batch before has logged, if the optimizers stepped at it."""
        if not self._is_going_on:
            return
        steps = internals.steps_before(trainer)
        if steps != self._steps:
            if self._is_due:
                self._record(trainer, steps - 1)
            if self._steps is None:
                self._pending["epoch"] = trainer.current_epoch
                self._rates.begin_epoch(self._pending, trainer.optimizers)
            else:
                self._rates.add_changed(self._pending)
            self._steps = steps
        self._is_due = True

    def validation_begins(self, trainer: Any) -> None:
        """Record what the batch has logged that is over, though it is not counted yet."""
        if self._is_going_on and not trainer.sanity_checking:
            self._checks.validation(trainer.current_epoch)
            if not self._knows_validation:
                self._log_validation(trainer)
            if self._is_due and internals.is_stepping(trainer):
                self._is_due = False
                self._record(trainer, internals.steps_before(trainer))

    def _log_validation(self, trainer: Any) -> None:
        self._knows_validation = True
        with self._run.section("data loaders"):
            loaders.log_validation(self._run, trainer)

    def epoch_ends(self, trainer: Any) -> None:
        """Record what the last batch of the epoch has logged."""
        if not self._is_going_on:
            return
        self._checks.epoch(trainer.current_epoch)
        steps = internals.steps_before(trainer)
        if self._is_due and steps != self._steps:
            self._record(trainer, steps - 1)
        self._is_due = False
        self._steps = None

    def failed(self, trainer: Any) -> None:
        """Record how far a training came that ends with an exception."""
        if self._is_going_on and self._is_due:
            steps = internals.steps_before(trainer)
            if steps != self._steps:
                self._record(trainer, steps - 1)
        self.ended(trainer)

    def ended(self, trainer: Any) -> None:
        """Record how the training ended; a second call does nothing."""
        if not self._is_going_on:
            return
        self._is_going_on = False
        self._logged = ()
        self._rates.end()
        run = self._run
        with run.section("series"):
            if self._pending:
                self._add({}, max(internals.steps_before(trainer) - 1, 0))
            self._series.write()
            run.series_ended(self._series.last)
        with run.section("early stopping"):
            run.log_facts(stopping.facts(trainer, self._checks))
        with run.section("checkpoints"):
            run.log_facts(checkpoints.facts(trainer))

    # -- what Lightning logs

    def wants(self, trainer: Any) -> bool:
        """Whether what is logged now is not recorded elsewhere: the values of a step are, at each of them."""
        return self._is_going_on and not (self._is_due and trainer.training)

    def logged(self, trainer: Any, metrics: Mapping[str, Any], step: int | None) -> None:
        """Record what is logged for an epoch, or at a step of a validation."""
        if not metrics:
            return
        if step is not None:
            self._series.add(metrics, step)
        else:
            self._add(dict(metrics), internals.steps_before(trainer))
            self._series.write()

    def _record(self, trainer: Any, step: int) -> None:
        results = internals.results_of_steps(trainer)
        if len(results) != self._known:
            self._known = len(results)
            self._logged = internals.logged_at_steps(results.values())
        self._rows += 1
        if (self._rows - 1) % self._pace.every == 0:
            self._add(internals.last_values(self._logged), step)

    def _add(self, values: dict[str, Any], step: int) -> None:
        if "step" in values:
            # What the user logs as `step` is the step, as it is for Lightning's loggers.
            self._series.add(values, int(values.pop("step")))
            values = {}
        if self._pending:
            values = {**self._pending, **values}
            self._pending = {}
        self._series.add(values, step)


def recorder_of(sent: Mapping[str, Any]) -> TrainingRecorder:
    """Return a recorder of a run that another process has opened, and will end.

    Args:
        sent: as :attr:`TrainingRecorder.sent` of that process has it.
    """
    from fitscribe.tracking import remote

    ((_, run),) = remote.variables_for(sent)
    return TrainingRecorder(run, sent=None, is_resumed=sent["is_resumed"])
