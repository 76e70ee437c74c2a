"""The patch point of `partial_fit`: a training in many calls, which is one run."""

from __future__ import annotations

from collections.abc import Generator
from time import perf_counter
from typing import Any

from fitscribe.engine import Call, observes
from fitscribe_sklearn.patches.fitting import DEFINERS


@observes(
    "sklearn.base:BaseEstimator",
    id="estimator_partial_fit",
    methods=("partial_fit",),
    definers=DEFINERS,
    from_outside=True,
)
def estimator_partial_fit(call: Call) -> Generator[None, Any, None]:
    """Record one step of a training."""
    # Most programs never get here: the modules are not loaded with scikit-learn.
    from fitscribe.tracking import continued
    from fitscribe_sklearn import stepping

    going_on = continued.find(call.instance, by=stepping.BY)
    if going_on is None:
        yield from stepping.first_step(call)
        return
    started = perf_counter()
    try:
        yield
    except BaseException as error:
        going_on.failed(error)
        raise
    going_on.step(stepping.values(call), perf_counter() - started)
    stepping.trained_further(call.instance, going_on)
    going_on.run.training_cpu_s += call.cpu
