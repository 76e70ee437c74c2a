"""What a trainer has, and what it writes, is as if nothing had been recorded."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from tests.lightning.examples import loader, recorded, regression

import fitscribe


def checkpoint_callback(pl: Any, folder: Path, **settings: Any) -> Any:
    return importlib.import_module(f"{pl.__name__}.callbacks").ModelCheckpoint(
        dirpath=str(folder), **settings
    )


def test_a_checkpoint_holds_nothing_of_ours(
    pl: Any, trainer: Callable[..., Any], runs: Any, tmp_path: Path
) -> None:
    def written(folder: Path) -> dict[str, Any]:
        saving = checkpoint_callback(pl, folder, save_last=True)
        trainer(callbacks=[saving], enable_checkpointing=True).fit(regression(pl)(), loader(), loader(8))
        (path,) = folder.glob("last.ckpt")
        assert b"fitscribe" not in path.read_bytes()
        found: dict[str, Any] = torch.load(path, weights_only=False)
        return found

    recorded_one = written(tmp_path / "recorded")
    with fitscribe.suppress():
        plain = written(tmp_path / "plain")
    assert recorded_one.keys() == plain.keys()
    assert list(recorded_one["callbacks"]) == [key.replace("plain", "recorded") for key in plain["callbacks"]]
    assert recorded_one["loops"] == plain["loops"]
    assert len(runs()) == 1


def test_the_callbacks_are_as_they_were(
    pl: Any, trainer: Callable[..., Any], runs: Any, tmp_path: Path
) -> None:
    seen: list[list[str]] = []

    class Looking(importlib.import_module(f"{pl.__name__}.callbacks").Callback):  # type: ignore[misc]
        def on_train_start(self, trainer: Any, module: Any) -> None:
            seen.append([type(each).__name__ for each in trainer.callbacks])

    mine = [Looking(), checkpoint_callback(pl, tmp_path / "checkpoints")]
    one = trainer(callbacks=mine, enable_checkpointing=True)
    before, held = one.callbacks, list(one.callbacks)
    one.fit(regression(pl)(), loader())
    assert one.callbacks is before
    assert all(a is b for a, b in zip(before, held, strict=True))
    assert len(mine) == 2
    assert seen[0] == ["FitscribeCallback", *[type(each).__name__ for each in held]]
    assert seen[0][-1] == "ModelCheckpoint"
    other = trainer(callbacks=[Looking()], enable_checkpointing=True)
    with fitscribe.suppress():
        other.fit(regression(pl)(), loader())
    assert vars(one).keys() == vars(other).keys()


def test_callbacks_of_the_module_and_of_a_callback_stay(
    pl: Any, trainer: Callable[..., Any], runs: Any, tmp_path: Path
) -> None:
    callbacks = importlib.import_module(f"{pl.__name__}.callbacks")

    class Adding(callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_fit_start(self, trainer: Any, module: Any) -> None:
            trainer.callbacks.append(callbacks.Callback())

    class WithOwn(regression(pl)):  # type: ignore[misc]
        def configure_callbacks(self) -> Any:
            return [callbacks.LambdaCallback()]

    one = trainer(callbacks=[Adding()])
    before = one.callbacks
    one.fit(regression(pl)(), loader())
    assert one.callbacks is before
    assert [type(each).__name__ for each in before] == ["Adding", "Callback"]
    other = trainer(callbacks=[])
    other.fit(WithOwn(), loader())
    assert [type(each).__name__ for each in other.callbacks] == ["LambdaCallback"]


def test_the_fact_of_checkpoints(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any], tmp_path: Path
) -> None:
    saving = checkpoint_callback(pl, tmp_path / "best", monitor="val_loss", save_top_k=2)
    trainer(max_epochs=3, callbacks=[saving], enable_checkpointing=True).fit(
        regression(pl)(), loader(), loader(8)
    )
    run = only_run()
    (found,) = run.facts["checkpoints"]
    assert found["monitor"] == "val_loss"
    assert found["best_model_path"] == saving.best_model_path == found["kept"][0]["path"]
    assert found["best_model_score"] == min(value for _, value in recorded(run)["val_loss"])
    assert [each["bytes"] for each in found["kept"]] == [
        os.path.getsize(each["path"]) for each in found["kept"]
    ]
    assert len(found["kept"]) == 2


def test_a_training_that_goes_on_from_a_checkpoint(
    pl: Any, trainer: Callable[..., Any], runs: Any, tmp_path: Path
) -> None:
    saving = checkpoint_callback(pl, tmp_path / "saved", save_last=True)
    trainer(callbacks=[saving], enable_checkpointing=True).fit(regression(pl)(), loader(), loader(8))
    path = str(tmp_path / "saved" / "last.ckpt")
    trainer(max_epochs=3).fit(regression(pl)(), loader(), loader(8), ckpt_path=path)
    first, second = runs()
    assert "resumed_from" not in first.facts
    assert second.facts["resumed_from"] == {"path": path, "epoch": 2, "global_step": 10}
    assert [step for step, _ in recorded(second)["train_loss_step"]] == list(range(10, 15))
