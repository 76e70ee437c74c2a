"""Beside the other integrations: what trains, logs and measures within Lightning is in the one run of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from tests.lightning.examples import loader, recorded, regression

import fitscribe


@pytest.fixture
def everything(runs: Any) -> Any:
    """Record all that there is, and not only Lightning."""
    fitscribe.autolog()
    yield runs
    fitscribe.disable()


def test_one_run_with_what_lightning_logs_and_no_more(
    pl: Any, trainer: Callable[..., Any], everything: Any, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard")
    board = importlib.import_module(f"{pl.__name__}.loggers").TensorBoardLogger(tmp_path / "board")
    one, module = trainer(logger=board, log_every_n_steps=1, enable_progress_bar=True), regression(pl)()
    one.fit(module, loader(), loader(8))
    one.test(module, loader(16), verbose=False)
    (run,) = everything()
    assert set(run.metrics) == {
        "at_end",
        "epoch",
        "late",
        "lr",
        "per_step",
        "sometimes",
        "test_loss",
        "train_loss_epoch",
        "train_loss_step",
        "val_each_epoch",
        "val_each_step",
        "val_loss",
    }
    assert len(recorded(run)["train_loss_step"]) == 10


def test_the_weights_are_the_model_of_the_run(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any], own_store: Path
) -> None:
    pytest.importorskip("safetensors")
    module = regression(pl)()
    trainer().fit(module, loader())
    (model,) = only_run().models
    assert model["format"] == "torch/safetensors"
    path = own_store / "runs" / only_run().id / model["path"]
    kept = importlib.import_module("safetensors.torch").load_file(path)
    assert kept.keys() == module.state_dict().keys()
    assert all(torch.equal(kept[name], each) for name, each in module.state_dict().items())


def test_within_a_run_of_the_script(pl: Any, trainer: Callable[..., Any], runs: Any) -> None:
    with fitscribe.start_run("study"):
        trainer().fit(regression(pl)(), loader())
    (study,) = runs()
    (training,) = study.children
    assert training.name == "Regression"
