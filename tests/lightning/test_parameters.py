"""What a training was set to, and what it trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from tests.lightning.examples import loader, regression


def data_module(pl: Any) -> Any:
    class Data(pl.LightningDataModule):  # type: ignore[misc,name-defined]
        def __init__(self, folds: int = 3, lr: float = 7.0) -> None:
            super().__init__()
            self.save_hyperparameters()

        def train_dataloader(self) -> Any:
            return loader()

    return Data()


@pytest.mark.parametrize("is_positional", [True, False])
def test_hyperparameters_of_module_and_data_module(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any], is_positional: bool
) -> None:
    class Nested(regression(pl)):  # type: ignore[misc]
        def __init__(self, lr: float = 0.01, net: dict[str, Any] | None = None) -> None:
            super().__init__()
            self.save_hyperparameters()

    module = Nested(net={"width": 4, "activation": torch.nn.ReLU, "api_key": "s3cret"})
    if is_positional:
        trainer().fit(module, data_module(pl))
    else:
        trainer().fit(module, datamodule=data_module(pl))
    run = only_run()
    given = {name: run.params[name] for name in ("lr", "folds", "net/width")}
    assert given == {"lr": 0.01, "folds": 3, "net/width": 4}
    assert "s3cret" not in str(dict(run.params))
    assert "ReLU" in run.params["net/activation"]
    assert {"lr", "folds", "net/width"} <= set(run.changed)


def test_settings_that_are_not_at_their_default(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PL_GLOBAL_SEED", "42")
    trainer(accumulate_grad_batches=2, gradient_clip_val=0.5, limit_train_batches=4).fit(
        regression(pl)(), loader()
    )
    run = only_run()
    assert {name: run.params[name] for name in run.changed if name.startswith(("trainer__", "seed"))} == {
        "seed": 42,
        "trainer__accumulate_grad_batches": 2,
        "trainer__gradient_clip_val": 0.5,
        "trainer__limit_train_batches": 4,
        "trainer__max_epochs": 2,
    }
    assert run.params["trainer__precision"] == "32-true"
    assert run.params["trainer__accelerator"] == "CPUAccelerator"


def test_optimizer_with_groups_and_plateau(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    class Grouped(regression(pl)):  # type: ignore[misc]
        def configure_optimizers(self) -> Any:
            groups = [
                {"params": self.net[0].parameters(), "lr": 0.1},
                {"params": self.net[1].parameters(), "lr": 0.2},
            ]
            optimizer = torch.optim.AdamW(groups, weight_decay=0.3)
            scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=4)
            return {
                "optimizer": optimizer,
                "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss", "frequency": 2},
            }

    trainer().fit(Grouped(), loader(), loader(8))
    run = only_run()
    expected = {
        "optimizer": "AdamW",
        "optimizer__lr": 0.1,
        "optimizer__group_2__lr": 0.2,
        "optimizer__weight_decay": 0.3,
        "scheduler": "ReduceLROnPlateau",
        "scheduler__patience": 4,
        "scheduler__monitor": "val_loss",
        "scheduler__frequency": 2,
    }
    assert {name: run.params[name] for name in expected} == expected
    assert "optimizer__group_2__weight_decay" not in run.params
    assert {"lr/pg1", "lr/pg2"} <= set(run.metrics)


def test_sizes_of_the_model_and_shared_and_lazy_parameters(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    class Sized(regression(pl)):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.again = self.net[0]
            self.net[1].bias.requires_grad_(False)
            self.lazy = torch.nn.LazyLinear(2)

    trainer(max_epochs=1).fit(Sized(), loader())
    facts = only_run().facts
    assert (facts["parameters"], facts["trainable_parameters"]) == (21, 20)
    assert facts["modules"]["net"] == {"type": "Sequential", "parameters": 21}
    assert facts["modules"]["lazy"] == {"type": "LazyLinear", "parameters": 0}
