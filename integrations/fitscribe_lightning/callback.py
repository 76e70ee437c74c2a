"""The callback that a trainer has while one call of it is recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fitscribe.engine import guarded
from fitscribe_lightning.packages import module_of

if TYPE_CHECKING:
    from fitscribe_lightning.recorder import TrainingRecorder

_classes: dict[str, Any] = {}


class RecordingCallback:
    """Tells a recorder where a training is; made by :func:`callback_of`.

    Lightning pickles the callbacks of a trainer for the processes that it spawns: what comes out in another
    process adds to the same run. A copy of it does nothing.

    Args:
        root: the root module of the package whose trainer has it.
        recorder: is told; None for one that does nothing.
    """

    # Never part of a checkpoint, which has no entry for a callback without a state.
    state_key = "fitscribe"

    def __init__(self, root: str, recorder: TrainingRecorder | None) -> None:
        self._root = root
        self._recorder = recorder
        self._guard = guarded(f"{root}.fit, series")

    def __reduce__(self) -> tuple[Any, ...]:
        return _elsewhere, (self._root, os.getpid(), None if self._recorder is None else self._recorder.sent)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return callback_of(self._root, None)

    def on_train_start(self, trainer: Any, module: Any) -> None:
        """Record what is known of a training when its loop begins."""
        if self._recorder is not None:
            with self._guard:
                self._recorder.began(trainer)

    def on_train_batch_start(self, trainer: Any, module: Any, batch: Any, batch_idx: int) -> None:
        """Record what was logged at the batch before: it is complete only now."""
        if self._recorder is not None:
            with self._guard:
                self._recorder.batch_begins(trainer)

    def on_validation_start(self, trainer: Any, module: Any) -> None:
        """Record what was logged at the batch after which the validation comes."""
        if self._recorder is not None:
            with self._guard:
                self._recorder.validation_begins(trainer)

    def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
        """Record what was logged at the last batch, before anything is logged for the epoch."""
        if self._recorder is not None:
            with self._guard:
                self._recorder.epoch_ends(trainer)

    def on_exception(self, trainer: Any, module: Any, error: BaseException) -> None:
        """Record how far a training came that fails or is interrupted."""
        if self._recorder is not None:
            with self._guard:
                self._recorder.failed(trainer)

    def on_fit_end(self, trainer: Any, module: Any) -> None:
        """Record how a training ended: in the process that did it, which may be no other's."""
        if self._recorder is not None:
            with self._guard:
                self._recorder.ended(trainer)


def callback_of(root: str, recorder: TrainingRecorder | None) -> Any:
    """Return a callback of a class that the trainers of a package take.

    Args:
        root: ``lightning`` or ``pytorch_lightning``.
        recorder: is told; None for one that does nothing.
    """
    if root not in _classes:
        _classes[root] = _class_of(module_of(root, "callbacks.callback").Callback)
    return _classes[root](root, recorder)


def _elsewhere(root: str, process: int, sent: Mapping[str, Any] | None) -> Any:
    """The callback as it comes out of a pickle."""
    recorder = None
    if sent is not None and process != os.getpid():
        with guarded(f"{root}.fit, process"):
            from fitscribe_lightning.recorder import recorder_of

            recorder = recorder_of(sent)
    return callback_of(root, recorder)


def recorder_in(trainer: Any) -> TrainingRecorder | None:
    """Return the recorder that a trainer was sent to this process with, or None."""
    for callback in trainer.callbacks:
        if isinstance(callback, RecordingCallback):
            return callback._recorder
    return None


def _class_of(base: type) -> Any:
    # Lightning passes over a hook that is None: calling one that does nothing takes it 4 microseconds.
    unused = {name: None for name in dir(base) if name.startswith("on_") and name not in _ALWAYS_CALLED}
    ours = {name: each for name, each in vars(RecordingCallback).items() if name.startswith("on_")}
    return type("FitscribeCallback", (RecordingCallback, base), {**unused, **ours, "__module__": __name__})


_ALWAYS_CALLED = {"on_save_checkpoint", "on_load_checkpoint"}


@contextmanager
def attached(trainer: Any, callback: Any) -> Iterator[None]:
    """Let a trainer have one callback more within the block, the first of all.

    It is the first one so that nothing of a batch has been logged when it is told that the batch begins. The
    list that the trainer had stays as it is, and is put back; what was done to the longer one meanwhile is
    done to it.

    Args:
        trainer: the trainer.
        callback: what it has besides.
    """
    before = trainer.callbacks
    longer = [callback, *before]
    trainer.callbacks = longer
    try:
        yield
    finally:
        now = trainer.callbacks
        rest = [each for each in now if each is not callback]
        if now is longer:
            if len(rest) != len(before) or any(a is not b for a, b in zip(rest, before, strict=True)):
                before[:] = rest
            trainer.callbacks = before
        elif len(rest) < len(now):
            now[:] = rest  # Lightning has made a list of its own, with the callbacks of the module
