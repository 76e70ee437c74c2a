"""The patch points of fitted estimators: what they predict, score and transform outside of scikit-learn."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, current_owner, observes
from fitscribe.engine.frames import calling, innermost_wrapper, root_of
from fitscribe.tracking import trained
from fitscribe_sklearn import transformers
from fitscribe_sklearn.patches.fitting import DEFINERS
from fitscribe_sklearn.scoring import scoring

_TABLES = ("numpy", "pandas", "polars", "scipy")
_SINGLE = ((1,), (0,), ())
# Types of these libraries that have been met.
_shaped: set[type] = set()


def _is_single(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether it is about one row at most: that says nothing of a model, and must cost next to nothing."""
    data: Any = args[0] if args else kwargs.get("X")
    cls = type(data)
    if cls is list:
        return len(data) < 2
    if cls not in _shaped:
        if cls.__module__.partition(".")[0] not in _TABLES or not hasattr(cls, "shape"):
            return data is None
        _shaped.add(cls)
    return data.shape[:1] in _SINGLE


def _uses_trained(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    inside = scoring.get()
    if inside is not None:
        return inside.expects(instance)
    return (
        trained.find(instance) is not None
        and not _is_single(args, kwargs)
        and current_owner() is None
        and root_of(calling(innermost_wrapper())) != "sklearn"
    )


def _uses_fitted(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    seen = transformers.was_seen(instance) or trained.find(instance) is not None
    return seen and not _is_single(args, kwargs)


@observes(
    "sklearn.base:BaseEstimator",
    id="estimator_use",
    methods=("predict", "predict_proba", "predict_log_proba", "decision_function", "score"),
    definers=DEFINERS,
    # Inside of a score the predictions that it is made of are looked at.
    nested=True,
    only=_uses_trained,
)
def estimator_use(call: Call) -> Generator[None, Any, None]:
    """Evaluate what a trained model predicts or scores."""
    from fitscribe_sklearn import held_out

    if call.owner is not None:
        yield from held_out.observe_part_of_score(call)
    elif call.name == "score":
        yield from held_out.observe_score(call)
    else:
        values = yield
        held_out.record_prediction(call, values)


@observes(
    "sklearn.base:BaseEstimator",
    id="estimator_transform",
    methods=("transform",),
    definers=DEFINERS,
    only=_uses_fitted,
    from_outside=True,
)
def estimator_transform(call: Call) -> Generator[None, Any, None]:
    """Take note of the data that a fitted transformer makes out of other data."""
    result = yield
    if call.arguments:
        transformers.record_transform(call, next(iter(call.arguments.values())), result)
