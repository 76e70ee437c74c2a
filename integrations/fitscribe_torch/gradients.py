"""The norm of the gradients that a step was made with, where that is asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from fitscribe_torch.losses import value_of

if TYPE_CHECKING:
    from fitscribe_torch.losses import Value

NORM = "gradient_norm"


def gradient_norm(optimizer: Any) -> Value | None:
    """The 2-norm of all gradients of an optimizer, as `clip_grad_norm_` takes it: after any clipping.

    Args:
        optimizer: which has made its step; its gradients are still there.

    Returns:
        A number or, on a device, a place that holds it; None where there are no gradients, or sparse ones.
    """
    torch = sys.modules["torch"]
    gradients = [
        parameter.grad
        for group in optimizer.param_groups
        for parameter in group["params"]
        if parameter.grad is not None
    ]
    if not gradients or any(each.layout is not torch.strided for each in gradients):
        return None
    with torch.no_grad():
        first = gradients[0].device
        norms = [torch.linalg.vector_norm(each).to(first, torch.float32) for each in gradients]
        return value_of(torch.linalg.vector_norm(torch.stack(norms)))
