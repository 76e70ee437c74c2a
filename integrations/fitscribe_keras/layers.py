"""Reading the layers of a model of Keras 2 or 3 without calling, building or changing any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_ROOTS = ("keras", "tf_keras")
# Their `compute_output_shape` may run what a user wrote.
_ASKING_OTHERS = frozenset({"Lambda", "Layer", "Model", "Functional", "Sequential", "Wrapper", "Operation"})


def is_own(cls: type) -> bool:
    """Whether a class is one of Keras' own."""
    return cls.__module__.partition(".")[0] in _ROOTS


def is_kind(obj: Any, name: str) -> bool:
    """Whether an object is of a class of Keras' own with this name, or derived from it.

    Args:
        obj: a layer.
        name: of the class, such as ``Sequential``.
    """
    return any(cls.__name__ == name and is_own(cls) for cls in type(obj).__mro__)


def attributes(obj: Any) -> Mapping[str, Any]:
    """The attributes that an object has itself, whatever its class says of them."""
    try:
        held: Mapping[str, Any] = object.__getattribute__(obj, "__dict__")
    except AttributeError:
        return {}
    return held


def graph_of(model: Any) -> Any:
    """Return what holds the graph of a model: itself or, of a sequential one of Keras 3, the model within it.

    Args:
        model: a layer or a model; one without a graph is returned itself.
    """
    held = attributes(model)
    inside = held.get("_functional")
    if inside is None:  # a module of PyTorch's has modules elsewhere
        inside = (held.get("_modules") or {}).get("_functional")
    return model if inside is None else inside


class Graph:
    """The calls of layers that a functional or sequential model is made of.

    Args:
        model: any layer; of what is no such model the graph is empty.
    """

    def __init__(self, model: Any) -> None:
        by_depth = attributes(graph_of(model)).get("_nodes_by_depth") or {}
        self._nodes = {id(node) for nodes in by_depth.values() for node in nodes}

    def calls_of(self, layer: Any) -> list[Any]:
        """Return the nodes of this graph in which a layer is called."""
        held = attributes(layer)
        nodes = held.get("_inbound_nodes", held.get("_inbound_nodes_value"))  # Keras 3, Keras 2
        return [node for node in nodes or () if id(node) in self._nodes]


def inputs_of(node: Any) -> list[Any]:
    """The symbolic tensors that a node takes."""
    found = node.keras_inputs if hasattr(node, "keras_inputs") else node.input_tensors
    return list(found)


def leaves(nested: Any) -> Iterator[Any]:
    """What lies in dicts, lists and tuples, in their order.

    Args:
        nested: any of these, or what is returned alone.
    """
    if isinstance(nested, Mapping):
        for each in nested.values():
            yield from leaves(each)
    elif isinstance(nested, (list, tuple)):
        for each in nested:
            yield from leaves(each)
    else:
        yield nested


def shape_of(tensor: Any) -> list[int | None] | None:
    """Return the shape of a tensor, symbolic or not, as plain values; None where none is known."""
    return plain_shape(getattr(tensor, "shape", None))


def plain_shape(shape: Any) -> list[int | None] | None:
    """Return a shape as a list, with None for what is not known of it; None where it is none.

    Args:
        shape: a tuple, a list or a ``TensorShape``.
    """
    try:
        return [None if size is None else int(size) for size in shape]
    except (TypeError, ValueError):  # not even its rank is known
        return None


def dtype_of(tensor: Any) -> str:
    """Return the type of what a tensor or a variable holds, such as ``float32``."""
    dtype = getattr(tensor, "dtype", None)
    return str(getattr(dtype, "name", None) or dtype or "").removeprefix("torch.")


def children_of(layer: Any) -> list[Any]:
    """Return what a layer consists of: other layers and, in the graph of a functional model, operations.

    Args:
        layer: a layer, a model, or an operation.
    """
    held = attributes(layer)
    if "_self_tracked_trackables" in held:  # Keras 2
        parts = list(layer._flatten_modules(recursive=False, include_self=False))
    else:
        parts = list(held.get("_layers") or ())
        steps = list(held.get("_operations") or ())
        known = {id(each) for each in steps}
        parts = steps + [each for each in parts if id(each) not in known]
    if is_kind(layer, "Sequential"):
        return [each for each in parts if not is_kind(each, "InputLayer")]
    return parts


class Variable(NamedTuple):
    """A weight, as far as it is counted.

    Attributes:
        key: what tells it from others.
        size: how many numbers it has.
        dtype: their type.
        trained: whether it is trained, if what it belongs to is.
    """

    key: int
    size: int
    dtype: str
    trained: bool


def variables_of(layer: Any) -> list[Variable]:
    """Return the weights that a layer has itself: not those of its parts, nor states of random generators.

    Args:
        layer: a layer, a model, or an operation.
    """
    held = attributes(layer)
    if "_trainable_variables" in held:
        trained, others = held["_trainable_variables"], held.get("_non_trainable_variables", ())
    elif "_trainable_weights" in held:  # Keras 2
        trained, others = held["_trainable_weights"], held.get("_non_trainable_weights", ())
    elif "_inbound_nodes" in held:
        return []  # an operation of Keras 3
    else:  # a module of TensorFlow's in a layer of Keras 2
        every = list(layer.variables)
        trained = [each for each in every if each.trainable]
        others = [each for each in every if not each.trainable]
    is_trained = bool(held.get("_trainable", True))
    found = [variable(each, is_trained) for each in trained] + [variable(each, False) for each in others]
    return list({each.key: each for each in reversed(found)}.values())[::-1]


def variable(obj: Any, trained: bool) -> Variable:
    """Read a variable of Keras' or of TensorFlow's.

    Args:
        obj: the variable; its values are not looked at.
        trained: whether what it belongs to trains it.
    """
    size = 1
    for each in shape_of(obj) or [0]:
        size *= each or 0
    return Variable(id(obj), size, dtype_of(obj), trained and bool(getattr(obj, "trainable", False)))


def is_trained(layer: Any) -> bool:
    """Whether a layer lets what it consists of be trained."""
    return bool(attributes(layer).get("_trainable", True))


def is_built(layer: Any) -> bool:
    """Whether a layer has its weights; an operation has none and is always built."""
    return bool(getattr(layer, "built", True))


def output_shapes(layer: Any, calls: Sequence[Any]) -> list[list[int | None] | None]:
    """Return the shapes of what a layer gives, at the first of its calls in a graph.

    Args:
        layer: the layer.
        calls: its nodes there; where there are none, its class is asked, if it is a simple one of Keras' own.

    Returns:
        One for each output; empty where that is not known.
    """
    if calls:
        return [shape_of(each) for each in leaves(calls[0].outputs)]
    shape = _computed_shape(layer)
    return [] if shape is None else [shape]


def _computed_shape(layer: Any) -> list[int | None] | None:
    cls = type(layer)
    owner = next((each for each in cls.__mro__ if "compute_output_shape" in vars(each)), cls)
    asks_others = any(is_kind(layer, name) for name in ("Lambda", "Wrapper", "Model"))
    if not is_own(cls) or owner.__name__ in _ASKING_OTHERS or asks_others or not is_built(layer):
        return None
    given = _given_shape(layer)
    if given is None or children_of(layer):
        return None
    try:
        return plain_shape(layer.compute_output_shape((None, *given[1:])))
    except Exception:  # of a layer that only knows once it is called
        return None


def _given_shape(layer: Any) -> list[int | None] | None:
    """The shape of the one input that a layer was built for."""
    held = attributes(layer)
    shapes = held.get("_build_shapes_dict")
    if isinstance(shapes, Mapping):
        return plain_shape(next(iter(shapes.values()))) if len(shapes) == 1 else None
    # Keras 2
    return plain_shape(held.get("_build_input_shape")) or shape_of(held.get("_saved_model_inputs_spec"))
