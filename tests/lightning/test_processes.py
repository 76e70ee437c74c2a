"""A training in several processes is one run, whichever way Lightning starts them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from tests.lightning.examples import recorded

import fitscribe

SCRIPT = """
import importlib, logging, sys, warnings

warnings.filterwarnings("ignore")
import fitscribe

fitscribe.autolog(quiet=True)
import torch

torch.set_num_threads(1)
package, strategy = sys.argv[1:]
pl = importlib.import_module(package)
logging.getLogger(package).setLevel(logging.ERROR)


class Module(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(3, 1)

    def training_step(self, batch, batch_idx):
        loss = ((self.net(batch) - 1) ** 2).mean()
        self.log("loss", loss)
        self.log("mean", loss, on_step=False, on_epoch=True, sync_dist=True)
        return loss

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", ((self.net(batch) - 1) ** 2).mean(), sync_dist=True)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.001)


def main():
    data = torch.linspace(-1.0, 1.0, 48).reshape(16, 3)
    loader = torch.utils.data.DataLoader(data, batch_size=4)
    trainer = pl.Trainer(
        max_epochs=2,
        accelerator="cpu",
        devices=2,
        strategy=strategy,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    module = Module()
    trainer.fit(module, loader, loader)
    trainer.validate(module, loader, verbose=False)


if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="gloo, and processes that are forked")
@pytest.mark.parametrize("strategy", ["ddp", "ddp_fork", "ddp_spawn"])
def test_one_run(pl: Any, strategy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)
    script = tmp_path / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), pl.__name__, strategy], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    (run,) = fitscribe.search_runs()
    points = recorded(run)
    assert run.status == "finished"
    assert [step for step, _ in points["loss"]] == [0, 1, 2, 3]
    assert [step for step, _ in points["mean"]] == [1, 3]
    assert [step for step, _ in points["val_loss"]][:2] == [1, 3]
    assert points["val_loss"][2][1] == pytest.approx(points["val_loss"][1][1])
    assert len(points["val_loss"]) == 3
    assert points["lr"] == [(0, 0.001)]
    assert (run.params["optimizer"], run.params["trainer__num_devices"]) == ("SGD", 2)
    assert run.facts["global_step"] == 4
    assert run.problems == [], json.dumps(run.problems)
