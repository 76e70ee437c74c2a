"""What is recorded of a loop of `Booster.update`: a training that the script goes through by itself."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.tracking import continued, trained

if TYPE_CHECKING:
    from fitscribe.tracking.continued import Continued

# How many rounds the booster had when the training was first seen.
_BEFORE = "rounds before"
# How many sets it is evaluated on are described.
_SETS = "sets"


def first_round(call: Call, *, by: str) -> Generator[None, Any, None]:
    """Record the first round: it opens the run, with the parameters and the data as they are then.

    Args:
        call: of `Booster.update`.
        by: what the training is known by.
    """
    # Not needed by the rounds after it, which are to cost microseconds.
    from fitscribe.tracking import training_run
    from fitscribe_lightgbm import datasets, learned, parameters
    from fitscribe_lightgbm.recording import Data

    booster = call.instance
    given = parameters.of_booster(booster, call.arguments.get("fobj"))
    with training_run(call, name="lightgbm.Booster", params=given.values, changed=given.changed) as run:
        values = vars(booster)
        eval_sets = datasets.names_of(values.get("valid_sets"), values.get("name_valid_sets"), None) or {}
        data = Data(run, call.arguments.get("train_set", values.get("train_set")), eval_sets)
        parameters.log_others(run, given, booster)
        data.log()
        earlier = trained.run_before(booster)
        rounds = booster.current_iteration()
        started = perf_counter()
        yield
        seconds = perf_counter() - started
        data.log_later()
        signature = data.log_signature(booster)
        data.link(booster)
        if earlier is not None:
            run.log_facts({"continues": earlier})
        going_on = continued.begin(booster, run, by=by, keep=partial(learned.keep_state, signature=signature))
        going_on.notes[_BEFORE] = rounds - going_on.calls
        going_on.notes[_SETS] = len(values.get("valid_sets") or ())
        going_on.leave_open()
        updated(booster, going_on, seconds)


def updated(booster: Any, going_on: Continued, seconds: float) -> None:
    """Record one round that is over.

    Args:
        booster: what was trained.
        going_on: its training.
        seconds: how long the round took.
    """
    going_on.step({}, seconds)
    known = trained.find(booster)
    if known is not None:
        known.generation += 1  # what it predicts from here on is of another model
    every = going_on.run.options.checkpoints
    made = going_on.notes[_BEFORE] + going_on.calls
    if every and made % every == 0:
        from fitscribe_lightgbm import learned

        learned.keep_checkpoint(going_on.run, booster, f"checkpoint/{made}")


def evaluated(booster: Any, going_on: Continued, results: Any) -> None:
    """Record what a booster is worth after the last round.

    Args:
        booster: what was trained.
        going_on: its training.
        results: what `Booster.eval` returned: name of the set, name of the metric and value of each.
    """
    from fitscribe_lightgbm.boosting import direction_in, of_training

    # `Booster.eval` adds what it is given to them, as `add_valid` does.
    if len(vars(booster).get("valid_sets") or ()) > going_on.notes[_SETS]:
        _log_new_sets(booster, going_on)
    points = {
        name: float(result[place]) for result in results for name, place in of_training(result[0], result[1])
    }
    going_on.run.log_directions(
        {name: direction_in(result) for result in results for name, _ in of_training(result[0], result[1])}
    )
    going_on.evaluations.record(points, going_on.notes[_BEFORE] + going_on.calls - 1)


def _log_new_sets(booster: Any, going_on: Continued) -> None:
    from fitscribe_lightgbm import datasets
    from fitscribe_lightgbm.recording import Data

    values, known = vars(booster), going_on.notes[_SETS]
    going_on.notes[_SETS] = len(values["valid_sets"])
    sets = datasets.names_of(values["valid_sets"][known:], values["name_valid_sets"][known:], None) or {}
    Data(going_on.run, None, sets).log_evaluated(booster)
