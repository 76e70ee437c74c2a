"""What the process and its machine are doing: CPU, memory, GPUs."""

from __future__ import annotations

import os
import time
from typing import Any

_nvml: Any = None  # None: not looked for yet; False: there is none
_last_cpu: tuple[int, float, dict[tuple[int, float], float]] | None = None


def read_system() -> dict[str, float]:
    """Return one reading of the process with all its children, and of the GPUs it may use.

    Returns:
        `system/cpu`: per cent of one processor since the last reading, or since the process' start;
        `system/memory`: bytes of memory resident; `system/memory_used`: per cent of the machine's memory that
        is in use by anybody; for each GPU `system/gpu0/utilization` (per cent), `system/gpu0/memory` (bytes).
    """
    global _last_cpu
    import psutil

    own = psutil.Process()
    family = [own, *_children(psutil, own)]
    now = time.time()
    resident = 0
    cpu: dict[tuple[int, float], float] = {}
    for process in family:
        try:
            with process.oneshot():
                times = process.cpu_times()
                resident += process.memory_info().rss
                cpu[process.pid, process.create_time()] = times.user + times.system
        except psutil.Error:
            continue  # it ended while it was looked at
    _, before_at, before = _last_cpu if _last_cpu and _last_cpu[0] == own.pid else (0, own.create_time(), {})
    _last_cpu = (own.pid, now, cpu)
    spent = sum(seconds - before.get(key, 0.0) for key, seconds in cpu.items())
    readings = {
        "system/cpu": round(100 * spent / max(now - before_at, 1e-3), 1),
        "system/memory": float(resident),
        "system/memory_used": float(psutil.virtual_memory().percent),
    }
    return readings | _read_gpus()


def gpus() -> list[dict[str, Any]]:
    """Return name, memory (bytes) and driver of the GPUs the process may use; none without nvidia-ml-py."""
    nvml = _load_nvml()
    if not nvml:
        return []
    driver = _text(nvml.nvmlSystemGetDriverVersion())
    return [
        {
            "name": _text(nvml.nvmlDeviceGetName(handle)),
            "memory": int(nvml.nvmlDeviceGetMemoryInfo(handle).total),
            "driver": driver,
        }
        for _, handle in _handles(nvml)
    ]


def _children(psutil: Any, own: Any) -> list[Any]:
    try:
        found: list[Any] = own.children(recursive=True)
    except psutil.Error:
        return []
    return found


def _read_gpus() -> dict[str, float]:
    nvml = _load_nvml()
    readings: dict[str, float] = {}
    if nvml:
        for index, handle in _handles(nvml):
            try:
                readings[f"system/gpu{index}/memory"] = float(nvml.nvmlDeviceGetMemoryInfo(handle).used)
                readings[f"system/gpu{index}/utilization"] = float(
                    nvml.nvmlDeviceGetUtilizationRates(handle).gpu
                )
            except nvml.NVMLError:
                continue  # a slice of a GPU tells no utilization
    return readings


def _handles(nvml: Any) -> list[tuple[int, Any]]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    chosen = None if visible is None else [name.strip() for name in visible.split(",")]
    handles = []
    for index in range(nvml.nvmlDeviceGetCount()):
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        if chosen is None or str(index) in chosen or _text(nvml.nvmlDeviceGetUUID(handle)) in chosen:
            handles.append((index, handle))
    return handles


def _load_nvml() -> Any:
    global _nvml
    if _nvml is None:
        _nvml = False
        try:
            import pynvml

            pynvml.nvmlInit()
        except ImportError:
            return False
        except pynvml.NVMLError:
            return False  # no driver, or no GPU
        _nvml = pynvml
    return _nvml


def _text(value: Any) -> str:
    # Before version 11.5 of nvidia-ml-py names were bytes.
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _forget_in_child() -> None:
    global _nvml
    _nvml = None  # its handles belong to the parent


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
