"""What is recorded of the calls of `partial_fit` on one estimator."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from time import perf_counter
from typing import Any

from fitscribe.engine import Call
from fitscribe.tracking import continued, trained
from fitscribe_sklearn.rows import row_count

BY = "partial_fit"

# What estimators say of themselves after each call, and the series of it.
_SERIES = {
    "loss_": "train/loss",
    "best_loss_": "train/best_loss",
    "inertia_": "train/inertia",
    "n_iter_": "n_iter",
    "t_": "t",
}
_NUMBERS = (int, float)


def first_step(call: Call) -> Generator[None, Any, None]:
    """Record the first call: it opens the run, with the parameters and the data as they are then."""
    # Not needed by the calls after it, which are to cost microseconds.
    from fitscribe.tracking import training_run
    from fitscribe_sklearn import states
    from fitscribe_sklearn.kinds import Kind, kind_of
    from fitscribe_sklearn.recording import Recording

    estimator = call.instance
    kind = kind_of(estimator)
    if kind in (Kind.TRANSFORMER, Kind.FROZEN):
        yield
        return
    recording = Recording(call, kind)
    with training_run(
        call,
        name=type(estimator).__name__,
        params=recording.parameters.values,
        changed=recording.parameters.changed,
    ) as run:
        recording.before(run)
        earlier = trained.find(estimator)
        started = perf_counter()
        result = yield
        seconds = perf_counter() - started
        signature = None
        with run.section("signature"):
            signature = recording.log_signature(run)
        recording.link(run, result)
        if earlier is not None:
            run.log_facts({"continues": earlier.run.id})
        keep = partial(states.keep, signature=signature)
        going_on = continued.begin(estimator, run, by=BY, keep=keep)
        going_on.leave_open()
        going_on.step(values(call), seconds)
        known = trained.find(estimator)
        if known is not None:
            known.step = going_on.calls


def values(call: Call) -> dict[str, float]:
    """Return the rows of one call, and the numbers that the estimator has after it, by the series' names."""
    found: dict[str, float] = {}
    arguments = call.arguments
    rows = row_count(arguments["X"] if "X" in arguments else next(iter(arguments.values()), None))
    if rows is not None:
        found["rows"] = rows
    attributes = getattr(call.instance, "__dict__", {})
    for attribute, name in _SERIES.items():
        value = attributes.get(attribute)
        # NumPy's float64 is a float.
        if isinstance(value, _NUMBERS) and value is not True and value is not False:
            found[name] = float(value)
    return found


def trained_further(estimator: Any, going_on: continued.Continued) -> None:
    """Let predictions made from here on be those of a model that is another one.

    Args:
        estimator: what was trained.
        going_on: its training.
    """
    known = trained.find(estimator)
    if known is not None:
        known.generation += 1
        known.step = going_on.calls
