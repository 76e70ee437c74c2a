"""Names of the columns after each step of a composite estimator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fitscribe_sklearn.fitted import attribute
from fitscribe_sklearn.kinds import is_pipeline
from fitscribe_sklearn.steps import Step

MOST_NAMES = 200
_MADE_UP = re.compile(r"x\d+")


def column_names(data: Any) -> list[str] | None:
    """Return the names of a data frame's columns; None for other data, and where they are very many."""
    if type(data).__module__.partition(".")[0] not in ("pandas", "polars"):
        return None
    names = getattr(data, "columns", None)
    return None if names is None or len(names) > MOST_NAMES else [str(name) for name in names]


def name_outputs(step: Step, given: Sequence[Any] | None = None) -> Sequence[Any] | None:
    """Find the names of what the steps within a step gave, and return those of what it gave itself.

    Only scikit-learn's own code is asked for names, and only for few.

    Args:
        step: a step whose fit is over.
        given: names of the columns that it was fitted to, where they are known.
    """
    estimator = step.instance
    names: Sequence[Any] | None = None
    in_row = bool(step.children) and is_pipeline(estimator)
    passed_on = given
    for child in step.children:
        named = name_outputs(child, passed_on if in_row else None)
        if in_row and child.name != "passthrough":
            passed_on = named
    if step.columns is not None:
        return step.columns
    width = step.shape[1] if step.shape is not None and len(step.shape) == 2 else None
    if width is None or width > MOST_NAMES or not step.is_all_own or estimator is None:
        return None
    own: Any = attribute(estimator, "feature_names_in_")
    if own is not None:
        given = own
    try:
        names = given if keeps_names(estimator) else estimator.get_feature_names_out(given)
    except Exception:
        # Not every transformer names what it gives, and each says so in its own way.
        return None
    if names is None or len(names) != width or all(map(_MADE_UP.fullmatch, map(str, names))):
        return None
    step.columns = [str(name) for name in names]
    return step.columns


def keeps_names(estimator: Any) -> bool:
    """Whether it names its output as its input: asking each of ten scalers takes longer than all the rest."""
    cls = type(estimator)
    mixin: Any = next((each for each in cls.__mro__ if each.__name__ == "OneToOneFeatureMixin"), None)
    return mixin is not None and cls.get_feature_names_out is mixin.get_feature_names_out
