"""Tensors as a safetensors file, written piece by piece: no copy of a whole model is made for it."""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

# https://github.com/huggingface/safetensors#format
_DTYPES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint64": "U64",
    "uint32": "U32",
    "uint16": "U16",
    "uint8": "U8",
    "bool": "BOOL",
    "complex64": "F32",
    "complex128": "F64",
}
_ALIGNMENT = 8


def why_not(tensor: Tensor) -> str:
    """Return why a tensor cannot be written; empty where it can.

    Args:
        tensor: any tensor, which this only reads.
    """
    torch = sys.modules["torch"]
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
        return f"it is a {type(tensor).__name__}"
    if tensor.device.type == "meta":
        return "it has no data (it is on the meta device)"
    if tensor.is_quantized:
        return f"it is quantized ({_name(tensor.dtype)})"
    if tensor.is_nested:
        return "it is nested"
    if tensor.layout is not torch.strided:
        return f"it is no dense tensor ({_name(tensor.layout)})"
    if _name(tensor.dtype) not in _DTYPES:
        return f"safetensors has no type for {_name(tensor.dtype)}"
    return ""


def _name(constant: Any) -> str:
    return str(constant).removeprefix("torch.")


def size_of(tensors: Mapping[str, Tensor]) -> int:
    """Return the bytes that tensors take in a file, without its header."""
    return sum(each.numel() * each.element_size() for each in tensors.values())


def pieces(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> Iterator[bytes | memoryview]:
    """Give a safetensors file in pieces; each is to be used before the next one is asked for.

    Args:
        tensors: by name, such as :func:`why_not` lets pass. Complex ones become pairs of real numbers: their
            shape has 2 for a last dimension more.
        metadata: further texts.
    """
    # The widest first, so that all are aligned.
    ordered = sorted(tensors.items(), key=lambda item: -item[1].element_size())
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    offset = 0
    for name, tensor in ordered:
        end = offset + tensor.numel() * tensor.element_size()
        header[name] = {
            "dtype": _DTYPES[_name(tensor.dtype)],
            "shape": [*tensor.shape, 2] if tensor.is_complex() else list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    yield len(text).to_bytes(8, "little")
    yield text
    for _, tensor in ordered:
        # Not by NumPy, which lacks some of the types and need not be there.
        plain = tensor.detach().resolve_conj().resolve_neg().cpu().contiguous()
        length = plain.numel() * plain.element_size()
        if length:
            yield memoryview((ctypes.c_char * length).from_address(plain.data_ptr()))


def metadata_of(data: bytes) -> dict[str, str]:
    """Return the texts that a safetensors file holds besides its tensors.

    Args:
        data: the whole file.

    Raises:
        ValueError: it is none.
    """
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    found: dict[str, str] = header.get("__metadata__", {})
    return found
