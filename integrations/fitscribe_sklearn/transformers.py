"""What fitted transformers make of data: scalers, encoders and the like, which have no run of their own."""

from __future__ import annotations

from typing import Any

from fitscribe.engine import Call
from fitscribe.tracking.weakly import WeakTable

_fitted: WeakTable[bool] = WeakTable()


def was_seen(estimator: Any) -> bool:
    """Whether the fit of a transformer has been seen."""
    return _fitted.get(estimator) is not None


def record_fit(call: Call, result: Any) -> None:
    """Take note that a transformer was fitted, and of what it has made of its data meanwhile.

    Args:
        call: of its ``fit`` or ``fit_transform``.
        result: what it returned.
    """
    from fitscribe_sklearn import called, splitters
    from fitscribe_sklearn.arguments import fit_arguments

    _fitted.set(call.instance, True)
    given = fit_arguments(call)
    if given.data is None:
        return
    splitters.recognize(given.data, given.target)
    called.recognize_taken(call, given.data, given.target)
    if call.name == "fit_transform":
        record_transform(call, given.data, result)


def record_transform(call: Call, data: Any, result: Any) -> None:
    """Take note that data was made out of other data.

    Args:
        call: of the method that made it.
        data: what it was given.
        result: what it made.
    """
    from fitscribe import lineage
    from fitscribe_sklearn import called, splitters

    splitters.recognize(data)
    called.recognize_taken(call, data)
    if type(result) is tuple and result:
        result = result[0]  # that of the data; the other one is of the target
    if result is not None and result is not data:
        lineage.derive(result, f"{type(call.instance).__name__}.{call.name}", of=[data])
