"""Whether what is called computes now, or is written into a graph; and the numbers in what was computed."""

from __future__ import annotations

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


def is_number(value: Any) -> bool:
    """Whether it is a tensor of TensorFlow's that has been computed, of one number."""
    return type(value).__name__ == "EagerTensor" and value.shape.num_elements() == 1 and _is_real(value)


def _is_real(tensor: Any) -> bool:
    kind = tensor.dtype
    return bool(kind.is_floating or kind.is_integer or kind.is_bool)


def read(tensor: Any) -> float:
    """Return the number in a tensor; where it is on a device, that waits for it.

    Args:
        tensor: as :func:`is_number` says.
    """
    return float(tensor.numpy().item())


def at_once(tensor: Any) -> float | Any:
    """Return the number in a tensor; the tensor itself where reading it would make the script wait.

    Args:
        tensor: as :func:`is_number` says. It never changes, and holds nothing that it was computed from.
    """
    return tensor if _has_devices() and not tensor.device.endswith("CPU:0") else read(tensor)


def _has_devices() -> bool:
    return bool(sys.modules[_CONTEXT].context().num_gpus())
