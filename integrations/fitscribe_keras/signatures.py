"""What a model takes and gives: its own inputs and outputs, else the data that it was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe import capture
from fitscribe.capture import type_name
from fitscribe_keras.layers import attributes, dtype_of, graph_of, is_kind, plain_shape, shape_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

_FIELDS = 64
_DEPTH = 8


def log_signature(run: ActiveRun, model: Any, data: Any = None) -> None:
    """Record what a model takes and gives, where that is known.

    Args:
        run: the run.
        model: the model.
        data: as for :func:`signature`.
    """
    found = signature(model, data)
    if found is None:
        run.note_unseen("signature", "the model does not say what it takes, and its data was not described")
    else:
        run.log_signature(found)


def signature(model: Any, data: Any = None) -> dict[str, Any] | None:
    """Describe what a model takes and gives.

    Args:
        model: a Keras model; it is only read.
        data: what it was trained on: what ``describe_data`` gave for it, or arrays, tensors and their
            specifications in dicts, lists and tuples; needed for models that do not say what they take.

    Returns:
        `inputs`, and `outputs` where the model knows them. One tensor is ``{"shape", "type"}``, with None for
        what varies, as the number of samples does. Several are a list of these, each with a `name`: its key
        in a dict, else that of the layer. `input_structure` and `output_structure` then have these names
        in the dicts and lists that the model takes and gives. None where nothing is known.
    """
    inputs, outputs = _declared(model)
    if inputs is not None:
        # A sequential model that its first batch has built has the size of that batch in its shapes.
        free = is_kind(model, "Sequential")
        return {**_side("input", inputs, free=free), **_side("output", outputs, free=free)}
    called_with = attributes(model).get("_saved_model_inputs_spec")  # Keras 2
    if called_with is not None:
        return _side("input", called_with, free=True)
    described = isinstance(data, Mapping) and "container" in data
    found = _of_description(data) if described else _side("input", data, free=True)
    return found or _side("input", _built_for(model), free=True) or None


def _of_description(data: Mapping[str, Any]) -> dict[str, Any]:
    several = data.get("inputs")
    if isinstance(several, Mapping):
        each = {name: capture.signature({"container": "", **one})["inputs"] for name, one in several.items()}
        return {"inputs": [{"name": name, **_flat(one)} for name, one in each.items()]}
    return {"inputs": capture.signature(data)["inputs"]} if data.get("shape") else {}


def _flat(one: Any) -> dict[str, Any]:
    """Of one of several inputs: a frame among them has columns of its own, which are counted."""
    return dict(one) if isinstance(one, Mapping) else {"shape": [None, len(one)], "type": "columns"}


def _declared(model: Any) -> tuple[Any, Any]:
    """The symbolic inputs and outputs of a functional or sequential model, nested as they are."""
    held = attributes(graph_of(model))
    for inputs, outputs in (("_inputs_struct", "_outputs_struct"), ("_nested_inputs", "_nested_outputs")):
        if held.get(inputs) is not None:
            return held[inputs], held.get(outputs)
    return None, None


class _Shape(NamedTuple):
    """Stands for a tensor of which only the shape is known."""

    shape: list[int | None]


def _built_for(model: Any) -> Any:
    """What a model of Keras 3 was built for: shapes, by the arguments of its ``call``."""
    shapes = attributes(model).get("_build_shapes_dict")
    if not isinstance(shapes, Mapping) or not shapes:
        return None
    found = {name.removesuffix("_shape"): _as_shapes(each) for name, each in shapes.items()}
    return next(iter(found.values())) if len(found) == 1 else found


def _as_shapes(nested: Any) -> Any:
    if isinstance(nested, Mapping):
        return {key: _as_shapes(each) for key, each in nested.items()}
    shape = plain_shape(nested)
    if shape is not None:
        return _Shape(shape)
    return [_as_shapes(each) for each in nested] if isinstance(nested, (list, tuple)) else nested


class _Field(NamedTuple):
    name: str
    tensor: Any


def _side(side: str, nested: Any, *, free: bool) -> dict[str, Any]:
    """Describe the inputs or the outputs.

    Args:
        side: which of them.
        nested: tensors, in dicts, lists and tuples.
        free: whether the first dimension of each is that of the samples, and varies.
    """
    if nested is None:
        return {}
    nested = _bare(nested)
    if _is_tensor(nested):
        return {f"{side}s": _specification(nested, free)}
    fields = list(_fields(nested, "", _DEPTH))[:_FIELDS]
    unique = _Unique()
    named = [_Field(unique.name_of(each.name), each.tensor) for each in fields]
    described = [{"name": each.name, **_specification(each.tensor, free)} for each in named]
    names = iter([each.name for each in named])
    return {f"{side}s": described, f"{side}_structure": _structure(nested, names, _DEPTH)}


def _bare(nested: Any) -> Any:
    """A list of one tensor is that tensor to Keras."""
    is_list = isinstance(nested, (list, tuple)) and not isinstance(nested, _Shape)
    return nested[0] if is_list and len(nested) == 1 and _is_tensor(nested[0]) else nested


def _is_tensor(obj: Any) -> bool:
    if isinstance(obj, _Shape):
        return True
    return not isinstance(obj, (Mapping, list, tuple)) and hasattr(obj, "shape")


def _specification(tensor: Any, free: bool) -> dict[str, Any]:
    if not _is_tensor(tensor):
        return {"type": type_name(tensor)}
    shape = shape_of(tensor)
    found: dict[str, Any] = {}
    if shape is not None:
        found["shape"] = [None, *shape[1:]] if free and shape else shape
    kind = dtype_of(tensor)
    return found | ({"type": kind} if kind else {})


def _fields(nested: Any, name: str, depth: int) -> Iterator[_Field]:
    items = _items(nested) if depth else None
    if items is None:
        yield _Field(name, nested)
        return
    for key, each in items:
        if isinstance(key, str):
            inner = f"{name}.{key}" if name else key
        elif not name and _is_tensor(each) and _layer_name(each):
            inner = _layer_name(each)
        else:
            inner = f"{name}[{key}]"
        yield from _fields(each, inner, depth - 1)


def _items(nested: Any) -> Sequence[tuple[Any, Any]] | None:
    """Keys and items of a dict, places and items of a list; None for what is none of them."""
    if _is_tensor(nested):
        return None
    if isinstance(nested, Mapping):
        return [(str(key), each) for key, each in nested.items()]
    if isinstance(nested, (list, tuple)):
        names = getattr(type(nested), "_fields", None)
        return list(zip(names or range(len(nested)), nested, strict=False))
    return None


def _structure(nested: Any, names: Iterator[str], depth: int) -> Any:
    items = _items(nested) if depth else None
    if items is None:
        return next(names, "")
    if any(isinstance(key, str) for key, _ in items):
        return {key: _structure(each, names, depth - 1) for key, each in items}
    return [_structure(each, names, depth - 1) for _, each in items]


def _layer_name(tensor: Any) -> str:
    """The name of the layer that gives a symbolic tensor, or of a specification; else empty."""
    history = getattr(tensor, "_keras_history", None)
    name = getattr(tensor if history is None else history[0], "name", None)
    return name if isinstance(name, str) else ""


class _Unique:
    """Tells apart what has the same name: a layer may give several of the outputs."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def name_of(self, name: str) -> str:
        """Return a name that no field before has."""
        count = self._given.get(name, 0)
        self._given[name] = count + 1
        return f"{name}[{count}]" if count else name
