"""What Keras takes for arrays: arrays, frames and tensors, alone or in dicts, lists and tuples."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from fitscribe import capture
from fitscribe.capture.frames import is_frame

# How deep structures are taken apart; of more arrays the first are described, of more again none are named.
_DEPTH = 6
_DESCRIBED = 16
_NAMED = 256
_SCALARS = (str, bytes, bool, int, float, type(None))
_COUNTED = "biufc"


def leaves(data: Any) -> list[tuple[str, Any]]:
    """The arrays in what Keras takes for ``x``, ``y`` or ``sample_weight``.

    Args:
        data: an array, or dicts, lists and tuples of some.

    Returns:
        Names and arrays: an empty name for an array alone, else keys and positions (``image``, ``0``,
        ``left/0``).
    """
    return list(islice(_leaves(data, "", _DEPTH), _NAMED))


def _leaves(data: Any, name: str, depth: int) -> Iterator[tuple[str, Any]]:
    if data is None:
        return
    if not depth or not is_nested(data):
        yield name, data
        return
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, each in items:
        yield from _leaves(each, f"{name}/{key}" if name else str(key), depth - 1)


def is_nested(data: Any) -> bool:
    """Whether it holds arrays, and is none: a list of numbers, or of rows of numbers, is one.

    Args:
        data: what Keras was given.
    """
    if isinstance(data, (list, tuple)):
        first = data[0] if data else 0
        while isinstance(first, (list, tuple)) and first:
            first = first[0]
        return not isinstance(first, (*_SCALARS, sys.modules["numpy"].generic))
    return isinstance(data, dict)


def rows_of(data: Any) -> int | None:
    """How many samples the first array has in what Keras was given; None where nobody knows.

    Args:
        data: as for :func:`leaves`.
    """
    for _, leaf in leaves(data):
        shape = shape_of(leaf)
        if shape:
            return shape[0]
    return None


def shape_of(leaf: Any) -> list[int | None] | None:
    """The shape of an array, frame, tensor or list, with None for sizes that are not known.

    Args:
        leaf: one of what :func:`leaves` gives.
    """
    if type(leaf) in (list, tuple):
        return [len(leaf)]
    try:
        shape = leaf.shape if hasattr(type(leaf), "shape") else None
        return None if shape is None else [None if size is None else int(size) for size in shape]
    except Exception:
        return None  # somebody's own property, or a tensor without rank


def described(data: Any, kind: str, describe: Callable[[Any], dict[str, Any]], part: slice) -> dict[str, Any]:
    """Describe what Keras was given, in the words of :func:`fitscribe.capture.describe_data`.

    Args:
        data: as for :func:`leaves`.
        kind: what several arrays are: ``inputs`` or ``outputs``.
        describe: ``describe_data`` or ``describe_target``.
        part: the rows that are meant; ``slice(None)`` for all.

    Returns:
        The description of the only array; of several `container`, `shape` (that of the rows alone), and
        their descriptions by name as `inputs` or `outputs`. Of those after the 16th only shape and type are
        described; `cut` is there, and true, where not all are named.
    """
    if not is_nested(data):
        return _described(data, describe, part)
    found: dict[str, Any] = {"container": capture.type_name(data)}
    rows = rows_of(data)
    if rows is not None:
        found["shape"] = [_size(rows, part)]
    inside = leaves(data)
    found[kind] = {
        name: _described(leaf, describe, part) if number < _DESCRIBED else _outlined(leaf, part)
        for number, (name, leaf) in enumerate(inside)
    }
    if len(inside) == _NAMED:
        found["cut"] = True
    return found


def _described(leaf: Any, describe: Callable[[Any], dict[str, Any]], part: slice) -> dict[str, Any]:
    outlined = _outlined(leaf, part)
    rows = _rows(leaf, part)
    if rows is None:
        return outlined
    found = describe(rows)
    if rows is leaf:
        return found
    return found | {name: outlined[name] for name in ("container", "dtype", "device") if name in outlined}


def _outlined(leaf: Any, part: slice) -> dict[str, Any]:
    """What can be said of an array without its values."""
    found: dict[str, Any] = {"container": _container(leaf)}
    shape = shape_of(leaf)
    if shape:
        size = shape[0]
        found["shape"] = [None if size is None else _size(size, part), *shape[1:]]
    if _root(leaf) in (*_TENSORS, "numpy"):
        found["dtype"] = _dtype(leaf)
        device = _device(leaf) if _root(leaf) in _TENSORS else None
        if device is not None:
            found["device"] = device
    found["not_read"] = "its values are not looked at"
    return found


def _rows(leaf: Any, part: slice) -> Any:
    """The rows that are meant of an array, as something that shares its memory; None where there is none."""
    view = viewed(leaf)
    if view is None:
        return None
    if part == slice(None):
        return view
    if _is_numpy(view):
        return view[part]
    if is_frame(view):
        return view.iloc[part] if _root(view) == "pandas" else view[part]
    return None  # slices of lists and of sparse matrices are copies


def viewed(leaf: Any) -> Any:
    """A NumPy array that shares the memory of a tensor; other data as it is.

    Args:
        leaf: one of what :func:`leaves` gives.

    Returns:
        None for a tensor on a device, and for one of a type that NumPy does not have.
    """
    view = _VIEWS.get(_root(leaf))
    if view is None:
        return leaf
    try:
        found = view(leaf)
    except Exception:
        # Ragged, sparse and symbolic tensors, texts, bfloat16: the libraries raise errors of many types.
        return None
    return found if found is not None and found.dtype.kind in _COUNTED else None


def _torch_view(tensor: Any) -> Any:
    return tensor.detach().numpy() if tensor.device.type == "cpu" else None


def _tensorflow_view(tensor: Any) -> Any:
    # Its `numpy` gives a copy.
    return sys.modules["numpy"].asarray(memoryview(tensor)) if "CPU" in tensor.device else None


def _jax_view(array: Any) -> Any:
    # Its `__array__` would keep what it gives.
    return sys.modules["numpy"].from_dlpack(array) if _device(array) == "cpu" else None


_VIEWS: dict[str, Callable[[Any], Any]] = {
    "torch": _torch_view,
    "tensorflow": _tensorflow_view,
    "jax": _jax_view,
}
_TENSORS = {"torch": "torch.Tensor", "tensorflow": "tensorflow.Tensor", "jax": "jax.Array"}


def _root(leaf: Any) -> str:
    """The library that a type is of."""
    for cls in type(leaf).__mro__:
        root = cls.__module__.partition(".")[0]
        if root == "jaxlib":
            return "jax"
        if root in _TENSORS or root in ("numpy", "pandas", "polars"):
            return root
    return ""


def _container(leaf: Any) -> str:
    """The type of an array; of a tensor its public name, which is the same in all versions."""
    name = type(leaf).__name__
    if name in ("Tensor", "EagerTensor", "ArrayImpl"):
        return _TENSORS.get(_root(leaf), capture.type_name(leaf))
    return capture.type_name(leaf)


def _dtype(leaf: Any) -> str:
    dtype = getattr(leaf, "dtype", None)
    return str(getattr(dtype, "name", dtype)).removeprefix("torch.")


def _device(leaf: Any) -> str | None:
    """Where a tensor is, in torch's words; None where it does not say."""
    try:
        if _root(leaf) == "jax":
            return "+".join(sorted(each.platform for each in leaf.devices()))
        # TensorFlow says "/job:localhost/replica:0/task:0/device:CPU:0".
        name = str(leaf.device).rpartition("device:")[2].lower()
    except Exception:
        return None
    return "cpu" if name == "cpu:0" else name or None


def _is_numpy(data: Any) -> bool:
    return issubclass(type(data), sys.modules["numpy"].ndarray)


def _size(rows: int, part: slice) -> int:
    return len(range(*part.indices(rows)))
