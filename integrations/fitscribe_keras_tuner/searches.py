"""What is recorded of one call of `search`, and of the trials within it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine import Call
from fitscribe.tracking import hosting, outcome, trained, training_run
from fitscribe.tracking.weakly import WeakTable
from fitscribe_keras_tuner.search import Search
from fitscribe_keras_tuner.settings import arguments_of, part_in_distribution, settings_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


class _Searched(NamedTuple):
    """The last search of a tuner, and the runs of all of its trials by their ids."""

    run: ActiveRun
    trials: dict[str, ActiveRun]


# By the id of the call, while it goes on.
_going_on: dict[int, Search] = {}
_searched: WeakTable[_Searched] = WeakTable()


def observe(call: Call) -> Generator[None, Any, None]:
    """Record a search.

    Args:
        call: of ``search``.
    """
    tuner = call.instance
    before = _searched.get(tuner)
    with training_run(call, name=call.class_name) as run:
        with run.section("parameters"):
            values, changed = settings_of(tuner)
            given = arguments_of(call.arguments)
            run.log_params({**values, **given}, changed=[*changed, *given])
        search = Search(tuner, run, {} if before is None else before.trials)
        if before is not None:
            run.log_facts({"continues": before.run.id})
        _note_distribution(run)
        search.began()
        _searched.set(tuner, _Searched(run, search.runs))
        _going_on[id(call)] = search
        try:
            yield
        except BaseException as error:
            search.broke(error)
            raise
        finally:
            del _going_on[id(call)]
            search.ended()


def observe_trial(call: Call) -> Generator[None, Any, None]:
    """Record a trial, until it has returned its results; what trains within it is its guest.

    Args:
        call: of ``run_trial``.
    """
    search, trial = _search_around(call), _trial_in(call)
    if (
        search is None or trial is None or search.goes_on_with(trial)
    ):  # one that calls another of a base class
        return
    run = search.begin(trial)
    if run is None:
        return
    with hosting.host(call, run, lambda: True, kind="fit", is_trainer=False):
        try:
            results = yield
        except BaseException as error:
            search.failed(outcome.status_of(error), outcome.described(error))
            raise
        search.returned(results)


def observe_end(call: Call) -> Generator[None, Any, None]:
    """Record what became of a trial.

    Args:
        call: of ``on_trial_end``.
    """
    search, trial = _search_around(call), _trial_in(call)
    if search is None or trial is None or not search.goes_on_with(trial):
        return
    opened = search.leave()
    try:
        yield
    finally:
        search.end(opened)


def remember_loaded(call: Call, model: Any) -> None:
    """Remember the run of the trial that a model was loaded from.

    Args:
        call: of ``load_model``.
        model: what it returned.
    """
    searched, trial = _searched.get(call.instance), _trial_in(call)
    run = None if searched is None or trial is None else searched.trials.get(str(trial.trial_id))
    if run is not None:
        trained.remember(model, run, kind="model")


def _search_around(call: Call) -> Search | None:
    """The search that a call of the same tuner's is made by."""
    found = _going_on.get(id(call.owner))
    return found if found is not None and found.tuner is call.instance else None


def _trial_in(call: Call) -> Any:
    """The trial that a method was given, whatever its parameter is called; None where there is none."""
    found = call.arguments.get("trial", call.args[0] if call.args else None)
    return found if hasattr(found, "hyperparameters") and hasattr(found, "trial_id") else None


def _note_distribution(run: ActiveRun) -> None:
    part = part_in_distribution()
    if part:
        run.log_facts({"distribution": part})
    if part == "chief":
        run.note_unseen("trials", "the workers of a distributed search run them, and each records its own")
    elif part == "worker":
        run.note_unseen("trials of other workers", "each worker of a distributed search records its own")
        run.note_unseen("scores of the trials", "the chief of a distributed search computes them")
