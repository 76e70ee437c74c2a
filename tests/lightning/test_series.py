"""The series of a run are what Lightning's own loggers write, and what they leave out between their steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from tests.lightning.examples import loader, recorded, regression, written

OURS = {"epoch", "lr"}


def of_the_user(run: Any) -> dict[str, list[tuple[int, float]]]:
    return {name: points for name, points in recorded(run).items() if name not in OURS}


def of_the_logger(logger: Any) -> dict[str, list[tuple[int, float]]]:
    return {name: points for name, points in written(logger).items() if name not in OURS}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"accumulate_grad_batches": 2},
        {"val_check_interval": 2},
        {"check_val_every_n_epoch": 2},
        {"max_epochs": -1, "max_steps": 7},
        {"limit_train_batches": 3, "limit_val_batches": 1},
    ],
    ids=lambda settings: ",".join(settings) or "plain",
)
def test_equal_to_what_a_csv_logger_writes(
    pl: Any,
    trainer: Callable[..., Any],
    csv_logger: Any,
    only_run: Callable[[], Any],
    settings: dict[str, Any],
) -> None:
    trainer(logger=csv_logger, log_every_n_steps=1, **settings).fit(regression(pl)(), loader(), loader(8))
    run = only_run()
    assert of_the_user(run) == of_the_logger(csv_logger)
    assert run.unseen == [] == run.problems


def test_per_step_and_per_epoch_are_two_series(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    trainer().fit(regression(pl)(), loader(), loader(8))
    points = recorded(only_run())
    assert [step for step, _ in points["train_loss_step"]] == list(range(10))
    assert [step for step, _ in points["train_loss_epoch"]] == [4, 9]
    assert [step for step, _ in points["val_loss"]] == [4, 9]
    assert points["epoch"] == [(0, 0), (5, 1)]
    first = sum(value for _, value in points["train_loss_step"][:5]) / 5
    assert points["train_loss_epoch"][0][1] == pytest.approx(first, rel=1e-6)


def test_every_step_though_lightning_logs_each_third(
    pl: Any, trainer: Callable[..., Any], csv_logger: Any, only_run: Callable[[], Any]
) -> None:
    trainer(logger=csv_logger, log_every_n_steps=3).fit(regression(pl)(), loader(), loader(8))
    ours, theirs = of_the_user(only_run()), of_the_logger(csv_logger)
    assert len(ours["train_loss_step"]) == 10 > len(theirs["train_loss_step"])
    assert all(set(points) <= set(ours[name]) for name, points in theirs.items())


def test_log_every(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITSCRIBE_LOG_EVERY", "4")
    trainer().fit(regression(pl)(), loader(), loader(8))
    points = recorded(only_run())
    assert [step for step, _ in points["train_loss_step"]] == [0, 4, 8]
    assert [step for step, _ in points["train_loss_epoch"]] == [4, 9]


def test_the_sanity_check_is_left_out(
    pl: Any, trainer: Callable[..., Any], csv_logger: Any, only_run: Callable[[], Any]
) -> None:
    trainer(num_sanity_val_steps=2, check_val_every_n_epoch=5).fit(regression(pl)(), loader(), loader(8))
    assert not {"val_loss", "val_each_step", "val_each_epoch"} & recorded(only_run()).keys()


def test_several_loaders_to_validate_on(
    pl: Any, trainer: Callable[..., Any], csv_logger: Any, only_run: Callable[[], Any]
) -> None:
    trainer(logger=csv_logger, log_every_n_steps=1).fit(regression(pl)(), loader(), [loader(8), loader(12)])
    run = only_run()
    assert of_the_user(run) == of_the_logger(csv_logger)
    assert "val_loss/dataloader_idx_1" in run.metrics
    assert [each["role"] for each in run.datasets] == ["train", "valid/0", "valid/1"]


def test_manual_optimization_with_two_optimizers(
    pl: Any, trainer: Callable[..., Any], csv_logger: Any, only_run: Callable[[], Any]
) -> None:
    class Pair(pl.LightningModule):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.automatic_optimization = False
            self.one, self.other = torch.nn.Linear(3, 1), torch.nn.Linear(3, 1)

        def training_step(self, batch: Any, batch_idx: int) -> None:
            for name, part, optimizer in zip("ab", (self.one, self.other), self.optimizers(), strict=True):
                loss = ((part(batch[0]) - batch[1]) ** 2).mean()
                optimizer.zero_grad()
                self.manual_backward(loss)
                optimizer.step()
                self.log(f"loss_{name}", loss)

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.one.parameters(), lr=0.1), torch.optim.SGD(
                self.other.parameters(), lr=0.2
            )

    trainer(logger=csv_logger, log_every_n_steps=1).fit(Pair(), loader())
    run = only_run()
    theirs = of_the_logger(csv_logger)
    assert {name: recorded(run)[name] for name in theirs} == theirs
    assert len(theirs["loss_b"]) == 10
    assert recorded(run)["lr-SGD"] == [(0, 0.1)]
    assert recorded(run)["lr-SGD-1"] == [(0, 0.2)]
    assert run.facts["global_step"] == 20
    assert (run.params["optimizer__lr"], run.params["optimizer_2__lr"]) == (0.1, 0.2)


def test_what_the_user_logs_as_step_is_the_step(
    pl: Any, trainer: Callable[..., Any], csv_logger: Any, only_run: Callable[[], Any]
) -> None:
    class Stepping(regression(pl)):  # type: ignore[misc]
        def on_validation_epoch_end(self) -> None:
            self.log("step", float(self.current_epoch))

        def on_train_epoch_end(self) -> None:
            self.log("step", float(self.current_epoch))

    trainer(logger=csv_logger, log_every_n_steps=1).fit(Stepping(), loader(), loader(8))
    ours = of_the_user(only_run())
    assert ours == of_the_logger(csv_logger)
    assert [step for step, _ in ours["val_loss"]] == [0, 1]


def test_the_learning_rate_is_a_series(
    pl: Any, trainer: Callable[..., Any], only_run: Callable[[], Any]
) -> None:
    class Scheduled(regression(pl)):  # type: ignore[misc]
        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    trainer(max_epochs=1).fit(Scheduled(), loader())
    run = only_run()
    assert recorded(run)["lr"] == [(0, 0.1), (2, 0.05), (4, 0.025)]
    assert run.params["scheduler"] == "StepLR"
    assert run.params["scheduler__interval"] == "step"
    assert run.params["scheduler__step_size"] == 2


def test_a_metric_of_torchmetrics(
    pl: Any, trainer: Callable[..., Any], csv_logger: Any, only_run: Any
) -> None:
    torchmetrics = pytest.importorskip("torchmetrics")

    class Measured(regression(pl)):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.error = torchmetrics.MeanAbsoluteError()

        def training_step(self, batch: Any, batch_idx: int) -> Any:
            self.error(self(batch), batch[1])
            self.log("error", self.error, on_step=True, on_epoch=True)
            return self.loss(batch)

    trainer(logger=csv_logger, log_every_n_steps=1).fit(Measured(), loader())
    ours = of_the_user(only_run())
    assert ours == of_the_logger(csv_logger)
    assert len(ours["error_step"]) == 10 and len(ours["error_epoch"]) == 2
