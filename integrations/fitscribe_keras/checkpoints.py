"""What is saved of a model while it trains, and after: by callbacks or by the script."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine import Call
from fitscribe.tracking import saved_files, trained
from fitscribe.tracking.weakly import WeakTable

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun
    from fitscribe_keras.recorder import TrainingRecorder


class _Training(NamedTuple):
    run: ActiveRun
    recorder: TrainingRecorder


_training: WeakTable[_Training | None] = WeakTable()


@contextmanager
def noticing(model: Any, run: ActiveRun, recorder: TrainingRecorder) -> Iterator[None]:
    """Notice what is saved of a model within the block.

    Args:
        model: is trained there.
        run: its run.
        recorder: knows the step.
    """
    _training.set(model, _Training(run, recorder))
    try:
        yield
    finally:
        _training.set(model, None)


def is_known(model: Any) -> bool:
    """Whether a model is trained now under a run, or was."""
    return _training.get(model) is not None or trained.find(model) is not None


def observe(call: Call) -> Generator[None, Any, None]:
    """Take note that a model was saved: of the file nothing is copied.

    Args:
        call: of ``save`` or ``save_weights``, which have returned.
    """
    yield
    model = call.instance
    path = call.arguments.get("filepath")
    now, before = _training.get(model), trained.find(model)
    if now is not None:
        run, step = now.run, now.recorder.step
    elif before is not None:
        run, step = before.run, before.step or 0
    else:
        return
    holds = {"kind": "model" if call.name == "save" else "weights", "class": type(model).__name__}
    file = os.fsdecode(path) if isinstance(path, (str, os.PathLike)) else f"<{type(path).__name__}>"
    is_open = file.startswith("<")
    saved_files.files_of(run).saved(file, is_open, f"Model.{call.name}", partial(dict, holds), step)
