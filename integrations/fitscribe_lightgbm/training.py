"""What is recorded of a call of `lightgbm.train`: in a run of its own, or in that of its host."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from functools import partial
from time import thread_time
from typing import TYPE_CHECKING, Any

from fitscribe import capture
from fitscribe.engine import Call
from fitscribe.tracking import trained, training_run
from fitscribe_lightgbm import datasets, learned, parameters
from fitscribe_lightgbm.boosting import Boosting, listed, of_training
from fitscribe_lightgbm.recording import Data
from fitscribe_lightgbm.stopping import told_by_booster

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun
    from fitscribe.tracking.hosting import Guest

# What LightGBM calls the training data among the sets that it evaluates, unless it is told otherwise.
_TRAINING_SET = "training"


def observe(call: Call) -> Generator[None, Any, None]:
    """Record a training that is nobody's guest.

    Args:
        call: of `train`.
    """
    given, told = parameters.of_call(call), parameters.told(call.arguments)
    with training_run(call, name="lightgbm.train", params=given.values, changed=given.changed) as run:
        data = _log_data(call, run, call.arguments.get("train_set"), "")
        note_continued(run, call, "")
        started = thread_time()
        scheduled = parameters.scheduled(listed(call) or (), call.arguments).values()
        begun = partial(parameters.log_others, run, given, scheduled=scheduled)
        with Boosting(call, run, "", of_training, learned.keep_checkpoint, begun) as boosting:
            booster = yield
        trained_s = thread_time() - started
        data.log_later()
        boosting.log_ending("", _name_of_training_set(booster), partial(told_by_booster, booster))
        learned.record(run, booster, trained_s, data.log_signature(booster))
        data.link(booster)
        parameters.remember_told(booster, told)


def observe_guest(call: Call, guest: Guest) -> Generator[None, Any, None]:
    """Record what only a training itself can see in the run of the estimator that trains by it.

    Args:
        call: of `train`.
        guest: its place in the run.
    """
    run, prefix = guest.run, guest.prefix
    data = _log_data(call, run, None, prefix)
    with run.section("datasets"):
        beside = datasets.beside_rows(call.arguments["train_set"]) if run.options.datasets else {}
        if beside:
            run.log_facts({f"{prefix}train_data": beside})
    parameters.correct(guest, call)
    note_continued(run, call, prefix)
    started = thread_time()
    with Boosting(call, run, prefix, of_training, learned.keep_checkpoint) as boosting:
        booster = yield
    trained_s = thread_time() - started
    data.log_later()
    boosting.log_ending(prefix, _name_of_training_set(booster), partial(told_by_booster, booster))
    learned.record_trees(run, booster, trained_s, prefix)
    data.link(booster)


def _log_data(call: Call, run: ActiveRun, training_set: Any, prefix: str) -> Data:
    """Record the data of a training; what the caller has an iterator of, as LightGBM takes it from that.

    Args:
        call: of `train`.
        run: where it is recorded.
        training_set: as for :class:`Data`.
        prefix: what the names of the sets begin with.
    """
    given = call.arguments
    valid_sets, names, train_set = given.get("valid_sets"), given.get("valid_names"), given.get("train_set")
    known = datasets.names_of(valid_sets, names, train_set)
    data = Data(run, training_set, {f"{prefix}{name}": each for name, each in (known or {}).items()})
    data.log()
    if known is None:

        def note(name: str, dataset: Any) -> None:
            data.add(f"{prefix}{name}", dataset)

        is_followed = isinstance(valid_sets, Iterator) and call.set_argument(
            "valid_sets", datasets.passed_on(valid_sets, names, train_set, note)
        )
        if not is_followed or datasets.names_of((), names, None) is None:
            why = f"valid_sets: {capture.type_name(valid_sets)}, valid_names: {capture.type_name(names)}"
            run.note_unseen(f"{prefix}data of the eval sets", why)
    return data


def _name_of_training_set(booster: Any) -> str:
    return str(vars(booster).get("_train_data_name", _TRAINING_SET))


def note_continued(run: ActiveRun, call: Call, prefix: str) -> None:
    """Say which run made the model that a training starts from, if that was seen.

    Args:
        run: where it is recorded.
        call: of `train` or `cv`.
        prefix: what the names begin with.
    """
    model = call.arguments.get("init_model")
    if model is None or isinstance(model, (str, os.PathLike)):
        return
    earlier = trained.run_before(model)
    if earlier is not None and earlier != run.id:
        run.log_facts({f"{prefix}continues": earlier})
