"""The callbacks that one call of Keras is given beside those of the script."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call, guarded
from fitscribe_keras.packages import callbacks_module

if TYPE_CHECKING:
    from fitscribe_keras.evaluation import EvaluationRecorder
    from fitscribe_keras.recorder import TrainingRecorder

Logs = Mapping[str, Any]

_classes: dict[tuple[str, type], Any] = {}


class _Ours:
    """What our callbacks have in common.

    Args:
        root: the root module of the package whose model is called.
        recorder: is told.
    """

    # Keras 3: to be called from its threads does not keep the others from being called there.
    async_safe = True
    # Keras 2: takes the values as tensors, so that the device is waited for only where others want it.
    _supports_tf_logs = True

    def __init__(self, root: str, recorder: Any) -> None:
        super().__init__()
        self._recorder = recorder
        self._guard = guarded(f"{root}.fit, series")


class First(_Ours):
    """Stands before the callbacks of the script: what they raise, or change, costs nothing of the record."""

    _recorder: TrainingRecorder
    model: Any

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Take note of what a batch came to."""
        with self._guard:
            self._recorder.batch_ends(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Take note of what an epoch came to."""
        with self._guard:
            self._recorder.epoch_ends(epoch, logs, self.model)


class Last(_Ours):
    """Stands behind the callbacks of the script: what they set and add is there."""

    _recorder: TrainingRecorder
    model: Any
    params: Any

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Record what is known when the loop begins."""
        with self._guard:
            self._recorder.began(self.model, self.params)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Record at which learning rate an epoch is trained."""
        with self._guard:
            self._recorder.epoch_begins(epoch, self.model)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Record what an epoch came to."""
        with self._guard:
            self._recorder.epoch_is_over(logs, self.model)


class Evaluating(_Ours):
    """Told of what an evaluation came to."""

    _recorder: EvaluationRecorder

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Take the metrics, by name."""
        with self._guard:
            self._recorder.ended(logs or {})


def callback_of(root: str, kind: type, recorder: Any) -> Any:
    """Return a callback that the models of a package take.

    Args:
        root: ``keras`` or ``tf_keras``.
        kind: :class:`First`, :class:`Last` or :class:`Evaluating`.
        recorder: is told.
    """
    made = _classes.get((root, kind))
    if made is None:
        # Of callbacks whose names are not in its own module Keras 2 times each batch, to warn of slow ones.
        made = type("Callback", (kind, callbacks_module(root).Callback), {"__module__": __name__})
        _classes[root, kind] = made
    return made(root, recorder)


def given_callbacks(given: Any) -> list[Any]:
    """Return the callbacks that a caller gave, whatever they were put in.

    Args:
        given: the argument ``callbacks``: None, one callback, a list, lists in it, a `CallbackList`.
    """
    if given is None:
        return []
    if isinstance(given, Mapping):
        given = list(given.values())
    if isinstance(given, (list, tuple)):
        return [callback for each in given for callback in given_callbacks(each)]
    if hasattr(type(given), "on_epoch_end") and isinstance(getattr(given, "callbacks", None), list):
        return list(given.callbacks)
    return [given]


def add_callbacks(call: Call, first: Any, last: Any) -> bool:
    """Let callbacks be called beside the caller's, on a copy of what the caller gave.

    Args:
        call: of a point that injects ``callbacks``.
        first: is called before all others.
        last: is called after all that the caller gave; may be the first one.

    Returns:
        False where the point only observes.
    """
    given = call.arguments.get("callbacks")
    several = [first, last] if first is not last else [first]
    module = callbacks_module(call.framework)
    if isinstance(given, module.CallbackList):
        return call.set_argument("callbacks", _longer(given, several))
    is_list = given is None or isinstance(given, (list, tuple))
    between = list(given or ()) if is_list else [given]
    return call.set_argument("callbacks", [several[0], *between, *several[1:]])


def _longer(given: Any, ours: list[Any]) -> Any:
    """A copy of a `CallbackList` with ours in it; the callbacks in it are the same objects."""
    longer = copy.copy(given)
    longer.callbacks = [ours[0], *given.callbacks, *ours[1:]]
    for callback in ours:
        callback.set_params({})  # those of the list are of whatever training it was made for
        callback.set_model(given.model)
    if hasattr(longer, "_should_call_train_batch_hooks"):  # Keras 2, which looks at them as the list is made
        longer._should_call_train_batch_hooks = True
    return longer
