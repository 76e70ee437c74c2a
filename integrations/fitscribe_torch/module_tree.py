"""Modules as plain data: the tree of their parts, with what each has of parameters."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.capture import type_name
from fitscribe_torch.parts import (
    children_of,
    is_uninitialized,
    own_buffers,
    own_parameters,
    submodules,
    unwrapped,
)
from fitscribe_torch.variables import attributes

if TYPE_CHECKING:
    from torch import Tensor, nn

_COMPILED = "OptimizedModule"
# What is shown, and what is looked at for it: most of a large model are layers alike.
_PARTS = 1_000
_LOOKED_AT = 4_000
# What is stored is nested 60 deep at most, and each level of a tree is two: its parts, and one of them.
_DEPTH = 28
_SETTINGS = 200


def described(modules: Mapping[str, nn.Module]) -> dict[str, Any]:
    """Describe modules as plain data.

    Args:
        modules: the modules, by what the script calls them; they are only read, and none is called.

    Returns:
        `parameters` and `trainable`, counted once where modules share them; `dtypes` and `devices`, with how
        many parameters are of each; `uninitialized`, how many tensors of lazy modules have no shape yet,
        where there are any; `compiled`; and `modules`, one dict each: the same facts of its own, `name`,
        `class`, `wrappers` (names of the classes around it, such as ``DistributedDataParallel``), `buffers`
        (their elements), and the tree of its `parts`: each with `name`, `class`, `settings` (as PyTorch
        prints them, for its own classes), the `parameters` it has itself and its own `parts`. Neighbours
        that are alike are one part with `times`, and ``0-11`` for a name. `shared` is the place where a part
        has been described already. `cut` counts modules that are left out of a tree of more than a thousand
        parts.
    """
    # A parameter may be of a class that has its own idea of its attributes.
    with sys.modules["torch"]._C.DisableTorchFunctionSubclass():
        return _described(modules)


def _described(modules: Mapping[str, nn.Module]) -> dict[str, Any]:
    total = _Counts()
    listed = []
    for name, module in modules.items():
        inside, wrappers = unwrapped(module)
        counts, tree = _Counts(), _Tree()
        for part in submodules(inside):
            counts.add(part)
        counts.compiled |= _COMPILED in wrappers
        total.update(counts)
        one: dict[str, Any] = {"name": name, "class": type_name(inside)}
        if wrappers:
            one["wrappers"] = list(wrappers)
        one |= counts.as_plain()
        one["buffers"] = sum(counts.buffers.values())
        one["parts"] = tree.parts_of(inside, "", 0)
        if tree.cut:
            one["cut"] = tree.cut
        listed.append(one)
    return {**total.as_plain(), "modules": listed}


class _Counts:
    """Parameters and buffers, each counted once."""

    def __init__(self) -> None:
        self.compiled = False
        self.buffers: dict[int, int] = {}
        self._parameters: dict[int, tuple[int, bool, Any, Any]] = {}
        self._uninitialized: set[int] = set()

    def add(self, module: nn.Module) -> None:
        """Count what a module has itself."""
        if attributes(module).get("_compiled_call_impl") is not None or type(module).__name__ == _COMPILED:
            self.compiled = True
        for each in own_parameters(module).values():
            if id(each) not in self._parameters:
                self._parameters[id(each)] = self._size(each), each.requires_grad, each.dtype, each.device
        for buffer in own_buffers(module).values():
            self.buffers[id(buffer)] = self._size(buffer)

    def update(self, other: _Counts) -> None:
        """Add what others have counted."""
        self.compiled |= other.compiled
        self.buffers |= other.buffers
        self._parameters |= other._parameters
        self._uninitialized |= other._uninitialized

    def _size(self, tensor: Tensor) -> int:
        if is_uninitialized(tensor):
            self._uninitialized.add(id(tensor))
            return 0
        return int(tensor.numel())

    def as_plain(self) -> dict[str, Any]:
        """The sums."""
        dtypes: Counter[Any] = Counter()
        devices: Counter[Any] = Counter()
        parameters = trainable = 0
        for size, trained, dtype, device in self._parameters.values():
            parameters += size
            trainable += size * trained
            dtypes[dtype] += size
            devices[device] += size
        found = {
            "parameters": parameters,
            "trainable": trainable,
            "dtypes": {str(dtype).removeprefix("torch."): size for dtype, size in dtypes.items()},
            "devices": {str(device): size for device, size in devices.items()},
            "compiled": self.compiled,
        }
        return found | ({"uninitialized": len(self._uninitialized)} if self._uninitialized else {})


class _Tree:
    """The parts of one module, as far as there is room for them.

    Attributes:
        cut: how many modules are left out.
    """

    def __init__(self) -> None:
        self.cut = 0
        self._room = _PARTS
        self._looked_at = 0
        self._places: dict[int, str] = {}

    def parts_of(self, module: nn.Module, place: str, depth: int) -> list[dict[str, Any]]:
        """Describe the parts of a module; see :func:`described`."""
        parts: list[dict[str, Any]] = []
        for name, child in children_of(module).items():
            inside, _ = unwrapped(child)
            if self._room <= 0 or self._looked_at >= _LOOKED_AT or depth == _DEPTH:
                self.cut += sum(1 for _ in submodules(inside))
                continue
            room = self._room
            part = self._part(inside, name, f"{place}.{name}" if place else name, depth)
            if parts and _alike(parts[-1], part):
                self._room = room
                last = parts[-1]
                last["name"] = f"{last['name'].partition('-')[0]}-{name}"
                last["times"] = last.get("times", 1) + 1
            else:
                parts.append(part)
        return parts

    def _part(self, module: nn.Module, name: str, place: str, depth: int) -> dict[str, Any]:
        self._room -= 1
        self._looked_at += 1
        part: dict[str, Any] = {"name": name, "class": _class_of(module)}
        known = self._places.get(id(module))
        if known is not None:
            return part | {"shared": known}
        self._places[id(module)] = place
        settings = _settings(module)
        if settings:
            part["settings"] = settings
        sizes = [each.numel() for each in own_parameters(module).values() if not is_uninitialized(each)]
        if sizes:
            part["parameters"] = sum(sizes)
        parts = self.parts_of(module, place, depth + 1)
        if parts:
            part["parts"] = parts
        return part


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (
        len(one) - ("times" in one) == len(other)
        and one["name"].rpartition("-")[2].isdecimal()
        and other["name"].isdecimal()
        and all(value == one.get(key) for key, value in other.items() if key != "name")
    )


def _class_of(module: nn.Module) -> str:
    cls = type(module)
    # A tree of PyTorch's own is read by the names that everybody knows.
    return cls.__qualname__ if _is_torchs(cls) else type_name(module)


def _settings(module: nn.Module) -> str:
    if not _is_torchs(type(module)):
        return ""  # it is a method that the script may have written
    try:
        text = str(module.extra_repr())
    except Exception as error:  # of a module that somebody has taken apart
        return f"not read: {type(error).__name__}"
    return text if len(text) <= _SETTINGS else text[: _SETTINGS - 1] + "…"


def _is_torchs(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "torch"
