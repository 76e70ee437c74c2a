"""The patch point of the steps of a composite estimator, inside of the fit that owns them."""

from __future__ import annotations

from collections.abc import Generator
from time import perf_counter
from typing import Any

from fitscribe.engine import Call, observes
from fitscribe_sklearn.patches.fitting import DEFINERS
from fitscribe_sklearn.watching import is_step, structure_of


@observes(
    "sklearn.base:BaseEstimator",
    id="estimator_step",
    methods=("fit", "fit_predict", "fit_transform", "transform"),
    definers=DEFINERS,
    nested=True,
    only=is_step,
)
def estimator_step(call: Call) -> Generator[None, Any, None]:
    """Take the time of a step, and the shape of what it gives."""
    structure = structure_of(call)
    step = None if structure is None else structure.begin(call)
    if structure is None or step is None:
        return
    started = perf_counter()
    result = None
    try:
        result = yield
    finally:
        structure.end(call, step, perf_counter() - started, result)
