"""Lightning's integrations prove what every integration must: one for each of its two packages."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest
from packaging.version import Version

from fitscribe.testing import Case, Conformance, Training
from fitscribe.testing.cases import Inside

pytest.importorskip("torch")


def _trainer(pl: Any, **settings: Any) -> Any:
    import logging

    logging.getLogger(pl.__name__).setLevel(logging.ERROR)
    return pl.Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **settings,
    )


def _module(pl: Any) -> Any:
    """One of Lightning's own, which can be pickled: it takes rows of 32 numbers."""
    import importlib

    import torch

    torch.set_num_threads(1)
    module = importlib.import_module(f"{pl.__name__}.demos.boring_classes").BoringModel()
    with torch.no_grad():
        module.layer.weight.fill_(0.1)
        module.layer.bias.fill_(0.0)
    return module


def _loader() -> Any:
    import torch

    return torch.utils.data.DataLoader(torch.linspace(-1.0, 1.0, 256).reshape(8, 32), batch_size=4)


def _calling(pl: Any, inside: Inside | None) -> list[Any]:
    if inside is None:
        return []

    class Calling(pl.Callback):  # type: ignore[misc,name-defined]
        def on_train_batch_end(self, trainer: Any, module: Any, *args: Any) -> None:
            if trainer.global_step == 2:
                inside()

        def on_validation_batch_end(self, trainer: Any, module: Any, *args: Any) -> None:
            if not trainer.training and trainer.state.fn == "validate":
                inside()

    return [Calling()]


def _fit(pl: Any, inside: Inside | None) -> Case:
    module = _module(pl)
    return Case(
        _trainer(pl, callbacks=_calling(pl, inside)).fit,
        (module, _loader()),
        {"val_dataloaders": _loader()},
        result=lambda _: [each.detach().numpy() for each in module.parameters()],
    )


def _validate(pl: Any, inside: Inside | None) -> Case:
    return Case(
        _trainer(pl, callbacks=_calling(pl, inside)).validate,
        (_module(pl), _loader()),
        {"verbose": False},
        result=lambda results: results,
    )


def _predict(pl: Any) -> Case:
    return Case(
        _trainer(pl).predict,
        (_module(pl), _loader()),
        result=lambda batches: [each.numpy() for each in batches],
    )


def fit(inside: Inside | None) -> Case:
    import lightning.pytorch

    return _fit(lightning.pytorch, inside)


def validate(inside: Inside | None) -> Case:
    import lightning.pytorch

    return _validate(lightning.pytorch, inside)


def predict() -> Case:
    import lightning.pytorch

    return _predict(lightning.pytorch)


def fit_of_the_other(inside: Inside | None) -> Case:
    import pytorch_lightning

    return _fit(pytorch_lightning, inside)


def validate_of_the_other(inside: Inside | None) -> Case:
    import pytorch_lightning

    return _validate(pytorch_lightning, inside)


def predict_of_the_other() -> Case:
    import pytorch_lightning

    return _predict(pytorch_lightning)


def _version(distribution: str) -> Version | None:
    try:
        return Version(version(distribution))
    except PackageNotFoundError:
        return None


LIGHTNING, PYTORCH_LIGHTNING = _version("lightning"), _version("pytorch-lightning")


ENDS_A_LOOP = {"stop_iteration": "Lightning takes it for the end of the loop that it is raised in"}
KEEPS_THE_TIME = {"bytes": "a trainer pickles the time of its last validation"}
ASKS_FSSPEC = {"uninstall": "Lightning asks fsspec for a file system, which notes that on its class"}
RETURNS = {"keyboard_interrupt": "Lightning returns from the call, and lets no Ctrl-C out"}
TRAINS_A_COPY = {"loky": "a worker trains a copy of the module: the one that is looked at stays as it is"}


def _of(installed: Version | None, *, trains: bool = True) -> dict[str, str]:
    is_old = installed is not None and installed < Version("2.6")
    if not trains:
        return ASKS_FSSPEC if is_old else {}
    return ENDS_A_LOOP | (ASKS_FSSPEC | RETURNS if is_old else KEEPS_THE_TIME)


@pytest.mark.skipif(LIGHTNING is None, reason="lightning is not installed")
class TestLightning(Conformance):
    integration = "lightning = fitscribe_lightning:lightning"
    trainings = [
        Training("fit", fit, limits=_of(LIGHTNING) | TRAINS_A_COPY),
        Training("evaluate", validate, limits=_of(LIGHTNING)),
        Training("predict", predict, runs=0, limits=_of(LIGHTNING, trains=False)),
        Training("logged", fit, name="logged", run_of="fit", limits=_of(LIGHTNING) | TRAINS_A_COPY),
    ]


@pytest.mark.skipif(PYTORCH_LIGHTNING is None, reason="pytorch_lightning is not installed")
class TestPyTorchLightning(Conformance):
    integration = "pytorch_lightning = fitscribe_lightning:pytorch_lightning"
    trainings = [
        Training("fit", fit_of_the_other, limits=_of(PYTORCH_LIGHTNING) | TRAINS_A_COPY),
        Training("evaluate", validate_of_the_other, limits=_of(PYTORCH_LIGHTNING)),
        Training("predict", predict_of_the_other, runs=0, limits=_of(PYTORCH_LIGHTNING, trains=False)),
        Training(
            "logged",
            fit_of_the_other,
            name="logged",
            run_of="fit",
            limits=_of(PYTORCH_LIGHTNING) | TRAINS_A_COPY,
        ),
    ]
