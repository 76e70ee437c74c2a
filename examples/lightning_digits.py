"""Classify digits with Lightning: the one line of fitscribe is all that is not Lightning's.

python examples/lightning_digits.py [lightning.pytorch | pytorch_lightning]
"""

import importlib
import sys

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import fitscribe

fitscribe.autolog()

pl = importlib.import_module(sys.argv[1] if len(sys.argv) > 1 else "lightning.pytorch")
callbacks = importlib.import_module(f"{pl.__name__}.callbacks")


class Digits(pl.LightningModule):
    def __init__(self, width=64, lr=1e-2):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))

    def step(self, batch, stage):
        x, y = batch
        scores = self.net(x)
        loss = nn.functional.cross_entropy(scores, y)
        self.log(f"{stage}_loss", loss, on_step=stage == "train", on_epoch=True)
        self.log(f"{stage}_accuracy", (scores.argmax(1) == y).float().mean(), on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch, batch_idx):
        return self.step(batch, "train")

    def validation_step(self, batch, batch_idx):
        self.step(batch, "val")

    def test_step(self, batch, batch_idx):
        self.step(batch, "test")

    def on_train_epoch_end(self):
        found = self.trainer.callback_metrics
        print(f"epoch {self.current_epoch} val_loss {found['val_loss'].item():.6f}")

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        return [optimizer], [torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)]


class DigitsData(pl.LightningDataModule):
    def __init__(self, batch_size=128):
        super().__init__()
        self.save_hyperparameters()

    def setup(self, stage):
        x, y = load_digits(return_X_y=True)
        data = TensorDataset(torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y))
        generator = torch.Generator().manual_seed(0)
        self.parts = torch.utils.data.random_split(data, [1297, 250, 250], generator)

    def loader(self, part, **settings):
        return DataLoader(self.parts[part], self.hparams.batch_size, **settings)

    def train_dataloader(self):
        return self.loader(0, shuffle=True)

    def val_dataloader(self):
        return self.loader(1)

    def test_dataloader(self):
        return self.loader(2)


pl.seed_everything(0)
model, data = Digits(), DigitsData()
trainer = pl.Trainer(
    max_epochs=20,
    accelerator="cpu",
    logger=False,
    enable_progress_bar=False,
    callbacks=[
        callbacks.EarlyStopping("val_loss", patience=3),
        callbacks.ModelCheckpoint(dirpath="checkpoints", monitor="val_loss"),
    ],
)
trainer.fit(model, datamodule=data)
(tested,) = trainer.test(model, datamodule=data, ckpt_path="best", verbose=False)
print(f"test_loss {tested['test_loss']:.6f} test_accuracy {tested['test_accuracy']:.6f}")
