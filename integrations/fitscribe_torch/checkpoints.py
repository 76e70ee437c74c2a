"""What the script itself saves: files of modules, states and tensors, noticed as checkpoints of the run.

Nothing of them is copied. Recording them costs at most a hundredth of the training's time: what is saved
more often than that is only counted, and a file that would take too long to read whole has the fingerprint
of three pieces of it for a hash.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Generator
from functools import partial
from typing import Any

from fitscribe.engine import Call, observes
from fitscribe.tracking.reporting import target
from fitscribe.tracking.saved_files import Saved, files_of
from fitscribe_torch.contents import contents
from fitscribe_torch.variables import attributes

# What was saved before there was a run.
_WAITING = 16


@observes("torch.serialization:save", id="save", relies_on=["obj", "f"])
def save(call: Call) -> Generator[None, Any, None]:
    """``torch.save``."""
    yield
    noticed(call.arguments.get("f"), "torch.save", call.arguments.get("obj"))


@observes("safetensors.torch:save_file", id="save_file", relies_on=["tensors", "filename"])
def save_file(call: Call) -> Generator[None, Any, None]:
    """Tensors by name, in a file of safetensors."""
    yield
    noticed(call.arguments.get("filename"), "safetensors", call.arguments.get("tensors"))


@observes("safetensors.torch:save_model", id="save_model", relies_on=["model", "filename"])
def save_model(call: Call) -> Generator[None, Any, None]:
    """A module, in a file of safetensors."""
    yield
    noticed(call.arguments.get("filename"), "safetensors", call.arguments.get("model"))


POINTS = (save, save_file, save_model)


def noticed(file: Any, by: str, obj: Any) -> None:
    """Take note that the script has saved something; it belongs to the run that is open, or to the next one.

    Args:
        file: a path, or a file that was written to.
        by: what saved it, such as ``torch.save``.
        obj: what was saved; only what holds modules, optimizers or tensors is a checkpoint.
    """
    to = target()
    with _lock:
        if to is None:
            if len(_waiting) < _WAITING:
                holds = contents(obj)
                if holds is not None:
                    _waiting.append(Saved(*path_of(file), by, holds, None, time.time()))
            return
        files = files_of(to.run)
        for each in _waiting:
            files.take(each)
        _waiting.clear()
        path, is_open = path_of(file)
        files.saved(path, is_open, by, partial(contents, obj), to.step)


def path_of(file: Any) -> tuple[str, bool]:
    """Return the path of a file, and whether the script has it open: not all of it may be written yet.

    Args:
        file: what the script gave for it: a path, or a file. One without a path has its type for it.
    """
    if isinstance(file, (str, os.PathLike)):
        return os.fsdecode(file), False
    is_plain = type(file).__module__ in ("_io", "io")
    name = getattr(file, "name", None) if is_plain else attributes(file).get("name")
    return (name, True) if isinstance(name, str) else (f"<{type(file).__name__}>", True)


def _forget_in_child() -> None:
    global _lock
    _lock = threading.RLock()
    _waiting.clear()


_waiting: list[Saved] = []
_lock = threading.RLock()

if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
