"""Integrations that do what none may do: each one is an observer with one sin."""

from __future__ import annotations

import contextlib
import os
import random
import sys
import warnings
from collections.abc import Callable, Generator
from time import perf_counter
from typing import Any

from fitscribe.engine import Call, Integration, observes, report
from fitscribe.tracking import active_run, training_run

Steps = Generator[None, Any, None]
_kept: list[Any] = []


def _sinning(
    before: Callable[[Call], None] | None = None, after: Callable[[Any], None] | None = None
) -> Integration:
    @observes("toyframe.engine:train", id="train", relies_on=["params"])
    def train(call: Call) -> Steps:
        with training_run(call, name="train", params=call.arguments["params"]) as run:
            if before is not None:
                before(call)
            booster = yield
            run.log_facts({"steps": len(booster.losses)})
            if after is not None:
                after(booster)

    return Integration("toyframe", [train])


def _print(call: Call) -> None:
    print("training")


def _import(call: Call) -> None:
    import toyframe.extra  # noqa: F401


def _attach_to_result(booster: Any) -> None:
    booster._run_id = "7k3f"


appends_to_the_callers_list = _sinning(lambda call: call.arguments["callbacks"].append(print))
keeps_arguments_alive = _sinning(lambda call: _kept.append(call.arguments["params"]))
# Of one that does so at the first call of a process alone, every further call is clean.
keeps_the_first_arguments_alive = _sinning(
    lambda call: _kept.append(None if _kept else call.arguments["params"])
)
draws_random_numbers = _sinning(lambda call: random.seed(0))
attaches_to_the_result = _sinning(after=_attach_to_result)
prints = _sinning(_print)
ends_the_process = _sinning(lambda call: os._exit(3))
filters_warnings = _sinning(lambda call: warnings.simplefilter("ignore"))
imports_more_of_the_framework = _sinning(_import)
fails_before = _sinning(lambda call: 1 / 0)
replaces_an_argument = _sinning(lambda call: call.set_argument("params", dict(call.arguments["params"])))


def _looks(call: Call) -> int:
    return len(call.arguments)


def _hide(call: Call) -> None:
    seen = 0
    with contextlib.suppress(Exception):
        seen = _looks(call)
    run = active_run()
    assert run is not None
    run.log_params({"seen": seen})


def _tell_twice(call: Call) -> None:
    try:
        _looks(call)
    except Exception as error:
        report("the look", error)
        report("the training", error)


def _swallow(call: Call) -> None:
    with contextlib.suppress(BaseException):
        _looks(call)


def _hurry(call: Call) -> None:
    started = perf_counter()
    for _ in range(200):
        _looks(call)
    if perf_counter() - started > 0.005:
        call.set_argument("params", {"eta": 0.2})


hides_what_fails = _sinning(_hide)
tells_twice_what_fails = _sinning(_tell_twice)
swallows_interrupts = _sinning(_swallow)
trains_otherwise_when_slow = _sinning(_hurry)


@observes("toyframe.engine:train", id="train")
def _train_of_its_own(call: Call) -> Steps:
    with training_run(call, name="train", params={"positional": len(call.args)}):
        yield


@observes("toyframe.engine:train", id="train")
def _train_with_a_count(call: Call) -> Steps:
    _kept.append(None)
    with training_run(call, name="train", params={"count": len(_kept)}):
        yield


@observes("toyframe.engine:train", id="train")
def _makes_no_run(call: Call) -> Steps:
    yield


@observes("toyframe.engine:train", id="train")
def _train_that_marks_the_first_error(call: Call) -> Steps:
    with training_run(call, name="train"):
        try:
            yield
        except BaseException as error:
            if not _kept:
                vars(error)["mark"] = 1
            raise
        finally:
            _kept.append(None)


def _differing_metrics(why: str) -> Integration:
    @observes("toyframe.engine:train", id="train")
    def train(call: Call) -> Steps:
        with training_run(call, name="train") as run:
            yield
            _kept.append(None)
            run.log_metrics({"train/count": len(_kept)})
            run.note_unseen("evaluation", why)

    return Integration("toyframe", [train])


@observes("toyframe.models:Model", id="fit", methods=["fit"])
def _fit(call: Call) -> Steps:
    yield


def _sinning_after_a_set_up(predicts: Any) -> Integration:
    @observes("toyframe.models:Model", id="fit", methods=["fit"])
    def fit(call: Call) -> Steps:
        with training_run(call, name="fit") as run:
            yield
            run.log_facts({"seen": call.instance.seen_})

    return Integration("toyframe", [fit, predicts])


@observes("toyframe.models:Model", id="predict", methods=["predict"])
def _runs(call: Call) -> Steps:
    with training_run(call, name="predict") as run:
        found = yield
        run.log_metrics({"test/predicted": sum(found)})


@observes("toyframe.models:Model", id="predict", methods=["predict"])
def _keeps(call: Call) -> Steps:
    _kept.append(call.instance)
    yield


predicts_into_a_run_of_its_own = _sinning_after_a_set_up(_runs)
keeps_what_it_predicts_for = _sinning_after_a_set_up(_keeps)
records_metrics_that_differ = _differing_metrics("there is no target")
leaves_metrics_out_for_their_time = _differing_metrics("predicting 1,000 rows would take about 40 ms")
has_a_point_that_nobody_tries = Integration("toyframe", [_train_of_its_own, _fit])
depends_on_the_form_of_the_call = Integration("toyframe", [_train_of_its_own])
records_what_differs = Integration("toyframe", [_train_with_a_count])
marks_the_first_error = Integration("toyframe", [_train_that_marks_the_first_error])
makes_no_run = Integration("toyframe", [_makes_no_run])


def replaces_the_function_by_hand() -> Integration:
    """No wrapper of the engine's: a closure, with everything that closures lose."""
    engine = sys.modules["toyframe.engine"]
    original = engine.train

    def train(*args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except Exception as error:
            raise RuntimeError("training failed") from error

    for module in (engine, sys.modules["toyframe"]):
        module.train = train
    return makes_no_run
