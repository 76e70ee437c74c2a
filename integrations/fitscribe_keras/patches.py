"""What is patched in Keras, in any of its packages, and what happens around each call.

Nothing here imports Keras or a backend; the modules that read its objects are imported at the first call.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, PatchPoint, observes
from fitscribe.tracking import continued, hosting, trained
from fitscribe_keras.packages import model_module

# How trainings by single batches are known among those that go on.
BATCH = "train_on_batch"


def fit(call: Call) -> Generator[None, Any, None]:
    """Record a training: as a run of its own, or in that of what is around it."""
    guest = hosting.guest_of(call)
    if guest is None and call.owner is not None:
        return
    from fitscribe_keras import training

    yield from training.observe(call, guest)


def evaluate(call: Call) -> Generator[None, Any, None]:
    """Record what a model is evaluated to, on the run that trained it."""
    from fitscribe_keras import evaluation

    yield from evaluation.observe(call)


def predict(call: Call) -> Generator[None, Any, None]:
    """Compare what a trained model predicts with the labels, if they are known."""
    values = yield
    from fitscribe_keras import predictions

    predictions.record(call, values)


def batch(call: Call) -> Generator[None, Any, None]:
    """Record one step of a training whose loop is the script's own."""
    from fitscribe_keras import batches

    yield from batches.observe(call)


def test_batch(call: Call) -> Generator[None, Any, None]:
    """Record what such a training is evaluated to between its steps."""
    result = yield
    from fitscribe_keras import batches

    batches.record_evaluation(call, result)


def save(call: Call) -> Generator[None, Any, None]:
    """Take note of the files that a trained model, or one that trains, is saved to."""
    from fitscribe_keras import checkpoints

    yield from checkpoints.observe(call)


def _is_known(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    checkpoints = sys.modules.get("fitscribe_keras.checkpoints")
    return checkpoints is not None and checkpoints.is_known(instance)


def _is_trained(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return trained.find(instance) is not None


def _is_trained_in_batches(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return continued.find(instance, by=BATCH) is not None


def points_of(root: str) -> tuple[PatchPoint, ...]:
    """Return the patch points of one of Keras' packages.

    Args:
        root: the name of its root module.
    """
    model = f"{model_module(root)}:Model"
    return (
        observes(
            model,
            id="fit",
            methods=("fit",),
            relies_on=("x", "y", "batch_size", "epochs", "validation_data"),
            injects=("callbacks",),
            nested=True,
            own=True,
        )(fit),
        observes(
            model,
            id="evaluate",
            methods=("evaluate",),
            relies_on=("x", "y"),
            injects=("callbacks",),
            own=True,
        )(evaluate),
        observes(model, id="predict", methods=("predict",), relies_on=("x",), only=_is_trained, own=True)(
            predict
        ),
        observes(model, id="batch", methods=("train_on_batch",), relies_on=("x", "y"), own=True)(batch),
        observes(
            model,
            id="test_batch",
            methods=("test_on_batch",),
            relies_on=("x", "y"),
            only=_is_trained_in_batches,
            own=True,
        )(test_batch),
        observes(
            model,
            id="save",
            methods=("save", "save_weights"),
            relies_on=("filepath",),
            nested=True,
            only=_is_known,
        )(save),
    )
