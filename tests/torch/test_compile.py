"""Under `torch.compile` fitscribe adds no graph break and no recompilation, and sees each step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fitscribe.reading import Run
from fitscribe.store import Store

pytest.importorskip("torch")

SCRIPT = """
import json
import sys

if sys.argv[1] == "recorded":
    import fitscribe

    fitscribe.autolog()

import torch
from torch import nn
from torch._dynamo.utils import counters

torch.manual_seed(0)
torch.set_num_threads(1)
inputs, targets = torch.randn(64, 10), torch.randint(0, 3, (64,))
model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
compiled = torch.compile(model, backend="eager")
loss_of = torch.compile(lambda: criterion(model(inputs), targets), backend="eager", fullgraph=True)


@torch.compile(backend="eager")
def whole():
    optimizer.zero_grad()
    loss = criterion(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss


def train(forward, step):
    optimizer.zero_grad()
    loss = forward()
    loss.backward()
    step()
    return loss


compiled_step = torch.compile(optimizer.step, backend="eager")
cases = {
    "model": lambda: train(lambda: criterion(compiled(inputs), targets), optimizer.step),
    "criterion": lambda: train(loss_of, optimizer.step),
    "step": lambda: train(lambda: criterion(model(inputs), targets), compiled_step),
    "whole": whole,
}
found = {}
for name, case in cases.items():
    torch._dynamo.reset()
    counters.clear()
    losses = [case().item() for _ in range(4)]
    breaks = sorted((reason[:40], count) for reason, count in counters["graph_break"].items())
    found[name] = [losses, breaks, dict(counters["stats"])]
with torch.no_grad():
    found["evaluation"] = [loss_of().item() for _ in range(3)]
print(json.dumps(found))
"""


def outcome(folder: Path, how: str) -> Any:
    script = folder / "train.py"
    script.write_text(SCRIPT)
    environment = {
        **os.environ,
        "FITSCRIBE_STORE": str(folder / "store"),
        "FITSCRIBE_RERAISE": "1",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, str(script), how],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=folder,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_compiled_trainings_are_what_they_are_without_fitscribe(tmp_path: Path) -> None:
    bare, recorded = outcome(tmp_path, "bare"), outcome(tmp_path, "recorded")
    assert recorded == bare
    store = Store(tmp_path / "store")
    (run,) = (Run(store, each) for each in store.run_ids())
    losses = [loss for name in ("model", "criterion", "step", "whole") for loss in bare[name][0]]
    assert run.series("train/loss").values == pytest.approx(losses, rel=1e-6)
