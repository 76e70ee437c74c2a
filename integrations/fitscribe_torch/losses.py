"""What `backward` was called on since the last step: by the name that the script gives it.

The value of a step is the sum of these, as gradients are. A loss that was divided by the number of
micro-steps gives the mean in that way, which is the number that such scripts print. Where an optimizer
evaluates its closure several times, as LBFGS does, the value is that of the first time: it is what its
``step`` returns.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from fitscribe.tracking.weakly import WeakTable
from fitscribe_torch import names
from fitscribe_torch.names import name_of_value
from fitscribe_torch.rings import Slot, ring_of

if TYPE_CHECKING:
    from fitscribe.engine import Watched

Value: TypeAlias = "float | Slot"
"""A number or, on a device, a place that holds it."""

# Of a group of parameters.
_MOST_GRADIENTS = 64
# Of gradients that no optimizer steps with: a script may apply them by hand.
_MOST_PENDING = 16_384


class _Pending(threading.local):
    """Each thread's own: `backward` is called where the step is made."""

    def __init__(self) -> None:
        self.values: list[tuple[str, Value]] = []
        self.unread = ""
        """Why a value could not be taken."""
        self.has_lists = False
        """Whether one call was on several tensors."""


pending = _Pending()
before_next: list[Callable[[], None]] = []
"""What is to be done once before `backward` is called again, as long as the models are as they are now."""
# What a loss was before `GradScaler.scale` multiplied it, by what that gave.
_unscaled: WeakTable[tuple[str, Value]] = WeakTable()
_scales = False


class _Torch(NamedTuple):
    """What each `backward` needs of torch: to look for it anew takes as long as to read the loss."""

    tensor: Any
    its_backward: CodeType
    task_in_progress: Callable[[], int]
    """The number of the `backward` that is going on, or -1."""


_torch: _Torch | None = None


def _look_up() -> _Torch:
    global _torch
    torch = sys.modules["torch"]
    in_progress = getattr(torch._C, "_current_graph_task_id", lambda: -1)  # from torch 2.1 on
    _torch = _Torch(torch.Tensor, torch.Tensor.backward.__code__, in_progress)
    return _torch


def went_backwards(call: Watched) -> None:
    """Take what `backward` was called on: a tensor or a sequence of them.

    Args:
        call: of ``torch.autograd.backward``, which every ``backward`` comes to.
    """
    _, _, args, kwargs, _, error, _ = call
    tensor_class, its_backward, task_in_progress = _torch or _look_up()
    # Not within another `backward`: that of parts that are checkpointed calls one.
    if error is not None or task_in_progress() != -1:
        return
    while before_next:
        before_next.pop()()
    tensors = args[0] if args else kwargs.get("tensors", ())
    values = pending.values
    if len(values) >= _MOST_PENDING:
        release(take())  # gradients that no optimizer is to step with
        values = pending.values
    # Beyond the frames of the watcher and of the wrapper; what has called `backward` of a tensor is one more.
    caller = sys._getframe(2)
    code = caller.f_code
    if code is its_backward and caller.f_back is not None:
        caller = caller.f_back
        code = caller.f_code
    # What most steps come to, without a call of its own: see value_of() and name_of_value().
    if (
        type(tensors) is tensor_class
        and not _scales
        and tensors.is_cpu
        and tensors.numel() == 1
        and type(number := tensors.item()) is float
    ):
        known_name = names.known_names.get((id(code), caller.f_lasti))
        name = known_name[1] if known_name is not None and known_name[0]() is code else None
        values.append((name or name_of_value(caller), number))
        return
    every = tensors if isinstance(tensors, (list, tuple)) else (tensors,)
    pending.has_lists |= len(every) > 1
    for tensor in every:
        known = _unscaled.get(tensor) if _scales else None
        if known is None:
            value = value_of(tensor)
            if value is None:
                pending.unread = "backward was called on something else than one number"
                continue
            known = name_of_value(caller), value
        values.append(known)


def of_these_gradients(optimizer: Any, values: list[tuple[str, Value]]) -> list[tuple[str, Value]]:
    """Leave out what `backward` was called on before the gradients were set to None, as `zero_grad` does.

    A gradient counts how often it was added to since then. That says how many calls of one name it is of at
    most; where it was changed in another way, as by clipping, that is more than there were.

    Args:
        optimizer: which has stepped, on this thread.
        values: what led to its step as far as is known, in their order; more than one.

    Returns:
        Those that the gradients are of.
    """
    gradients = [
        parameter.grad
        for group in optimizer.param_groups
        for parameter in group["params"][:_MOST_GRADIENTS]
        if parameter.grad is not None
    ]
    has_lists, pending.has_lists = pending.has_lists, False
    if has_lists or not gradients or any(each.is_sparse or each.requires_grad for each in gradients):
        return values
    most = 1 + max(each._version for each in gradients)
    kept: list[tuple[str, Value]] = []
    counts: dict[str, int] = {}
    for name, value in reversed(values):
        counts[name] = counts.get(name, 0) + 1
        if counts[name] <= most:
            kept.append((name, value))
        elif isinstance(value, Slot):
            value.release()
    return kept[::-1]


def value_of(tensor: Any) -> Value | None:
    """The number in a tensor; on a device, a place that it was copied to. None where it is not one number."""
    torch = sys.modules["torch"]
    # Not of a subclass: it may do anything when it is asked for its value, or be none, as when it is traced.
    if type(tensor) is not torch.Tensor or tensor.numel() != 1 or tensor.is_complex():
        return None
    if tensor.is_cpu:
        return float(tensor.item())
    if tensor.is_cuda and torch.cuda.is_current_stream_capturing():
        return None  # what is done while a graph is captured becomes a part of it
    return ring_of(tensor.device).put(tensor)


def scaled(call: Watched) -> None:
    """Remember what `GradScaler.scale` was given for what it returned.

    Args:
        call: of it.
    """
    global _scales
    if call.error is not None:
        return
    _scales = True
    outputs = call.argument(0, "outputs")
    before = outputs if isinstance(outputs, (list, tuple)) else (outputs,)
    after = call.result if isinstance(call.result, (list, tuple)) else (call.result,)
    for loss, product in zip(before, after, strict=False):
        if product is loss:
            continue  # a scaler that is switched off
        value = value_of(loss)
        if value is not None:
            _unscaled.set(product, (name_of_value(sys._getframe(2)), value))


def take() -> list[tuple[str, Value]]:
    """Take what led to the step that has been made: names and values in their order."""
    # A new list in any case: what is noted of a step that nothing led to must not get what leads to the next.
    found, pending.values = pending.values, []
    return found


def release(values: Sequence[tuple[str, Value]]) -> None:
    """Say that nobody wants what :func:`take` gave."""
    for _, value in values:
        if isinstance(value, Slot):
            value.release()


def sums(values: Sequence[tuple[str, Value]], *, closure: bool) -> tuple[dict[str, Value], int]:
    """Add up what led to a step.

    Args:
        values: as :func:`take` gave them.
        closure: whether the optimizer has called `backward` by itself, through a closure.

    Returns:
        The values of the step by name, and how often `backward` was called for the one that it was called
        for most often.
    """
    found: dict[str, Value] = {}
    counts: dict[str, int] = {}
    for name, value in values:
        counts[name] = counts.get(name, 0) + 1
        known = found.get(name)
        if known is None:
            found[name] = value
        elif isinstance(value, Slot):
            if isinstance(known, Slot) and not closure:
                known.add(value)
            value.release()
        elif not isinstance(known, Slot) and not closure:
            found[name] = known + value
    return found, max(counts.values(), default=0)


def why_unread() -> str:
    """Why a value of this thread's could not be taken, or nothing; it is said once."""
    found, pending.unread = pending.unread, ""
    return found


if sys.platform != "win32":
    os.register_at_fork(after_in_child=before_next.clear)
