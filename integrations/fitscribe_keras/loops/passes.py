"""Passes over a ``tf.data.Dataset``: they divide a training into epochs.

A pass is known by its iterator, weakly: a ``for`` statement lets go of it when it is over. No iterator is
asked for anything.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from fitscribe_keras.loops.eager import is_tracing

if TYPE_CHECKING:
    from fitscribe.engine import Watched


class Pass:
    """A pass over a dataset.

    Args:
        iterator: what gives the batches.
        dataset: the dataset.
    """

    __slots__ = ("dataset", "iterator")

    def __init__(self, iterator: Any, dataset: Any) -> None:
        self.iterator = weakref.ref(iterator)
        self.dataset = weakref.ref(dataset)


class _Begun(threading.local):
    """Each thread's own: a pass is made where the steps are."""

    def __init__(self) -> None:
        self.passes: list[Pass] = []


_begun = _Begun()


def began(call: Watched) -> None:
    """Take that a pass begins.

    Args:
        call: of ``__iter__`` of a dataset.
    """
    if call.error is None and not is_tracing():
        _begun.passes = [each for each in _begun.passes if each.iterator() is not None]
        _begun.passes.append(Pass(call.result, call.instance))


def innermost() -> Pass | None:
    """The pass that goes on here and began last; None where none does."""
    passes = _begun.passes
    while passes and passes[-1].iterator() is None:
        passes.pop()
    return passes[-1] if passes else None
