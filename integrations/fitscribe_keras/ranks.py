"""Several processes that train one model: the first of them records."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def is_recorded_here() -> bool:
    """Whether this process is the one that records a training: the chief of TensorFlow's cluster, rank 0.

    `TF_CONFIG` is how `MultiWorkerMirroredStrategy` is told who it is
    (https://www.tensorflow.org/guide/distributed_training); PyTorch knows its ranks, and JAX its processes.
    """
    return _is_chief() and _is_first_of_torch() and _is_first_of_jax()


def _is_chief() -> bool:
    try:
        config: Any = json.loads(os.environ.get("TF_CONFIG") or "{}")
        task, cluster = config.get("task") or {}, config.get("cluster") or {}
        kind, index = task.get("type", "chief"), int(task.get("index", 0))
    except (ValueError, TypeError, AttributeError):
        return True  # TensorFlow's to complain of
    if kind in ("chief", "master"):
        return True
    return index == 0 and "chief" not in cluster and "master" not in cluster


def _is_first_of_torch() -> bool:
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return True
    return bool(distributed.get_rank() == 0)


def _is_first_of_jax() -> bool:
    distributed = sys.modules.get("jax._src.distributed")
    state = getattr(distributed, "global_state", None)  # asking JAX itself would start its backend
    return getattr(state, "process_id", 0) == 0
