"""Steps that a ``tf.function`` makes: an optimizer in it is called only once, while its graph is written.

That call is seen, and from then on the function is known, weakly, as one that makes steps. The graph is left
as it is: of each later call only the end is seen, and what it returns.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine.frames import calling
from fitscribe.tracking.weakly import WeakTable
from fitscribe_keras.loops.eager import is_tracing, number_in
from fitscribe_keras.loops.script import LOSS, Names, names_of_result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fitscribe.engine import Watched
    from fitscribe_keras.loops.losses import Value

_MOST_TRACED = 256
_MOST_VALUES = 64
_DEEPEST = 2


class Traced(NamedTuple):
    """An optimizer that was called while a graph was written.

    Attributes:
        optimizer: the optimizer.
        variables: what it trains.
        function: the name of the outermost function whose graph it was.
        is_conditional: whether one call of that function may make no step, or several: it is in a loop, or in
            a graph of its own.
        steps: how many steps the optimizer had made by its own count, where that matters.
    """

    optimizer: weakref.ref[Any]
    variables: tuple[weakref.ref[Any], ...]
    function: str
    is_conditional: bool
    steps: int


class Stepping:
    """A function that makes steps, by the optimizers in its graph."""

    __slots__ = ("is_conditional", "name", "traced")

    def __init__(self, name: str) -> None:
        self.name = name
        self.traced: list[Traced] = []
        self.is_conditional = False
        """Whether one call may make no step, or several."""

    def add(self, found: Iterable[Traced]) -> None:
        """Take the optimizers that are in its graph, each once."""
        known = {id(each.optimizer()) for each in self.traced}
        for each in found:
            self.is_conditional |= each.is_conditional
            if id(each.optimizer()) not in known:
                known.add(id(each.optimizer()))
                self.traced.append(each)


_stepping: WeakTable[Stepping] = WeakTable()
# Since the last function was called, in any thread: for several devices a graph is written by several.
_traced: list[Traced] = []


def traced(optimizer: Any, variables: Iterable[Any]) -> None:
    """Take that an optimizer is called while a graph is written.

    Args:
        optimizer: the optimizer.
        variables: what it trains.
    """
    graph = sys.modules["tensorflow.python.framework.ops"].get_default_graph()
    within = []
    while graph is not None and graph.building_function:
        within.append(graph)
        graph = graph.outer_graph
    if within and len(_traced) < _MOST_TRACED:
        references = tuple(reference for each in variables if (reference := _weakly(each)) is not None)
        is_conditional = len(within) > 1
        steps = steps_of(optimizer) if is_conditional else 0
        _traced.append(Traced(weakref.ref(optimizer), references, within[-1].name, is_conditional, steps))


def steps_of(optimizer: Any) -> int:
    """How many steps an optimizer has made by its own count, read beside any graph that is written.

    Args:
        optimizer: the optimizer.
    """
    with sys.modules["tensorflow.python.framework.ops"].init_scope():
        return int(optimizer.iterations.numpy())


def _weakly(obj: Any) -> weakref.ref[Any] | None:
    try:
        return weakref.ref(obj)
    except TypeError:
        return None


def stepping(call: Watched) -> Stepping | None:
    """What is known of a function that was called, if it makes steps, and not as a part of another one.

    Args:
        call: of it, which is over.
    """
    found = _stepping.get(call.instance)
    if found is None and not _traced:
        return None
    # What TensorFlow was told to run as it is written makes its steps by itself.
    if is_tracing() or call.instance._run_functions_eagerly:
        return None
    if _traced:
        name = call.instance._name
        ours = [each for each in _traced if each.function == name]
        _traced.clear()
        if ours:
            if found is None:
                found = Stepping(name)
                _stepping.set(call.instance, found)
            found.add(ours)
    return found


def returned(result: Any) -> list[tuple[str, Value]]:
    """The numbers that a function returned, by what the script calls them.

    Args:
        result: of the function that a watcher, two frames up, is told of.
    """
    alone = number_in(result)
    found = [("", alone)] if alone is not None else list(_numbers(result, "", _DEEPEST))
    if not found:
        return []
    names = names_of_result(calling(sys._getframe(2)))
    if alone is not None and type(names) is str:
        return [(names, alone)]
    return [(_named(path, names), value) for path, value in found[:_MOST_VALUES]]


def _numbers(result: Any, path: str, depth: int) -> Iterator[tuple[str, Value]]:
    """The numbers in a result, by the keys and places that lead there."""
    if depth and isinstance(result, Mapping):
        for key, value in result.items():
            yield from _numbers(value, f"{path}/{key}" if path else str(key), depth - 1)
    elif depth and isinstance(result, (list, tuple)):
        fields = getattr(type(result), "_fields", range(len(result)))
        for field, value in zip(fields, result, strict=False):
            yield from _numbers(value, f"{path}/{field}" if path else str(field), depth - 1)
    elif (number := number_in(result)) is not None:
        yield path, number


def _named(path: str, names: Names) -> str:
    """The name of a number: of one alone that of the whole, of one of several its key or its own name."""
    if not path:
        return names if isinstance(names, str) else LOSS
    first, _, rest = path.partition("/")
    if not first.isdigit():
        return path
    if isinstance(names, tuple):
        name = names[int(first)] if int(first) < len(names) else ""
        if name:
            return f"{name}/{rest}" if rest else name
    elif isinstance(names, str):
        return f"{names}/{path}"
    return rest or f"{LOSS}/{first}"
