"""What is recorded of a loop of the user's own around `Booster.update`: one run, a point for each round."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fitscribe import capture, lineage
from fitscribe.engine import Call
from fitscribe.tracking import continued, passed_by, trained, training_run
from fitscribe_xgboost import matrices
from fitscribe_xgboost.models import log_booster, log_checkpoint
from fitscribe_xgboost.parameters import log_defaults, told_to
from fitscribe_xgboost.patches import MAKES_ROUNDS, UPDATE
from fitscribe_xgboost.recording import OTHER_TRAIN, TRAIN, log_signature, remember
from fitscribe_xgboost.rounds import note_shared_metric
from fitscribe_xgboost.trees import log_trees

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# The names of the sets that a booster has been evaluated on.
_SETS = "sets"


def recorded_round(call: Call) -> Generator[None, Any, None]:
    """Record one round: the first one opens the run."""
    booster = call.instance
    going_on = continued.find(booster, by=UPDATE)
    if going_on is None:
        if not passed_by.is_of_the_framework(call, *MAKES_ROUNDS):
            yield from _first_round(call)
        return
    started = perf_counter()
    try:
        yield
    except BaseException as error:
        going_on.failed(error)
        raise
    going_on.step({}, perf_counter() - started)
    _keep_checkpoint(booster, going_on.run)
    known = trained.find(booster)
    if known is not None:
        known.generation += 1
    going_on.run.training_cpu_s += call.cpu


def _first_round(call: Call) -> Generator[None, Any, None]:
    booster, dtrain = call.instance, call.arguments["dtrain"]
    earlier, given = trained.run_before(booster), _given_to(call)
    with training_run(call, name="xgboost.Booster", params=given, changed=list(given)) as run:
        if call.name == "boost":
            run.note_unseen("the objective", "the gradients come from the script")
        dataset: dict[str, Any] | None = None
        if run.options.datasets:
            with run.section("datasets"):
                dataset = matrices.describe(dtrain)
                run.log_description(dataset, role=TRAIN)
                matrices.log_lineage(run, {TRAIN: dtrain})
        started = perf_counter()
        yield
        seconds = perf_counter() - started
        with run.section("parameters"):
            log_defaults(run, booster, given, ())
        signature = None
        with run.section("signature"):
            signature = None if dataset is None else log_signature(run, dataset, booster)
        with run.section("link to the model"):
            remember(run, booster, dtrain, {})
        if earlier is not None:
            run.log_facts({"continues": earlier})
        going_on = continued.begin(booster, run, by=UPDATE, keep=partial(_keep, signature=signature))
        going_on.leave_open()
        going_on.step({}, seconds)
        _keep_checkpoint(booster, run)


def _keep_checkpoint(booster: Any, run: ActiveRun) -> None:
    every = run.options.checkpoints
    if every:
        with run.section("checkpoint"):
            rounds = booster.num_boosted_rounds()
            if rounds and rounds % every == 0:
                log_checkpoint(run, booster, rounds)


def _given_to(call: Call) -> dict[str, Any]:
    given = told_to(call.instance)
    function = call.arguments.get("fobj")
    if function is not None:
        given["obj" if "objective" in given else "objective"] = capture.plain_value(function)
    return given


def _keep(booster: Any, run: ActiveRun, signature: Mapping[str, Any] | None) -> None:
    raw = None
    with run.section("trees"):
        run.log_facts({"rounds": booster.num_boosted_rounds()})
        raw = log_trees(run, booster, "", 0.0)
    with run.section("model"):
        log_booster(run, booster, signature, raw)


def record_evaluation(call: Call, result: Any) -> None:
    """Record what ``Booster.eval_set``, or ``eval``, has returned.

    Args:
        call: of it.
        result: the number of the round, then ``train-rmse:0.1`` and the like, with tabs between them. There
            may be hyphens in the names of the data and of the metric.
    """
    going_on = continued.find(call.instance, by=UPDATE)
    if going_on is None or not isinstance(result, str):
        return
    _log_new_sets(going_on, call)
    sets = sorted((each[1] for each in call.arguments["evals"]), key=len, reverse=True)
    points = {}
    for entry in result.split("\t")[1:]:
        name, _, value = entry.rpartition(":")
        data = next((each for each in sets if name.startswith(f"{each}-")), name.partition("-")[0])
        series = f"{data}/{name[len(data) + 1 :]}"
        if series in points and not going_on.notes.get(series):
            going_on.notes[series] = True
            note_shared_metric(going_on.run, series)
        points[series] = float(value)
    if points:
        going_on.evaluations.record(points, call.instance.num_boosted_rounds() - 1)


def _log_new_sets(going_on: continued.Continued, call: Call) -> None:
    """Describe what a booster is evaluated on for the first time, but for its training data."""
    known: set[str] = going_on.notes.setdefault(_SETS, set())
    sets = {name: matrix for matrix, name in call.arguments["evals"] if name not in known}
    if not sets:
        return
    known.update(sets)
    run, booster = going_on.run, trained.find(call.instance)
    if booster is None:
        return
    sets = {
        OTHER_TRAIN if name == TRAIN else name: matrix
        for name, matrix in sets.items()
        if lineage.seen(matrix) is not booster.data
    }
    for name, matrix in sets.items():
        booster.use(name, lineage.seen(matrix))
    if run.options.datasets:
        with run.section("datasets"):
            for name, matrix in sets.items():
                run.log_description(matrices.describe(matrix), role=name)
            matrices.log_lineage(run, sets)
