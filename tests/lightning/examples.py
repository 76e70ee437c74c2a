"""A module, its data, and what was written of its training, by Lightning and by fitscribe."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch


def loader(rows: int = 20, batch_size: int = 4) -> Any:
    """A loader of the same few rows each time, in their order."""
    generator = torch.Generator().manual_seed(rows)
    x = torch.randn(rows, 3, generator=generator)
    return torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True)), batch_size=batch_size
    )


def regression(pl: Any) -> type:
    """A module that logs per step, per epoch and both, in training, validation and test."""

    class Regression(pl.LightningModule):  # type: ignore[misc,name-defined]
        def __init__(self, lr: float = 0.05, width: int = 4) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = torch.nn.Sequential(torch.nn.Linear(3, width), torch.nn.Linear(width, 1))

        def loss(self, batch: Any) -> Any:
            x, y = batch
            return ((self.net(x) - y) ** 2).mean()

        def forward(self, batch: Any) -> Any:
            return self.net(batch[0])

        def training_step(self, batch: Any, batch_idx: int) -> Any:
            loss = self.loss(batch)
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            self.log("per_step", float(batch_idx))
            if batch_idx == 1:
                self.log("sometimes", loss * 2)
            return loss

        def on_train_batch_end(self, *args: Any) -> None:
            self.log("late", float(self.global_step))

        def on_train_epoch_end(self) -> None:
            self.log("at_end", float(self.current_epoch))

        def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
            loss = self.loss(batch)
            self.log("val_loss", loss)
            self.log("val_each", loss, on_step=True, on_epoch=True)

        def test_step(self, batch: Any, batch_idx: int) -> None:
            self.log("test_loss", self.loss(batch))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)

    return Regression


def written(logger: Any) -> dict[str, list[tuple[int, float]]]:
    """What a CSVLogger wrote: step and value of each point, by the name of its series."""
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    with (Path(logger.log_dir) / "metrics.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            step = int(float(row.pop("step")))  # of what a user logs as step
            for name, value in row.items():
                if value:
                    found[name].append((step, float(value)))
    return dict(found)


def recorded(run: Any) -> dict[str, list[tuple[int, float]]]:
    """What a run holds, in the same form."""
    return {
        name: [(int(step), float(value)) for step, value in zip(series.steps, series.values, strict=True)]
        for name in run.metrics
        for series in [run.series(name)]
    }
