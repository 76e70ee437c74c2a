"""Which tensors can be looked at without harm, and when none can."""

from __future__ import annotations

import sys
from typing import Any


def is_followed(torch: Any) -> bool:
    """Whether torch takes note of this thread's operations, as for a graph: ours would become a part of it.

    So it is under `torch.compile`, `torch.export`, `torch.jit.trace`, within a transform of `torch.func`, and
    wherever a dispatch mode is on, such as that of fake tensors or of a counter of operations.
    """
    return (
        _is_compiling(torch)
        or torch._C._get_tracing_state() is not None
        or torch._C._len_torch_dispatch_stack() > 0
        or torch._C._functorch.peek_interpreter_stack() is not None
    )


def _is_compiling(torch: Any) -> bool:
    # Before torch 2.3 it was the compiler's own, which is there once it is used.
    module = getattr(torch, "compiler", None)
    if not hasattr(module, "is_compiling"):
        module = sys.modules.get("torch._dynamo")
    return module is not None and bool(module.is_compiling())


def is_captured(torch: Any, tensor: Any) -> bool:
    """Whether what is done on the device of a tensor is captured in a CUDA graph, to be replayed."""
    return bool(tensor.is_cuda and torch.cuda.is_current_stream_capturing())


def plain(torch: Any, value: Any) -> Any:
    """The tensor of numbers that a value is, or that it is at heart; None where it is anything else.

    Args:
        torch: the module.
        value: a tensor, or one of a subclass that has no operations of its own, such as those of torchvision.
    """
    if type(value) is not torch.Tensor:
        if not isinstance(value, torch.Tensor):
            return None
        if type(value).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__:
            return None
        with torch._C.DisableTorchFunctionSubclass():
            value = value.as_subclass(torch.Tensor)
    if value.is_meta or value.layout is not torch.strided or value.is_quantized or value.is_complex():
        return None
    return value
