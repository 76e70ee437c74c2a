"""What is patched in XGBoost, and what happens around each call.

Nothing here imports XGBoost or NumPy; the modules that read its objects are imported at the first call.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from fitscribe.engine import Call, observes
from fitscribe.tracking import continued, trained, whole

# How `Booster.update` loops are known among the trainings that go on.
UPDATE = "Booster.update"

# What makes rounds by itself: those that it calls for are no loop of the script's.
MAKES_ROUNDS = ("xgboost.training.train", "xgboost.training.cv")


@observes(
    "xgboost.training:train",
    id="train",
    relies_on=("params", "dtrain", "num_boost_round", "evals", "early_stopping_rounds", "xgb_model"),
    injects=("callbacks",),
    nested=True,
    by_position=True,
)
def train(call: Call) -> Generator[None, Any, None]:
    """Record a training: as a run of its own, or in that of the estimator around it."""
    from fitscribe.tracking import hosting

    guest = hosting.guest_of(call)
    if guest is None and call.owner is not None:
        return
    from fitscribe_xgboost.recording import is_recorded_here, recorded_guest, recorded_training

    if not is_recorded_here():
        yield  # owned all the same: its rounds are no loop of the user's
    elif guest is None:
        yield from recorded_training(call)
    else:
        yield from recorded_guest(call, guest)


@observes(
    "xgboost.training:cv",
    id="cv",
    relies_on=("params", "dtrain", "num_boost_round", "early_stopping_rounds"),
    injects=("callbacks",),
    by_position=True,
)
def cv(call: Call) -> Generator[None, Any, None]:
    """Record a cross-validation."""
    from fitscribe_xgboost.validation import recorded_validation

    yield from recorded_validation(call)


@observes(
    "xgboost.core:Booster", id="booster", methods=("__init__",), from_outside=True, by_position=True, own=True
)
def booster(call: Call) -> Generator[None, Any, None]:
    """Take note of the parameters of a booster that may be trained in a loop of the user's own."""
    yield
    from fitscribe_xgboost.parameters import remember_told

    remember_told(call.instance, call.arguments.get("params"))


@observes("xgboost.core:Booster", id="update", methods=("update", "boost"), relies_on=("dtrain",), own=True)
def update(call: Call) -> Generator[None, Any, None]:
    """Record one round of a training whose loop is the user's own."""
    from fitscribe_xgboost.stepping import recorded_round

    yield from recorded_round(call)


def _is_updated(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return continued.find(instance, by=UPDATE) is not None


@observes(
    "xgboost.core:Booster",
    id="evaluation",
    methods=("eval_set",),
    relies_on=("evals",),
    only=_is_updated,
    own=True,
)
def evaluation(call: Call) -> Generator[None, Any, None]:
    """Record what a booster is evaluated to between the rounds of such a loop."""
    result = yield
    from fitscribe_xgboost.stepping import record_evaluation

    record_evaluation(call, result)


def _is_trained(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return trained.find(instance) is not None


@observes(
    "xgboost.core:Booster",
    id="predict",
    methods=("predict", "inplace_predict"),
    relies_on=("data",),
    only=_is_trained,
    from_outside=True,
    by_position=True,
    own=True,
)
def predict(call: Call) -> Generator[None, Any, None]:
    """Remember what a trained booster predicts, so that metrics of it find its run."""
    values = yield
    from fitscribe_xgboost.predictions import remember

    remember(call, values)
    going_on = continued.find(call.instance, by=UPDATE)
    if going_on is not None:
        going_on.used()


@observes(
    "xgboost.core:DMatrix",
    id="matrix",
    methods=("__init__",),
    relies_on=("data",),
    from_outside=True,
    by_position=True,
    own=True,
)
def matrix(call: Call) -> Generator[None, Any, None]:
    """Take note of what a matrix is made of."""
    yield
    from fitscribe_xgboost.matrices import record_construction

    record_construction(call)


def _is_of_all(model: Any, arguments: Mapping[str, Any]) -> bool:
    from fitscribe_xgboost.predictions import is_of_all

    return is_of_all(model, arguments)


whole.tell("xgboost", _is_of_all)

POINTS = (train, cv, booster, update, evaluation, predict, matrix)
