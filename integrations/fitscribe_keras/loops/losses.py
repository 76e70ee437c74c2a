"""What gradients were wanted of since the last step: by the name that the script gives it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from fitscribe.engine.frames import calling, root_of
from fitscribe_keras.loops.eager import is_tracing, number_in, read
from fitscribe_keras.loops.script import loss_name

if TYPE_CHECKING:
    from fitscribe.engine import Watched

Value: TypeAlias = "float | Any"
"""A number or, on a device, the tensor that holds it."""

# Of gradients that no optimizer applies.
_MOST_PENDING = 16_384
_MOST_PASSED_OVER = 256
_MOST_SOURCES = 16
_number_of = attrgetter("_id")


class Wanted(NamedTuple):
    """What gradients were wanted of, and with respect to what.

    Attributes:
        name: what the script calls it.
        value: what it is.
        sources: TensorFlow's numbers of the first tensors that stand for what the gradients are of, variables
            among them; the tensors themselves would hold the variables.
    """

    name: str
    value: Value
    sources: frozenset[int]


class _Pending(threading.local):
    """Each thread's own: gradients are computed where they are applied."""

    def __init__(self) -> None:
        self.values: list[tuple[str, Value]] = []
        """What leads to the next step, whatever optimizer makes it."""
        self.wanted: list[Wanted] = []
        """What gradients of variables were wanted of."""
        self.passed_over = 0
        """How many of these, the first ones, an optimizer has stepped without."""
        self.unread = False
        """Whether a gradient was wanted of something else than one number."""


pending = _Pending()


def differentiated(call: Watched) -> None:
    """Take what a tape was asked for the gradients of.

    Args:
        call: of ``imperative_grad``, to which ``GradientTape.gradient`` comes.
    """
    if call.error is not None or is_tracing():
        return
    frame = calling(sys._getframe(1))
    # TensorFlow wants gradients by itself, too, as to recompute some.
    if frame is None or frame.f_code.co_name != "gradient" or root_of(frame.f_back) == "tensorflow":
        return
    sources = call.args[2] if len(call.args) > 2 else call.kwargs.get("sources", ())
    # Of an input, as for an adversarial example or a saliency map, they train nothing.
    if not any(each.dtype.name == "resource" for each in sources):
        return
    targets = call.args[1] if len(call.args) > 1 else call.kwargs.get("target", ())
    numbers = [number for each in targets if (number := number_in(each)) is not None]
    if not numbers:
        pending.unread = True
        return
    if len(pending.wanted) >= _MOST_PENDING:
        pending.wanted, pending.passed_over = [], 0
    name, of = loss_name(frame.f_back), frozenset(map(_number_of, sources[:_MOST_SOURCES]))
    pending.wanted += [Wanted(name, each, of) for each in numbers]


def numbers_of_variables(variables: Iterable[Any]) -> frozenset[int]:
    """TensorFlow's numbers of the tensors that stand for variables.

    Args:
        variables: of any backend; those of others, or of several devices, have none.
    """
    found = set()
    for each in variables:
        try:
            found.add(each.handle._id)
        except (AttributeError, ValueError):
            continue
    return frozenset(found)


def count(trained: frozenset[int]) -> None:
    """Let what was wanted for the step of an optimizer lead to it, and what was for others wait for these.

    Args:
        trained: what the optimizer trains, as :func:`numbers_of_variables` gives it.
    """
    ours = [each for each in pending.wanted if not trained.isdisjoint(each.sources)]
    others = [each for each in pending.wanted if trained.isdisjoint(each.sources)]
    if not ours:
        # Those of a copy of the model, as a worker of several makes them, are applied to the original.
        ours, others = others[pending.passed_over :], others[: pending.passed_over]
    pending.wanted = others[-_MOST_PASSED_OVER:]
    pending.passed_over = len(pending.wanted)
    pending.values += [(each.name, each.value) for each in ours]


def take() -> list[tuple[str, Value]]:
    """Take what led to the step that is made: names and values in their order."""
    # A new list in any case: what is noted of a step that nothing led to must not get what leads to the next.
    found, pending.values = pending.values, []
    return found


def means(values: Sequence[tuple[str, Value]]) -> tuple[dict[str, float], int]:
    """What led to a step as one number for each name: the mean, where there were several.

    Args:
        values: as :func:`take` gave them.

    Returns:
        The numbers by name, and how many there were of the name that had most.
    """
    if len(values) == 1:
        ((name, value),) = values
        return {name: value if type(value) is float else read(value)}, 1
    found: dict[str, list[float]] = {}
    for name, value in values:
        found.setdefault(name, []).append(value if type(value) is float else read(value))
    most = max(map(len, found.values()), default=0)
    return {name: sum(each) / len(each) if len(each) > 1 else each[0] for name, each in found.items()}, most


def why_unread() -> str:
    """Why a loss of this thread's could not be read, or nothing; it is said once."""
    found, pending.unread = pending.unread, False
    return "gradients were computed of something else than one number" if found else ""
