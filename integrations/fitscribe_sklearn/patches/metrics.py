"""The patch points of the metric functions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping
from functools import cache, partial
from typing import Any

from fitscribe.engine import Call, observes

_NO_METRICS = (
    "check_scoring",
    "get_scorer*",
    "make_scorer",
    "pairwise_distances*",
    "pairwise_kernels",
    "*_distances",
)


def _scorers() -> list[dict[str, Any]]:
    """The scorers that hold a metric: a search pickles the one it was told to use, by its function's name.

    They are those that have names, such as ``"f1_macro"``, and those that the script or notebook has made
    before fitscribe came: as a variable, in a list or dict, or as the ``scoring`` of a search.
    """
    module = sys.modules.get("sklearn.metrics._scorer")
    scorer_class = vars(module).get("_BaseScorer") if module is not None else None
    if not isinstance(scorer_class, type):
        return []
    found = list(vars(module)["_SCORERS"].values())
    held: Any
    for value in list(vars(sys.modules["__main__"]).values()):
        for held in (value, _attributes(value).get("scoring")):
            if type(held) is dict:
                found += held.values()
            elif type(held) in (list, tuple):
                found += held
            else:
                found.append(held)
    return [vars(each) for each in found if issubclass(type(each), scorer_class)]


def _attributes(value: Any) -> Mapping[str, Any]:
    try:
        # Past whatever a class of the user's makes of reading an attribute.
        attributes: Mapping[str, Any] = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return attributes


def _metric(call: Call) -> Generator[None, Any, None]:
    """Record what a metric function returns to code outside of scikit-learn."""
    call.looks_inside = False  # it fits encoders of labels
    result = yield
    metric_function, record, whole_of = _recording()
    record(metric_function(call.name, call.function), call.arguments, result, partial(whole_of, call))


@cache
def _recording() -> tuple[Callable[..., Any], Callable[..., None], Callable[..., Any]]:
    """What records a metric, imported once there is one: an import costs at each call."""
    from fitscribe.tracking.metric_calls import record
    from fitscribe_sklearn.brackets import whole_of
    from fitscribe_sklearn.metric_forms import metric_function

    return metric_function, record, whole_of


metric = observes("sklearn.metrics:*", id="metric", from_outside=True, but=_NO_METRICS, held_by=_scorers)(
    _metric
)
# A metric in all but its place.
calibration_curve = observes(
    "sklearn.calibration:calibration_curve", id="calibration_curve", from_outside=True
)(_metric)
