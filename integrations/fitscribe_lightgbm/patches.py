"""What is patched in LightGBM: trainings, what decides when they stop, and what trained boosters do.

Nothing here imports LightGBM or NumPy; the modules that read its objects are imported at the first call.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from time import perf_counter
from typing import Any

from fitscribe.engine import Call, current_owner, observes
from fitscribe.tracking import continued, hosting, passed_by, trained, whole
from fitscribe_lightgbm import updating, versions

__all__ = ["POINTS"]

# What a loop of `Booster.update` is known by.
BY = "update"

# What makes rounds by itself: those that it calls for are no loop of the script's.
MAKES_ROUNDS = ("lightgbm.engine.train", "lightgbm.engine.cv")


@observes(
    "lightgbm.engine:train",
    id="train",
    relies_on=("params", "train_set", "num_boost_round", "valid_sets", "valid_names"),
    injects=("callbacks",),
    nested=True,
)
def train(call: Call) -> Generator[None, Any, None]:
    """Record a training: in a run of its own, or what only it can see in the run around it."""
    guest = hosting.guest_of(call)
    if guest is None and call.owner is not None:
        return
    from fitscribe_lightgbm import training

    if guest is None:
        yield from training.observe(call)
    else:
        yield from training.observe_guest(call, guest)


@observes(
    "lightgbm.engine:cv",
    id="cv",
    relies_on=("params", "train_set", "num_boost_round"),
    injects=("callbacks",),
    nested=True,
)
def cv(call: Call) -> Generator[None, Any, None]:
    """Record a cross-validation of LightGBM's own, likewise."""
    guest = hosting.guest_of(call)
    if guest is None and call.owner is not None:
        return
    from fitscribe_lightgbm import validation

    if guest is None:
        yield from validation.observe(call)
    else:
        yield from validation.observe_guest(call, guest)


def _is_within_a_call(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return current_owner() is not None


@observes(
    "lightgbm.callback:early_stopping",
    id="early_stopping",
    injects=("verbose",),
    nested=True,
    only=_is_within_a_call,
)
def early_stopping(call: Call) -> Generator[None, Any, None]:
    """Take note of the callback by which a training stops early that was asked to by a parameter."""
    from fitscribe_lightgbm.boosting import boosting_of

    boosting = boosting_of(call.parent)
    if boosting is None:
        return
    if boosting.prints:
        call.set_argument("verbose", True)
    boosting.stopped_by((yield))


@observes("lightgbm.basic:Booster.update", id="update")
def update(call: Call) -> Generator[None, Any, None]:
    """Record one round of a training that the script goes through by itself."""
    going_on = continued.find(call.instance, by=BY)
    if going_on is None:
        if not passed_by.is_of_the_framework(call, *MAKES_ROUNDS):
            yield from updating.first_round(call, by=BY)
        return
    started = perf_counter()
    try:
        yield
    except BaseException as error:
        going_on.failed(error)
        raise
    updating.updated(call.instance, going_on, perf_counter() - started)
    going_on.run.training_cpu_s += call.cpu


def _is_updated(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return continued.find(instance, by=BY) is not None


@observes(
    "lightgbm.basic:Booster",
    id="evaluation",
    methods=("eval", "eval_train", "eval_valid"),
    only=_is_updated,
    from_outside=True,
)
def evaluation(call: Call) -> Generator[None, Any, None]:
    """Record what a booster is worth after a round of such a training."""
    results = yield
    going_on = continued.find(call.instance, by=BY)
    if going_on is not None:
        updating.evaluated(call.instance, going_on, results)


def _is_trained(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return trained.find(instance) is not None


@observes("lightgbm.basic:Booster.predict", id="predict", only=_is_trained, from_outside=True)
def predict(call: Call) -> Generator[None, Any, None]:
    """Take note of what a trained booster predicts, so that metrics of it find its run."""
    values = yield
    from fitscribe_lightgbm.predicting import record_prediction

    record_prediction(call, values)
    going_on = continued.find(call.instance, by=BY)
    if going_on is not None:
        going_on.used()


def _is_raw(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return not versions.is_constructed(instance)


@observes("lightgbm.basic:Dataset.construct", id="dataset", only=_is_raw)
def dataset(call: Call) -> Generator[None, Any, None]:
    """Take note of the data of a Dataset while it is there: LightGBM lets go of it."""
    from fitscribe_lightgbm.datasets import note_all

    note_all(call.instance)
    yield


def _is_of_all(model: Any, arguments: Mapping[str, Any]) -> bool:
    from fitscribe_lightgbm.predicting import is_of_all

    return is_of_all(model, arguments)


whole.tell("lightgbm", _is_of_all)

POINTS = (train, cv, early_stopping, update, evaluation, predict, dataset)
