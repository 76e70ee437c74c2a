"""The machine and the Python that a launch ran on."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from fitscribe.capture.masking import mask_secrets
from fitscribe.capture.system import gpus

# What is known to change how a training runs. Nothing else is read: environments are full of secrets.
_ALLOWED = frozenset(
    """RANK LOCAL_RANK WORLD_SIZE LOCAL_WORLD_SIZE NODE_RANK GROUP_RANK MASTER_ADDR MASTER_PORT
    CUDA_VISIBLE_DEVICES NVIDIA_VISIBLE_DEVICES HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES CUDA_LAUNCH_BLOCKING
    CUDA_DEVICE_ORDER CUBLAS_WORKSPACE_CONFIG NVIDIA_TF32_OVERRIDE PYTHONHASHSEED PYTHONOPTIMIZE
    TF_DETERMINISTIC_OPS TF_ENABLE_ONEDNN_OPTS TF_FORCE_GPU_ALLOW_GROWTH TF_GPU_ALLOCATOR XLA_FLAGS
    TOKENIZERS_PARALLELISM HF_HUB_OFFLINE CONDA_DEFAULT_ENV VECLIB_MAXIMUM_THREADS""".split()
)
_PREFIXES = (
    "OMP_",
    "MKL_",
    "OPENBLAS_",
    "BLIS_",
    "NUMEXPR_",
    "KMP_",
    "GOMP_",
    "SLURM_",
    "PBS_",
    "LSB_",
    "OMPI_COMM_WORLD_",
    "PMI_",
    "NCCL_",
    "TORCH_",
    "PYTORCH_",
    "JOBLIB_",
    "LOKY_",
    "SKLEARN_",
    "SCIPY_",
    "FITSCRIBE_",
)
_INFO = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-.*)?\.(?:dist|egg)-info")
_FOLDED = re.compile(r"[-_.]+")


def allowed_environment() -> dict[str, str]:
    """Return the environment variables known to matter to a training, with secrets masked."""
    found = {
        name: os.environ[name]
        for name in sorted(os.environ)
        if name in _ALLOWED or name.startswith(_PREFIXES)
    }
    return mask_secrets(found)


def environment(imported: Iterable[str]) -> dict[str, Any]:
    """Describe the Python and the machine.

    Args:
        imported: names of modules that the process has imported.

    Returns:
        `python` and `implementation`, `platform`, `virtualenv` (the name of a virtual or conda environment),
        `cpu` (`model`, `count`), `memory` (bytes), `gpus` (`name`, `memory`, `driver`), and `distributions`:
        the versions of those that the modules are from. What cannot be found out is missing.
    """
    facts: dict[str, Any] = {
        "python": sys.version.split()[0],
        "implementation": sys.implementation.name,
        "platform": _platform(),
        "virtualenv": _virtualenv(),
        "cpu": {"count": _cpu_count()} | ({"model": model} if (model := _cpu_model()) else {}),
        "memory": _memory(),
        "gpus": gpus() or None,
        "distributions": distributions(imported),
    }
    return {name: value for name, value in facts.items() if value is not None}


def distributions(imported: Iterable[str]) -> dict[str, str]:
    """Return the versions of the distributions that modules are from.

    Args:
        imported: names of modules that the process has imported.
    """
    modules = {name for name in imported if "." not in name} - sys.stdlib_module_names
    unclaimed = {name for name in modules if _is_installed(sys.modules.get(name))}
    found: dict[str, tuple[str, str]] = {}
    others: dict[str, tuple[str, str, str]] = {}
    for folder, name, version in _installed():
        key = _FOLDED.sub("-", name).lower()
        if key in found or key in others:
            continue  # the first one on the path is the one that is imported
        called = {name, key.replace("-", "_")} & modules
        if called:
            found[key] = (name, version)
            unclaimed -= called
        else:
            others[key] = (folder, name, version)
    # Most are called as their module is; only for the others lists of files have to be searched.
    for key, (folder, name, version) in others.items():
        provided = _provided(folder, unclaimed) if unclaimed else set()
        if provided:
            found[key] = (name, version)
            unclaimed -= provided
    return {name.replace("_", "-"): version for _, (name, version) in sorted(found.items())}


def _is_installed(module: Any) -> bool:
    """Tell whether a module is of an installed package, and not one that a .pth file loads at every start."""
    if not isinstance(module, ModuleType) or module.__name__.startswith("_"):
        return False
    file = vars(module).get("__file__")
    return isinstance(file, str) and ("site-packages" in file or "dist-packages" in file)


def _installed() -> Iterator[tuple[str, str, str]]:
    for entry in dict.fromkeys(sys.path):
        try:
            names = os.listdir(entry or ".")
        except OSError:
            continue  # a zip file, or a folder that is not there
        for name in names:
            match = _INFO.fullmatch(name)
            if match:
                yield os.path.join(entry, name), match["name"], match["version"]


def _provided(folder: str, modules: set[str]) -> set[str]:
    """Return those of some top-level modules that are among a distribution's files."""
    for name in ("RECORD", "top_level.txt"):
        try:
            with open(os.path.join(folder, name), "rb") as file:
                listed = b"\n" + file.read()
        except OSError:
            continue
        return {
            module
            for module in modules
            if any(b"\n%b%b" % (module.encode(), end) in listed for end in (b"/", b".", b"\n"))
        }
    return set()


def _platform() -> str:
    import platform

    text = f"{platform.system()} {platform.release()} {platform.machine()}"
    try:
        return f"{text} ({platform.freedesktop_os_release()['PRETTY_NAME']})"
    except (OSError, KeyError):
        return text


def _virtualenv() -> str | None:
    if sys.prefix != sys.base_prefix:
        return os.path.basename(sys.prefix)
    return os.environ.get("CONDA_DEFAULT_ENV")


def _cpu_model() -> str | None:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() in ("model name", "Model"):
                    return value.strip()
    except OSError:
        return None  # not Linux
    return None


def _cpu_count() -> int | None:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _memory() -> int | None:
    try:
        import psutil
    except ImportError:
        return None
    return int(psutil.virtual_memory().total)
