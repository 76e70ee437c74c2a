"""The random generators that an estimator holds are left as they were found."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fitscribe_sklearn.kinds import is_own
from fitscribe_sklearn.plain import PLAIN

_DEPTH = 6
_ITEMS = 1000


@contextmanager
def undrawn(estimator: Any) -> Iterator[None]:
    """Let nothing in the block draw from generators among the parameters of an estimator.

    ``get_params`` of XGBoost's estimators draws a seed where ``random_state`` is a generator (1.7 to 3.2):
    the training after it would be another one. scikit-learn's own never do, and are not looked through.

    Args:
        estimator: an estimator, which may hold others.
    """
    found = {id(each): each for each in _generators(estimator, _DEPTH)}
    before = [(each, _state(each)) for each in found.values()]
    try:
        yield
    finally:
        for each, state in before:
            _set_state(each, state)


def _generators(value: Any, depth: int) -> Iterator[Any]:
    numpy = sys.modules.get("numpy")
    if numpy is None or not depth:
        return
    if isinstance(value, (list, tuple)):
        for item in value[:_ITEMS]:
            if type(item) not in PLAIN:
                yield from _generators(item, depth - 1)
    elif hasattr(type(value), "get_params") and not isinstance(value, type):
        own = is_own(value)
        for name, item in list(getattr(value, "__dict__", {}).items()):
            if type(item) in PLAIN or name.endswith("_"):
                continue  # what a fit has left ends so
            if isinstance(item, (numpy.random.RandomState, numpy.random.Generator)):
                if not own:
                    yield item
            else:
                yield from _generators(item, depth - 1)


def _state(generator: Any) -> Any:
    bits = getattr(generator, "bit_generator", None)
    return generator.get_state() if bits is None else bits.state


def _set_state(generator: Any, state: Any) -> None:
    bits = getattr(generator, "bit_generator", None)
    if bits is None:
        generator.set_state(state)
    else:
        bits.state = state
