"""What is in a module, read from its dicts: a class of the script's may override every method."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fitscribe_torch.variables import attributes

if TYPE_CHECKING:
    from torch import Tensor, nn

# What runs another module and is none of the script's own: the class, and the attribute that holds that one.
_WRAPPERS = {
    ("torch._dynamo.eval_frame", "OptimizedModule"): "_orig_mod",
    ("torch.nn.parallel.data_parallel", "DataParallel"): "module",
    ("torch.nn.parallel.distributed", "DistributedDataParallel"): "module",
    (
        "torch.distributed.fsdp.fully_sharded_data_parallel",
        "FullyShardedDataParallel",
    ): "_fsdp_wrapped_module",
    ("torch.distributed.algorithms._checkpoint.checkpoint_wrapper", "CheckpointWrapper"): (
        "_checkpoint_wrapped_module"
    ),
    ("deepspeed.runtime.engine", "DeepSpeedEngine"): "module",
    ("lightning.fabric.wrappers", "_FabricModule"): "_original_module",
    ("lightning_fabric.wrappers", "_FabricModule"): "_original_module",
}


def unwrapped(module: nn.Module) -> tuple[nn.Module, tuple[str, ...]]:
    """Look through what only runs a module: compiled, on several devices, in several processes.

    Args:
        module: any module.

    Returns:
        The module inside, and the names of the classes around it, the outermost first.
    """
    around: list[str] = []
    while True:
        key = type(module).__module__, type(module).__name__
        inner = children_of(module).get(_WRAPPERS.get(key, ""))
        if inner is None:
            return module, tuple(around)
        around.append(key[1])
        module = inner


def children_of(module: nn.Module) -> dict[str, nn.Module]:
    """Return the modules that a module has itself, by name."""
    return {name: each for name, each in _registered(module, "_modules") if each is not None}


def _registered(module: nn.Module, kind: str) -> list[tuple[str, Any]]:
    held = attributes(module).get(kind)
    if isinstance(held, dict):
        return list(dict.items(held))
    if type(held).__module__.partition(".")[0] == "torch":  # of a scripted module
        return list(held.items())  # type: ignore[union-attr]
    return []


def own_parameters(module: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters that a module has itself, without those of its submodules."""
    return {name: each for name, each in _registered(module, "_parameters") if each is not None}


def own_buffers(module: nn.Module) -> dict[str, Tensor]:
    """Return the buffers that a module has itself, without those of its submodules."""
    return {name: each for name, each in _registered(module, "_buffers") if each is not None}


def submodules(module: nn.Module) -> Iterator[nn.Module]:
    """Go through a module and all within it, each once."""
    seen: set[int] = set()
    waiting = [module]
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += reversed(children_of(each).values())


def state_of(modules: Iterable[nn.Module]) -> int:
    """A number for the state that modules are in: after any change of their tensors it is another one.

    Torch counts for each tensor how often it was changed; no data is looked at, and no device waited for.

    Args:
        modules: the modules.
    """
    # A parameter may be of a class that has its own idea of its attributes.
    with sys.modules["torch"]._C.DisableTorchFunctionSubclass():
        parts = [part for each in modules for part in submodules(each)]
        tensors = [
            tensor
            for part in parts
            for own in (own_parameters(part), own_buffers(part))
            for tensor in own.values()
        ]
        return hash(tuple((id(each), 0 if each.is_inference() else each._version) for each in tensors))


def is_uninitialized(tensor: Tensor) -> bool:
    """Whether it is of a lazy module that has seen no data: it has no shape yet."""
    return type(tensor).__name__ in ("UninitializedParameter", "UninitializedBuffer")
