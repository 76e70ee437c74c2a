"""What is patched in Lightning, in either of its packages, and what happens around each call.

Nothing here imports Lightning or PyTorch; the modules that read its objects are imported at the first call.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, PatchPoint, observes
from fitscribe_lightning import recorders
from fitscribe_lightning.packages import pytorch_of


def fit(call: Call) -> Generator[None, Any, None]:
    """Record a training, through a callback that the trainer has for as long as the call goes on.

    In a process that Lightning has spawned for a training there is no call of ``fit``, but one of ``_run``.
    """
    from fitscribe_lightning import training

    yield from training.observe(call) if call.name == "fit" else training.observe_elsewhere(call)


def evaluate(call: Call) -> Generator[None, Any, None]:
    """Record what `Trainer.validate` or `Trainer.test` came to, on the run that trained the model."""
    from fitscribe_lightning import evaluation

    yield from evaluation.observe(call)


def predict(call: Call) -> Generator[None, Any, None]:
    """Say on the run of the model that it predicted."""
    yield
    from fitscribe_lightning import evaluation

    evaluation.note_prediction(call)


def logged(call: Call) -> Generator[None, Any, None]:
    """Record what Lightning gives its loggers, if it has any or not."""
    recorder = recorders.of(call.instance.trainer)
    if recorder is not None:
        recorder.logged(call.instance.trainer, call.arguments["metrics"], call.arguments.get("step"))
    yield


def _is_recorded(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    recorder = recorders.of(instance.trainer)
    return recorder is not None and recorder.wants(instance.trainer)


def points_of(root: str) -> tuple[PatchPoint, ...]:
    """Return the patch points of one of Lightning's packages.

    Args:
        root: the name of its root module.
    """
    pytorch = pytorch_of(root)
    trainer = f"{pytorch}.trainer.trainer:Trainer"
    connector = f"{pytorch}.trainer.connectors.logger_connector.logger_connector:_LoggerConnector"
    return (
        observes(trainer, id="fit", methods=("fit", "_run"), relies_on=("model",))(fit),
        observes(trainer, id="evaluate", methods=("validate", "test"), relies_on=("model",))(evaluate),
        observes(trainer, id="predict", methods=("predict",), relies_on=("model",))(predict),
        observes(
            connector,
            id="logged",
            methods=("log_metrics",),
            relies_on=("metrics", "step"),
            nested=True,
            only=_is_recorded,
        )(logged),
    )
