"""What `validate`, `test` and `predict` come to: on the run of the model."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from tests.lightning.examples import loader, recorded, regression


def test_on_the_run_that_trained_the_model(
    pl: Any, trainer: Callable[..., Any], csv_logger: Any, only_run: Callable[[], Any]
) -> None:
    one, module = trainer(logger=csv_logger), regression(pl)()
    one.fit(module, loader(), loader(8))
    (validated,) = one.validate(module, loader(12), verbose=False)
    (tested,) = one.test(module, loader(16), verbose=False)
    run = only_run()
    assert recorded(run)["test_loss"] == [(10, tested["test_loss"])]
    assert recorded(run)["val_loss"][-1] == (10, validated["val_loss"])
    assert len(recorded(run)["val_loss"]) == 3
    assert [(each["role"], each["description"]["rows"]) for each in run.datasets] == [
        ("train", 20),
        ("valid", 8),
        ("valid", 12),
        ("test", 16),
    ]


def test_loaders_that_are_set_up_late(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    trainer(num_sanity_val_steps=0, check_val_every_n_epoch=2).fit(regression(pl)(), loader(), loader(8))
    run = only_run()
    assert [(each["role"], each["description"]["rows"]) for each in run.datasets] == [
        ("train", 20),
        ("valid", 8),
    ]
    assert (run.params["loader__batch_size"], run.params["valid_loader__batch_size"]) == (4, 4)


def test_by_another_trainer(pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]) -> None:
    module = regression(pl)()
    trainer().fit(module, loader())
    (tested,) = trainer().test(module, loader(16), verbose=False)
    assert only_run().metrics["test_loss"] == tested["test_loss"]


def test_of_a_model_that_was_not_trained_here(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    (tested,) = trainer().test(regression(pl)(width=5), loader(16), verbose=False)
    run = only_run()
    assert run.name == "Regression, test"
    assert run.params["width"] == 5
    assert dict(run.metrics) == {"test_loss": tested["test_loss"]}
    assert run.status == "finished"


def test_of_a_checkpoint(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any], tmp_path: Path
) -> None:
    callbacks = importlib.import_module(f"{pl.__name__}.callbacks")
    saving = callbacks.ModelCheckpoint(dirpath=str(tmp_path / "saved"))
    one = trainer(callbacks=[saving], enable_checkpointing=True)
    one.fit(regression(pl)(), loader())
    one.test(dataloaders=loader(16), ckpt_path="best", verbose=False)
    assert only_run().facts["test_checkpoint"] == saving.best_model_path


def test_one_that_fails_leaves_the_run_of_the_training_as_it_was(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    class Failing(regression(pl)):  # type: ignore[misc]
        def test_step(self, batch: Any, batch_idx: int) -> None:
            raise ZeroDivisionError

    one, module = trainer(), Failing()
    one.fit(module, loader())
    with pytest.raises(ZeroDivisionError):
        one.test(module, loader(16), verbose=False)
    assert only_run().status == "finished"


def test_predictions_are_said_not_to_be_recorded(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    one, module = trainer(), regression(pl)()
    one.fit(module, loader())
    for _ in range(2):
        assert len(one.predict(module, loader(16))) == 4
    assert [each for each in only_run().unseen if "predict" in str(each)] == [
        {"what": "what Trainer.predict returned", "why": "only that it was called is recorded"}
    ]
