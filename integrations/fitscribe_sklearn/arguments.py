"""The arguments of a fit: the data, the target, the weights, and whatever else an estimator takes."""

from __future__ import annotations

from typing import Any, NamedTuple

from fitscribe.engine import Call
from fitscribe_sklearn.kinds import is_pipeline


class FitArguments(NamedTuple):
    """What a fit was called with.

    Attributes:
        data: the first argument, ``X`` by whatever name.
        target: ``y``; None where there is none.
        weights: ``sample_weight``, in a pipeline that of its last step; None where there is none.
        others: all the rest by name, the weights included.
    """

    data: Any
    target: Any
    weights: Any
    others: dict[str, Any]


def fit_arguments(call: Call) -> FitArguments:
    """Sort out the arguments of a call of ``fit``, ``fit_predict`` or ``fit_transform``."""
    given = dict(call.arguments)
    for name, value in call.arguments.items():
        if _is_starred(value, call.args):
            # `fit(self, *args, **kwargs)`: by position they are what they are in every other fit.
            del given[name]
            given = dict(zip(("X", "y"), value, strict=False)) | given
    data_name = "X" if "X" in given else next(iter(given), "")
    data = given.pop(data_name, None)
    # `Y` is what PLS and CCA call it before 1.5.
    target_name = "y" if given.get("y") is not None else "Y"
    target = given.pop(target_name, None)
    given.pop("y", None)
    weights = given.get("sample_weight")
    if weights is None:
        weights = given.get(f"{_last_step(call.instance)}sample_weight")
    return FitArguments(data, target, weights, given)


def _last_step(estimator: Any) -> str:
    """How the arguments of what predicts begin: ``svc__`` in a pipeline that ends in it, else empty."""
    begins = ""
    while is_pipeline(estimator):
        steps = vars(estimator).get("steps")
        if not (isinstance(steps, list) and steps and isinstance(steps[-1], tuple) and len(steps[-1]) == 2):
            break  # its fit will say so
        name, estimator = steps[-1]
        begins += f"{name}__"
    return begins


def _is_starred(value: Any, args: tuple[Any, ...]) -> bool:
    return (
        type(value) is tuple
        and bool(value)
        and bool(args)
        and value is not args[-1]
        and value[-1] is args[-1]
    )
