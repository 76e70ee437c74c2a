"""NumPy arrays and torch tensors."""

from __future__ import annotations

import sys
from typing import Any

from fitscribe.capture.fingerprint import CELLS, OBJECT_CELLS, Fingerprint, bounded
from fitscribe.capture.values import type_name

EXACT_CELLS = 1_000_000
# Objects are asked one by one.
EXACT_OBJECTS = 100_000
_PLAIN = "biufcmM"


def describe_array(array: Any) -> dict[str, Any]:
    """Describe a NumPy array, of any dtype, masked and memory-mapped ones too."""
    dtype = array.dtype
    description: dict[str, Any] = {
        "container": type_name(array),
        "shape": list(array.shape),
        "dtype": str(dtype),
        "bytes": array.nbytes,
    }
    if dtype.names:
        description["columns"] = list(dtype.names)
        description["dtypes"] = [str(dtype[name]) for name in dtype.names]
        description["dtype"] = "structured"
    numpy = sys.modules["numpy"]
    mask = None
    if type(array) is not numpy.ndarray:
        mask = numpy.ma.getmaskarray(array) if isinstance(array, numpy.ma.MaskedArray) else None
        array = array.view(numpy.ndarray)
    cells = EXACT_CELLS if dtype.kind in _PLAIN else EXACT_OBJECTS
    sample, rows = bounded(array, cells, cells)
    missing = count_missing(sample)
    if mask is not None:
        missing += int(numpy.count_nonzero(bounded(mask, cells, cells)[0]))
    description["missing"] = missing
    if sample.size < array.size:
        description["sampled"] = rows
    fingerprint = Fingerprint("array", array.shape)
    sample, rows = bounded(array, CELLS if dtype.kind in _PLAIN else OBJECT_CELLS)
    fingerprint.array(sample)
    if mask is not None:
        fingerprint.array(bounded(mask)[0])
    description["fingerprint"] = fingerprint.digest()
    description["fingerprint_rows"] = rows
    return description


def count_missing(array: Any) -> int:
    """Return how many values of an array are NaN, NaT or None."""
    numpy = sys.modules["numpy"]
    kind = array.dtype.kind
    if kind in "fc":
        return int(numpy.count_nonzero(array != array))
    if kind in "mM":
        return int(numpy.count_nonzero(numpy.isnat(array)))
    if kind == "O":
        return sum(is_missing(item) for item in array.ravel().tolist())
    if array.dtype.names:
        return sum(count_missing(array[name]) for name in array.dtype.names)
    return 0


def is_missing(item: Any) -> bool:
    """Tell whether a Python object stands for a missing value."""
    if item is None:
        return True
    cls = type(item)
    if cls is str or cls is int:
        return False
    if issubclass(cls, float):  # isinstance would ask the object, which may be anybody's, for its __class__
        return bool(item != item)
    return cls.__name__ in ("NAType", "NaTType")


def is_tensor(obj: Any) -> bool:
    """Tell whether it is a torch tensor, without importing torch."""
    return "torch" in sys.modules and any(
        cls.__name__ == "Tensor" and cls.__module__.partition(".")[0] == "torch" for cls in type(obj).__mro__
    )


def describe_tensor(tensor: Any) -> dict[str, Any]:
    """Describe a torch tensor; the values of one on a device stay there: reading them would wait for it."""
    description: dict[str, Any] = {
        "container": type_name(tensor),
        "shape": [int(size) for size in tensor.shape],
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "device": str(tensor.device),
    }
    if tensor.device.type != "cpu":
        description["not_read"] = "its values are on a device"
        return description
    try:
        array = tensor.detach().numpy()
    except (RuntimeError, TypeError, ValueError) as error:
        # Sparse and quantized tensors, bfloat16, tensors of torch's own transforms: no array shares their
        # memory.
        description["not_read"] = str(error).partition("\n")[0][:200]
        return description
    seen = describe_array(array)
    return description | {name: seen[name] for name in seen if name not in ("container", "shape", "dtype")}
