"""What is recorded of ``evaluate``: on the run that trained the model."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.tracking import trained, training_run
from fitscribe_keras import compiled, data, ranks
from fitscribe_keras.callback import Evaluating, add_callbacks, callback_of
from fitscribe_keras.names import name_of
from fitscribe_keras.uses import use_of
from fitscribe_keras.values import numbers_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


class EvaluationRecorder:
    """Takes what one evaluation came to."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        """The metrics by their names."""

    def ended(self, values: Mapping[str, Any]) -> None:
        """Take the metrics."""
        self.values = numbers_of(values)


def observe(call: Call) -> Generator[None, Any, None]:
    """Record an evaluation.

    Args:
        call: of ``evaluate``.
    """
    if not ranks.is_recorded_here():
        yield
        return
    model = call.instance
    found = trained.find(model)
    if found is not None:
        yield from _recorded(call, found)
        return
    with training_run(call, name=f"{name_of(model)}, evaluate") as run:
        with run.section("parameters of compile"):
            values, changed = compiled.compiled_params(model)
            run.log_params(values, changed=changed)
        yield from _recorded(call, trained.remember(model, run))


def _recorded(call: Call, found: trained.Trained) -> Generator[None, Any, None]:
    run, recorder = found.run, EvaluationRecorder()
    with run.section("evaluation"):
        callback = callback_of(call.framework, Evaluating, recorder)
        if not add_callbacks(call, callback, callback):
            run.note_unseen("evaluation", call.state)
    yield
    with run.section("evaluation"):
        _record(call, found, run, recorder.values)


def _record(call: Call, found: trained.Trained, run: ActiveRun, values: Mapping[str, float]) -> None:
    x, y = call.arguments.get("x"), call.arguments.get("y")
    role, use, _ = use_of(call, found, x, y)
    if use is None:
        found.note_once(f"evaluation {role}", f"evaluation on {role}", "too many data sets have that name")
        return
    # An epoch's own value of the same data, at the same step, is the same.
    named = {run.beside_curves(f"{role}/{name}"): value for name, value in values.items()}
    run.log_metrics(named, found.step)
    use.metrics.update(values)
    if run.options.datasets and role not in ("train", "valid") and f"data {role}" not in found.said:
        found.said[f"data {role}"] = ""
        data.log_dataset(run, role, x, y)
    run.training_cpu_s += call.cpu
    run.log_cost()
