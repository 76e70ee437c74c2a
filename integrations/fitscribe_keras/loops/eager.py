"""Whether what is called computes now, or is written into a graph; and the numbers in what was computed."""

from __future__ import annotations

import functools
import sys
import threading
from typing import Any

_CONTEXT = "tensorflow.python.eager.context"
_SCOPE = "keras.src.backend.common.stateless_scope"


def is_tracing() -> bool:
    """Whether TensorFlow is writing a graph."""
    context = sys.modules.get(_CONTEXT)
    return context is not None and not context.executing_eagerly()


def is_stateless() -> bool:
    """Whether Keras computes what its variables would be, and changes none: as in ``stateless_apply``."""
    scope = sys.modules.get(_SCOPE)
    return scope is not None and bool(scope.in_stateless_scope())


def is_replica() -> bool:
    """Whether this thread computes for one device of several, as ``Strategy.run`` has it do."""
    return type(threading.current_thread()).__name__ == "_MirroredReplicaThread"


def number_in(value: Any) -> float | Any | None:
    """Return the number in a tensor of TensorFlow's that has been computed.

    Args:
        value: any object.

    Returns:
        The tensor itself where reading it would make the script wait for a device: it never changes and holds
        nothing that it was computed from. None for what is no such tensor of one number.
    """
    if type(value).__name__ != "EagerTensor" or value._num_elements() != 1:
        return None
    if _has_devices() and not value.device.endswith("CPU:0"):
        kind = value.dtype
        return value if kind.is_floating or kind.is_integer or kind.is_bool else None
    # Without the copy that `numpy` makes of what is changed nowhere.
    found = value._numpy().item()
    return float(found) if isinstance(found, (float, int)) or value.dtype.is_floating else None


def read(tensor: Any) -> float:
    """Return the number in a tensor, once it has been computed.

    Args:
        tensor: as :func:`number_in` gives it.
    """
    return float(tensor.numpy().item())


@functools.cache
def _has_devices() -> bool:
    return bool(sys.modules[_CONTEXT].context().num_gpus())
