"""What is recorded of one call of `Trainer.fit`."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.tracking import context, trained, training_run
from fitscribe.tracking.script import log_script_parameters
from fitscribe_lightning import internals, models, recorders, settings
from fitscribe_lightning.callback import attached, callback_of, recorder_in
from fitscribe_lightning.interruption import interruptible
from fitscribe_lightning.recorder import TrainingRecorder

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


def observe(call: Call) -> Generator[None, Any, None]:
    """Record a training, if this process is the one that records: of several that train one model, the first.

    Args:
        call: of ``fit``.
    """
    trainer = call.instance
    if not trainer.is_global_zero or internals.is_tuning(trainer):
        yield  # owned all the same: what trains within it belongs to the run of the first process, or to none
        return
    module = module_of(call)
    with training_run(call, name=type(module).__name__) as run:
        _log_parameters(run, call, module)
        recorder = TrainingRecorder(
            run, sent=context.around_tasks(), is_resumed=call.arguments.get("ckpt_path") is not None
        )
        callback = callback_of(call.framework, recorder)
        with recorders.recording(trainer, recorder), attached(trainer, callback):
            try:
                yield from interruptible(call)
            finally:
                recorder.ended(trainer)
        _after(run, module)


def observe_elsewhere(call: Call) -> Generator[None, Any, None]:
    """Record a training in a process that Lightning has spawned for it, on the run that was opened for it.

    Args:
        call: of ``_run``.
    """
    recorder = recorder_in(call.instance)
    if recorder is None:
        return
    with recorders.recording(call.instance, recorder):
        yield


def module_of(call: Call) -> Any:
    """Return the `LightningModule` that a call of a trainer is about.

    Args:
        call: of ``fit``, ``validate``, ``test`` or ``predict``.
    """
    given = call.arguments.get("model")
    if given is None:
        return call.instance.lightning_module
    return getattr(given, "_orig_mod", given)  # of `torch.compile`


def _log_parameters(run: ActiveRun, call: Call, module: Any) -> None:
    """Record the parameters of a training; of a name that is there twice the later one counts."""
    log_script_parameters(run)
    with run.section("settings of the trainer"):
        values, changed = settings.settings_of(call.instance)
        run.log_params(values, changed=changed)
    with run.section("hyperparameters"):
        saved = settings.hyperparameters_of(module, settings.data_module_of(call.arguments))
        run.log_params(saved, changed=saved)


def _after(run: ActiveRun, module: Any) -> None:
    """Record what there is once the call has returned."""
    with run.section("link to the model"):
        trained.remember(module, run, kind="module")
    with run.section("model"):
        models.log_weights(run, module)
