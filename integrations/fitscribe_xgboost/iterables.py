"""The callbacks and eval sets of a call, which XGBoost takes from any iterable, be it one for once only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fitscribe.engine import Call


class Overheard:
    """An iterable of the user's, and what XGBoost has taken from it.

    XGBoost makes lists of the callbacks and eval sets that it is given (1.7 to 3.2). What is neither a list
    nor a tuple may give its items once, or do something as it is asked: XGBoost asks it, when it does, and
    nobody else.

    Args:
        given: what the user passed.
        more: what comes after its items.
    """

    def __init__(self, given: Any, more: Sequence[Any] = ()) -> None:
        self._given = given
        self._more = more
        self.items: list[Any] = []
        """What it has given so far, without what comes after."""

    def __bool__(self) -> bool:
        return bool(self._given)

    def __iter__(self) -> Iterator[Any]:
        for each in self._given:
            self.items.append(each)
            yield each
        yield from self._more


def items_of(argument: Any) -> Sequence[Any]:
    """Return what an argument is known to hold: of an iterable that XGBoost has not asked yet it is nothing.

    Args:
        argument: of ``train`` or ``cv``.
    """
    if isinstance(argument, Overheard):
        return argument.items
    return argument if isinstance(argument, (list, tuple)) else ()


def overhear(call: Call, name: str, more: Sequence[Any] = ()) -> bool:
    """Learn what XGBoost takes from an argument that is neither a list nor a tuple.

    Args:
        call: the observed call.
        name: of the argument, which the point declares.
        more: what XGBoost is to take besides.

    Returns:
        False where the argument is no iterable, or the point only observes.
    """
    given = call.arguments.get(name)
    if isinstance(given, (list, tuple)) or not hasattr(type(given), "__iter__"):
        return False
    return call.set_argument(name, Overheard(given, more))
