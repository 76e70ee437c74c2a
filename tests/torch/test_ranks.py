"""Trainings with `torchrun`: one run, which rank 0 opens and the others write to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fitscribe.reading import Run
from fitscribe.store import Store

pytest.importorskip("torch.distributed.run")

SCRIPT = """
import os
import sys

import fitscribe

fitscribe.autolog()

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

dist.init_process_group("gloo")
torch.set_num_threads(1)
torch.manual_seed(0)
X = torch.randn(160, 10)
data = TensorDataset(X, (X.sum(1) > 0).long())
loader = DataLoader(data, batch_size=20, sampler=DistributedSampler(data))
model = DistributedDataParallel(nn.Linear(10, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
for epoch in range(3):
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        if dist.get_rank() == 0:
            print(loss.item())
        if "die" in sys.argv and dist.get_rank() == 1 and epoch == 2:
            os._exit(3)
dist.destroy_process_group()
"""


# What a process dies of if a thread of gloo's outlives its interpreter with a tensor in hand, as happens now
# and then on a busy machine, with fitscribe and without: https://github.com/pytorch/pytorch/issues/190489.
ABORTED = "terminate called without an active exception"


def torchrun(folder: Path, *arguments: str) -> tuple[int, str, list[Run]]:
    """The exit code, the output and the runs of the script, of a time that torch itself has come through."""
    for attempt in range(3):
        code, output, runs = torchrun_once(folder / f"attempt_{attempt}", *arguments)
        if ABORTED not in output:
            break
    return code, output, runs


def torchrun_once(folder: Path, *arguments: str) -> tuple[int, str, list[Run]]:
    folder.mkdir()
    script = folder / "train.py"
    script.write_text(SCRIPT)
    environment = {
        **os.environ,
        "FITSCRIBE_STORE": str(folder / "store"),
        "FITSCRIBE_RERAISE": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, str(script), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env=environment,
    )
    store = Store(folder / "store")
    return done.returncode, done.stdout + done.stderr, [Run(store, each) for each in store.run_ids()]


def test_all_ranks_make_one_run(tmp_path: Path) -> None:
    code, output, runs = torchrun(tmp_path)
    assert code == 0, output
    (run,) = runs
    printed = [float(line) for line in output.splitlines() if line.startswith("0.")]
    assert run.series("train/loss").values == pytest.approx(printed, rel=1e-6)
    assert list(run.series("epoch").steps) == [1, 5, 9]
    assert (run.status, run.params["world_size"], run.params["backend"]) == ("finished", 2, "gloo")
    assert run.facts["rank_1"] == "finished"
    speeds = [run.series(f"{rank}train/samples_per_s") for rank in ("", "rank_1/")]
    assert list(speeds[0].steps) == list(speeds[1].steps) == [4, 8, 12]
    assert not any(name.startswith("rank_0") for name in run.metrics)


def test_a_rank_that_dies_is_named(tmp_path: Path) -> None:
    code, output, runs = torchrun(tmp_path, "die")
    assert code != 0
    (run,) = runs
    assert run.status != "finished", output
    assert "has not ended" in run.facts["rank_1"]
    assert len(run.series("train/loss").values) >= 8
