"""Keras models as plain data: the tree of their layers, with shapes, sizes and what each is connected to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from fitscribe.capture import type_name
from fitscribe_keras.layers import (
    Graph,
    Variable,
    children_of,
    inputs_of,
    is_built,
    is_kind,
    is_own,
    is_trained,
    output_shapes,
    variables_of,
)

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# What is described; all are counted.
_PARTS = 500
_CONNECTIONS = 32
# What is stored is nested 60 deep at most; each level of a tree is two, its parts and one of them, and so are
# shapes.
_DEPTH = 26


def log_structure(run: ActiveRun, model: Any) -> bool:
    """Record what a model consists of, once it is known.

    Args:
        run: the run.
        model: the model; it is only read.

    Returns:
        Whether it was: a model that has not been built yet has no weights and no shapes.
    """
    if not is_built(model):
        return False
    tree = described(model)
    run.log_record("modules", "modules", tree)
    run.log_facts(
        {
            "layers": tree["layers"],
            "parameters": tree["parameters"],
            "trainable_parameters": tree["trainable"],
        }
    )
    return True


def described(model: Any) -> dict[str, Any]:
    """Describe a model as plain data.

    Args:
        model: a Keras model; nothing of it is called or built.

    Returns:
        `layers`, of the model itself, as its own list of them has; `parameters` and `trainable`, counted once
        where layers share them; `dtypes`, with how many are of each; `unbuilt`, how many layers have no
        weights yet, where there are any; and `modules`, a list of one dict: the same counts, `name`,
        `class`, and the tree of its `parts`. Each of these has `name`, `class`, the `parameters` that it has
        itself, `trainable`, how many of these are trained, `output_shape` (a list of shapes where it gives
        several tensors), in functional models `connected_to`, the names of the layers whose outputs it takes,
        and `calls`, how often it is called if that is more than once; ``"built": False`` where it is not; and
        its own `parts`.
        `shared` is the place where a part has been described already. `cut` counts those that are left out.
    """
    counts = _Counts()
    counts.add(model, True)
    tree = _Tree(counts)
    parts = tree.parts_of(model, "", 0)
    totals = counts.as_plain()
    one = {"name": _name_of(model), "class": _class_of(model), **totals, "parts": parts}
    left_out = counts.layers - tree.described
    if left_out > 0:
        one["cut"] = left_out
    layers = sum(1 for each in children_of(model) if _is_layer(each))
    return {"layers": layers, **totals, "devices": {}, "modules": [one]}


class _Counts:
    """The weights of a model, each counted once, and its layers."""

    def __init__(self) -> None:
        self.layers = -1  # the model itself is none of its layers
        self.own: dict[int, list[Variable]] = {}
        """The weights of each layer."""
        self._unbuilt = 0
        self._variables: dict[int, Variable] = {}

    def add(self, layer: Any, trained: bool) -> None:
        """Count a layer and what it consists of.

        Args:
            layer: the layer.
            trained: whether what it is in lets it be trained.
        """
        waiting = [(layer, trained)]
        while waiting:
            layer, trained = waiting.pop()
            if id(layer) in self.own:
                continue
            trained = trained and is_trained(layer)
            found = [each._replace(trained=each.trained and trained) for each in variables_of(layer)]
            self.own[id(layer)] = found
            for each in found:
                self._variables.setdefault(each.key, each)
            self.layers += 1
            self._unbuilt += not is_built(layer)
            waiting.extend((child, trained) for child in children_of(layer))

    def as_plain(self) -> dict[str, Any]:
        """The sums."""
        dtypes: Counter[str] = Counter()
        for each in self._variables.values():
            dtypes[each.dtype] += each.size
        found: dict[str, Any] = {
            "parameters": sum(each.size for each in self._variables.values()),
            "trainable": sum(each.size for each in self._variables.values() if each.trained),
            "dtypes": dict(dtypes),
        }
        return found | ({"unbuilt": self._unbuilt} if self._unbuilt else {})


class _Tree:
    """The layers of a model, as far as there is room for them.

    Args:
        counts: their weights.

    Attributes:
        described: how many are described.
    """

    def __init__(self, counts: _Counts) -> None:
        self.described = 0
        self._counts = counts
        self._places: dict[int, str] = {}

    def parts_of(self, layer: Any, place: str, depth: int) -> list[dict[str, Any]]:
        """Describe what a layer consists of; see :func:`described`."""
        if depth == _DEPTH:
            return []
        graph = Graph(layer)
        is_sequential = is_kind(layer, "Sequential")
        parts: list[dict[str, Any]] = []
        for child in children_of(layer):
            if self.described >= _PARTS:
                break
            name = _name_of(child)
            parts.append(self._part(child, name, f"{place}.{name}" if place else name, depth))
            if "shared" not in parts[-1]:
                parts[-1] |= _shapes(child, graph, is_sequential)
        return parts

    def _part(self, layer: Any, name: str, place: str, depth: int) -> dict[str, Any]:
        part: dict[str, Any] = {"name": name, "class": _class_of(layer)}
        known = self._places.get(id(layer))
        if known is not None:
            return part | {"shared": known}
        self._places[id(layer)] = place
        self.described += 1
        own = self._counts.own.get(id(layer), [])
        if own:
            part["parameters"] = sum(each.size for each in own)
            part["trainable"] = sum(each.size for each in own if each.trained)
        if not is_built(layer):
            part["built"] = False
        parts = self.parts_of(layer, place, depth + 1)
        if parts:
            part["parts"] = parts
        return part


def _shapes(layer: Any, graph: Graph, is_sequential: bool) -> dict[str, Any]:
    calls = graph.calls_of(layer)
    shapes = output_shapes(layer, calls)
    if is_sequential:
        # One that its first batch has built has the size of that batch in all of its shapes.
        shapes = [shape and [None, *shape[1:]] for shape in shapes]
    found: dict[str, Any] = {}
    if any(shape is not None for shape in shapes):
        found["output_shape"] = shapes[0] if len(shapes) == 1 else [each or [] for each in shapes]
    if not is_sequential:
        names = [_name_of(tensor._keras_history[0]) for node in calls for tensor in _inputs(node, layer)]
        if names:
            found["connected_to"] = names[:_CONNECTIONS]
        if len(calls) > 1:
            found["calls"] = len(calls)
    return found


def _inputs(node: Any, layer: Any) -> list[Any]:
    # Keras 2 has the input itself for what an input layer takes.
    return [each for each in inputs_of(node) if each._keras_history[0] is not layer]


def _is_layer(obj: Any) -> bool:
    return is_kind(obj, "Layer")


def _name_of(layer: Any) -> str:
    name = getattr(layer, "name", None)
    return name if isinstance(name, str) else type(layer).__name__


def _class_of(layer: Any) -> str:
    cls = type(layer)
    # Layers of Keras' own are read by the names that everybody knows.
    return cls.__qualname__ if is_own(cls) else type_name(layer)
