"""Loops of the script's own around ``train_on_batch``: one run, and a point for each batch."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.tracking import continued, trained, training_run
from fitscribe.tracking.script import log_script_parameters
from fitscribe.tracking.weakly import WeakTable
from fitscribe_keras import compiled, data, formats, ranks, signatures, structure
from fitscribe_keras.names import name_of
from fitscribe_keras.patches import BATCH
from fitscribe_keras.values import numbers_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# By the model: the names of what a list of results holds. They are known once something was trained.
_names: WeakTable[list[str]] = WeakTable()


def observe(call: Call) -> Generator[None, Any, None]:
    """Record one step; the first one opens the run.

    Args:
        call: of ``train_on_batch``.
    """
    model = call.instance
    going_on = continued.find(model, by=BATCH)
    if going_on is None:
        if ranks.is_recorded_here():
            yield from _first(call)
        else:
            yield
        return
    started = perf_counter()
    try:
        result = yield
    except BaseException as error:
        going_on.failed(error)
        raise
    going_on.step(_values(model, result, "train"), perf_counter() - started)
    known = trained.find(model)
    if known is not None:
        known.generation += 1
        known.step = going_on.calls
    going_on.run.training_cpu_s += call.cpu


def _first(call: Call) -> Generator[None, Any, None]:
    model = call.instance
    earlier = trained.run_before(model)
    with training_run(call, name=name_of(model)) as run:
        log_script_parameters(run)
        described = None
        x, y = call.arguments.get("x"), call.arguments.get("y")
        if run.options.datasets:
            with run.section("datasets"):
                described = data.described(x, y, call.arguments.get("sample_weight"))
                run.log_description(described, role="train")
        if earlier is not None:
            run.log_facts({"continues": earlier})
        with run.section("parameters of compile"):
            values, changed = compiled.compiled_params(model)
            run.log_params(values, changed=changed)
        started = perf_counter()
        result = yield
        seconds = perf_counter() - started
        with run.section("structure"):
            structure.log_structure(run, model)
        with run.section("signature"):
            signatures.log_signature(run, model, described)
        with run.section("link to the model"):
            trained.remember(model, run).step = 1
        going_on = continued.begin(model, run, by=BATCH, keep=_keep)
        going_on.leave_open()
        continued.keep_first_at_exit()  # before h5py is torn down, through which Keras saves
        going_on.step(_values(model, result, "train"), seconds)


def _keep(model: Any, run: ActiveRun) -> None:
    with run.section("model"):
        formats.log_model(run, model)


def record_evaluation(call: Call, result: Any) -> None:
    """Record what ``test_on_batch`` came to, between the steps of such a training.

    Args:
        call: of it.
        result: what it returned.
    """
    going_on = continued.find(call.instance, by=BATCH)
    if going_on is not None:
        points = _values(call.instance, result, "valid")
        if points:
            going_on.evaluations.record(points, going_on.calls)


def _values(model: Any, result: Any, role: str) -> dict[str, float]:
    if isinstance(result, Mapping):
        named: dict[str, Any] = dict(result)
    else:
        several = result if isinstance(result, (list, tuple)) else [result]
        names = _names.get(model)
        if names is None or len(names) != len(several):
            names = _result_names(model, len(several))
            _names.set(model, names)
        named = dict(zip(names, several, strict=True))
    return {f"{role}/{name}": value for name, value in numbers_of(named).items()}


def _result_names(model: Any, count: int) -> list[str]:
    """The names of the values in a list that a model returned, in their order.

    Keras 2 has them as ``metrics_names``. Keras 3 flattens its compiled metrics into that order, and has no
    list of their names; these are read as Keras reads them (``Trainer._flatten_metrics_in_order``, 3.15).
    """
    found: list[str] = []
    for metric in getattr(model, "metrics", ()):
        is_of_compile = type(metric).__name__ == "CompileMetrics" and hasattr(metric, "metrics")
        found += [each.name for each in (metric.metrics if is_of_compile else [metric])]
    if len(found) != count:
        found = [str(name) for name in getattr(model, "metrics_names", ())]
    if len(found) != count:
        found = ["loss", *(f"value_{index}" for index in range(1, count))]
    return found
