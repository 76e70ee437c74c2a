"""Modules without their tensors: a pickle in which each tensor is a reference by name."""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from fitscribe.models import ModelNotSavable, ModelUnpickler
from fitscribe_torch.parts import children_of, is_uninitialized, own_buffers, own_parameters, unwrapped
from fitscribe_torch.tensor_file import why_not
from fitscribe_torch.variables import attributes

if TYPE_CHECKING:
    from torch import Tensor, nn

_T = TypeVar("_T")


class Reference(NamedTuple):
    """Stands for a tensor in the structure.

    Attributes:
        name: of the tensor.
        data: the name under which its data are, which several may share.
        is_parameter: whether it is an ``nn.Parameter``.
        requires_grad: whether it is trained.
        stride: of its memory, where that is dense but not in the order of its dimensions (channels last).
        is_complex: whether its data are pairs of real numbers.
    """

    name: str
    data: str
    is_parameter: bool
    requires_grad: bool
    stride: tuple[int, ...] | None
    is_complex: bool


class Tensors:
    """The tensors of modules by name, what is shared among them once.

    Args:
        modules: the modules by the prefix of their names, which may be empty.

    Attributes:
        written: those of which the data are to be written, by the names that ``state_dict`` has for them, as
            far as it has any; those of which the names begin with ``#`` are in no ``state_dict``.
        shared: names of the others, with the name of the one that they share their data with.

    Raises:
        ModelNotSavable: one in a ``state_dict`` cannot be written.
    """

    def __init__(self, modules: Mapping[str, nn.Module]) -> None:
        self.written: dict[str, Tensor] = {}
        self.shared: dict[str, str] = {}
        self._references: dict[int, Reference] = {}
        self._held: list[Tensor] = []
        self._by_memory: dict[tuple[Any, ...], str] = {}
        self._further: dict[int, str] = {}
        for prefix, module in modules.items():
            for name, tensor, is_persistent in _named_tensors(module, prefix):
                if is_persistent:
                    self._take(name, tensor)
                else:
                    self._further.setdefault(id(tensor), f"#{name}")

    def _take(self, name: str, tensor: Tensor) -> Reference:
        known = self._references.get(id(tensor))
        if known is not None:
            self.shared[name] = known.data
            return known
        reason = (
            "it has no shape yet: its module is a lazy one that has seen no data"
            if is_uninitialized(tensor)
            else why_not(tensor)
        )
        if reason:
            raise ModelNotSavable(f"{name} cannot be saved: {reason}")
        data = self._by_memory.setdefault(_memory_of(tensor), name) if tensor.numel() else name
        if data == name:
            self.written[name] = tensor
        else:
            self.shared[name] = data
        reference = Reference(
            name,
            data,
            type(tensor) is not sys.modules["torch"].Tensor,
            tensor.requires_grad,
            _order_of(tensor),
            tensor.is_complex(),
        )
        self._references[id(tensor)] = reference
        self._held.append(tensor)  # as long as it is known by its id
        return reference

    def reference(self, tensor: Tensor) -> Reference:
        """Return what stands for a tensor; one that is in no ``state_dict`` is written, too.

        Raises:
            ModelNotSavable: it cannot be written.
        """
        known = self._references.get(id(tensor))
        if known is not None:
            return known
        return self._take(self._further.get(id(tensor), f"#{len(self._references)}"), tensor)


def _named_tensors(module: nn.Module, prefix: str) -> Iterator[tuple[str, Tensor, bool]]:
    """Names as ``state_dict`` has them, tensors, and whether it has them at all."""
    module, _ = unwrapped(module)
    dot = f"{prefix}." if prefix else ""
    passing = attributes(module).get("_non_persistent_buffers_set") or ()
    for name, parameter in own_parameters(module).items():
        yield dot + name, parameter, True
    for name, buffer in own_buffers(module).items():
        yield dot + name, buffer, name not in passing
    for name, child in children_of(module).items():
        yield from _named_tensors(child, dot + name)


def _memory_of(tensor: Tensor) -> tuple[Any, ...]:
    return (
        tensor.device,
        tensor.data_ptr(),
        tensor.dtype,
        tuple(tensor.shape),
        tensor.stride(),
        tensor.is_conj(),
        tensor.is_neg(),
    )


def _order_of(tensor: Tensor) -> tuple[int, ...] | None:
    """The strides of what lies in memory without holes, but in another order than that of its dimensions."""
    if tensor.is_contiguous():
        return None
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size > 1 and stride != expected:
            return None
        expected *= size
    return tuple(tensor.stride())


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, tensors: Tensors) -> None:
        super().__init__(file, protocol=5)
        self._tensors = tensors
        torch = sys.modules["torch"]
        self._tensor_class, self._module_class = torch.Tensor, torch.nn.Module

    def persistent_id(self, obj: Any) -> Any:
        if issubclass(type(obj), self._tensor_class):
            return tuple(self._tensors.reference(obj))
        return None

    def reducer_override(self, obj: Any) -> Any:
        if issubclass(type(obj), self._module_class):
            inside, around = unwrapped(obj)
            if around:
                return itself, (inside,)
        return NotImplemented


def itself(obj: _T) -> _T:
    """Return the argument: in the structure it stands for a wrapper, such as of a compiled module."""
    return obj


class _Bounded(io.BytesIO):
    """Takes so much: a module may hold a whole data set."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._left = limit

    def write(self, data: Any) -> int:
        self._left -= memoryview(data).nbytes
        if self._left < 0:
            raise ValueError("it holds too much beside its tensors")
        return super().write(data)


def dumps(obj: Any, tensors: Tensors, limit_bytes: int) -> bytes:
    """Pickle modules without their tensors.

    Args:
        obj: a module, or a dict of modules.
        tensors: those that it has; what else it holds of tensors is added to them.
        limit_bytes: the most that it may come to.

    Raises:
        ValueError: it comes to more.
        Exception: what their own classes, or pickle, raise.
    """
    file = _Bounded(limit_bytes)
    _Pickler(file, tensors).dump(obj)
    return file.getvalue()


class _Unpickler(ModelUnpickler):
    def __init__(self, data: bytes, tensors: Mapping[str, Tensor]) -> None:
        super().__init__(io.BytesIO(data))
        self._data = dict(tensors)
        self._prepared: dict[str, Tensor] = {}
        self._made: dict[str, Tensor] = {}

    def persistent_load(self, pid: Any) -> Any:
        reference = Reference(*pid)
        if reference.name not in self._made:
            self._made[reference.name] = self._make(reference)
        return self._made[reference.name]

    def _make(self, reference: Reference) -> Tensor:
        torch = sys.modules["torch"]
        if reference.data not in self._prepared:
            plain = self._data.pop(reference.data)
            if reference.is_complex:
                plain = torch.view_as_complex(plain)
            if reference.stride is not None:
                stride, dtype = reference.stride, plain.dtype
                plain = torch.empty_strided(plain.shape, stride, dtype=dtype, device="cpu").copy_(plain)
            self._prepared[reference.data] = plain
        data = self._prepared[reference.data].detach()
        made: Tensor
        if reference.is_parameter:
            made = torch.nn.Parameter(data, requires_grad=reference.requires_grad)
        else:
            made = data.requires_grad_(reference.requires_grad)
        return made


def loads(data: bytes, tensors: Mapping[str, Tensor]) -> Any:
    """Make of a pickle by :func:`dumps`, and of tensors, what it was.

    Args:
        data: the pickle, which runs whatever code it names.
        tensors: by the names in ``Tensors.written``; they become the modules' own.

    Raises:
        ModelNotLoadable: a class or module that it needs is not here.
    """
    return _Unpickler(data, tensors).load()
