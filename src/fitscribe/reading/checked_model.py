"""A loaded model that compares what it is asked about with what it was trained on."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import wrapt

from fitscribe.capture import describe_data
from fitscribe.models import SignatureMismatch, UnseenMissingValues

if TYPE_CHECKING:
    _ObjectProxy = wrapt.ObjectProxy[Any]
else:
    _ObjectProxy = wrapt.ObjectProxy  # cannot be subscripted before wrapt 2

_METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform", "score")
_NUMBERS = ("int", "uint", "float", "bool", "double")
_TEXTS = ("str", "string", "utf8", "<u", "large_string")
_NAMED = 5


class CheckedModel(_ObjectProxy):
    """The model itself in all but this: before it predicts, the data is held against its signature.

    ``isinstance``, ``clone``, ``copy`` and ``pickle`` see the model.

    Args:
        model: what was loaded.
        inputs: the inputs of its signature, as :func:`fitscribe.capture.signature` gives them.
    """

    def __init__(self, model: Any, inputs: Any) -> None:
        super().__init__(model)
        self._self_inputs = inputs

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if name not in _METHODS or not callable(found):
            return found
        inputs = self._self_inputs

        def checked(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
            data = args[0] if args else kwargs.get("X")
            if data is not None:
                given = describe_data(data)
                check(inputs, given)
                missing = unseen_missing(inputs, given)
                if missing:
                    warnings.warn(missing, UnseenMissingValues, stacklevel=2)
            return wrapped(*args, **kwargs)

        return wrapt.FunctionWrapper(found, checked)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__wrapped__.__reduce_ex__(protocol)

    def __reduce__(self) -> Any:
        return self.__wrapped__.__reduce__()

    def __copy__(self) -> CheckedModel:
        return CheckedModel(copy.copy(self.__wrapped__), self._self_inputs)

    def __deepcopy__(self, memo: dict[int, Any]) -> CheckedModel:
        return CheckedModel(copy.deepcopy(self.__wrapped__, memo), self._self_inputs)


def check(inputs: Any, given: Mapping[str, Any]) -> None:
    """Hold data against the inputs of a signature.

    What only the model can judge is left to it: columns beyond those it was trained on, and their order.

    Args:
        inputs: a list of ``{"name", "type"}``, or ``{"shape", "type"}``.
        given: the description of what the model is asked about.

    Raises:
        SignatureMismatch: a column is missing, holds text instead of numbers or numbers instead of text, or
            there are more or fewer of them; the message names it.
    """
    names, types = given.get("columns"), given.get("dtypes")
    if isinstance(inputs, Sequence) and names is not None and types and len(names) == len(types):
        _check_columns(inputs, dict(zip(map(str, names), map(str, types), strict=True)))
        return
    expected = _count_of(inputs)
    shape: list[int] = given.get("shape") or []
    if expected is not None and len(shape) == 2 and shape[1] != expected:
        raise SignatureMismatch(
            f"the data has {shape[1]:,} columns, and the model was trained on {expected:,}"
            + (f": {_listed([field['name'] for field in inputs])}" if isinstance(inputs, Sequence) else "")
        )
    if isinstance(inputs, Mapping):
        kind = given.get("dtype") or (types[0] if types and len(set(types)) == 1 else "")
        trained = str(inputs.get("type", ""))
        if {_family(trained), _family(str(kind))} == {"numbers", "text"}:
            raise SignatureMismatch(f"the data holds {kind}, and the model was trained on {trained}")


def unseen_missing(inputs: Any, given: Mapping[str, Any]) -> str:
    """Say which columns have missing values where none were seen in training; empty for none.

    Whether the model can do without them, as one with an imputer in it can, is for the model to judge.

    Args:
        inputs: as for :func:`check`; ``"missing": True`` where values were missing.
        given: as for :func:`check`.
    """
    if not given.get("missing"):
        return ""
    fields = inputs if isinstance(inputs, Sequence) else [inputs]
    by_column = given.get("missing_by_column")
    if isinstance(inputs, Sequence) and by_column is not None:
        unseen = [str(each["name"]) for each in fields if not each.get("missing")]
        found = [name for name in unseen if name in by_column]
        where = f"column {_listed(found)}" if found else ""
    else:
        where = "" if any(each.get("missing") for each in fields) else "the data"
    return f"{where} has missing values, and none were seen in training" if where else ""


def _check_columns(inputs: Sequence[Mapping[str, Any]], given: Mapping[str, str]) -> None:
    missing = [str(field["name"]) for field in inputs if str(field["name"]) not in given]
    if missing:
        known = {str(field["name"]) for field in inputs}
        others = [name for name in given if name not in known]
        instead = f"; it has {_listed(others)}, which the model does not know" if others else ""
        raise SignatureMismatch(f"the data has no column {_listed(missing)}{instead}")
    for field in inputs:
        name, trained = str(field["name"]), str(field.get("type", ""))
        if {_family(trained), _family(given[name])} == {"numbers", "text"}:
            raise SignatureMismatch(
                f"column {name!r} is {given[name]}, and the model was trained on {trained}"
            )


def _count_of(inputs: Any) -> int | None:
    if isinstance(inputs, Mapping):
        shape: list[int | None] = inputs.get("shape") or []
        return shape[1] if len(shape) == 2 else None
    return len(inputs)


def _family(kind: str) -> str:
    """What values of a type are; empty where the type does not tell, as ``object`` does not."""
    name = kind.lower()
    if name.startswith(_NUMBERS):
        return "numbers"
    return "text" if name.startswith(_TEXTS) else ""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown
