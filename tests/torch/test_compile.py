"""Under `torch.compile` fitscribe adds no graph break and no recompilation, and sees each step."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fitscribe
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


class Own(torch.optim.Optimizer):
    # All that its step does can be compiled, unlike that of torch's own.


    def __init__(self, parameters):
        super().__init__(parameters, {"lr": 0.1})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.add_(parameter.grad, alpha=-group["lr"])


def replaced():
    # The method is compiled, and put in its place.
    found = torch.optim.Adam(model.parameters(), lr=0.1)
    found.step = torch.compile(found.step, backend="eager")
    return found


@torch.compile(backend="eager")
def step_in_a_function():
    optimizer.step()


@torch.compile(backend="eager", fullgraph=True)
def own_step():
    own.step()


compiled_step = torch.compile(optimizer.step, backend="eager")
adam, own = replaced(), Own(model.parameters())
cases = {
    "model": lambda: train(lambda: criterion(compiled(inputs), targets), optimizer.step),
    "criterion": lambda: train(loss_of, optimizer.step),
    "step": lambda: train(lambda: criterion(model(inputs), targets), compiled_step),
    "whole": whole,
    "replaced": lambda: train(lambda: criterion(model(inputs), targets), adam.step),
    "function": lambda: train(lambda: criterion(model(inputs), targets), step_in_a_function),
    "own": lambda: train(lambda: criterion(model(inputs), targets), own_step),
}
if len(sys.argv) > 2:
    cases = {sys.argv[2]: cases[sys.argv[2]]}
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


SEEN = ("model", "criterion", "step", "whole", "function")


def outcome(folder: Path, how: str, *case: str) -> Any:
    return json.loads(run_script(folder, how, *case).stdout)


def run_script(folder: Path, how: str, *case: str) -> subprocess.CompletedProcess[str]:
    script = folder / "train.py"
    script.write_text(SCRIPT)
    environment = {
        **os.environ,
        "FITSCRIBE_STORE": str(folder / "store"),
        "FITSCRIBE_RERAISE": "1",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, str(script), how, *case],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=folder,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_compiled_trainings_are_what_they_are_without_fitscribe(tmp_path: Path) -> None:
    bare, recorded = outcome(tmp_path, "bare"), outcome(tmp_path, "recorded")
    assert recorded == bare
    store = Store(tmp_path / "store")
    (run,) = (Run(store, each) for each in store.run_ids())
    losses = [loss for name in SEEN for loss in bare[name][0]]
    assert run.series("train/loss").values == pytest.approx(losses, rel=1e-6)
    assert run.series("train/adam/loss").values == pytest.approx(bare["replaced"][0], rel=1e-6)
    (unseen,) = run.unseen
    assert unseen["what"] == "steps of Own" and "compiled as a whole" in unseen["why"]


def test_steps_that_are_compiled_as_a_whole_are_said_to_be_unseen(tmp_path: Path) -> None:
    done = run_script(tmp_path, "recorded", "own")
    assert "steps of Own were not seen" in done.stderr
    assert not Store(tmp_path / "store").run_ids()


def test_the_hook_is_left_out_of_graphs_once(own_store: Any) -> None:
    config = importlib.import_module("torch._dynamo.config")
    before = set(config.ignore_logging_functions)
    for _ in range(3):
        fitscribe.autolog("torch")
        fitscribe.disable("torch")
    assert len(config.ignore_logging_functions - before) <= 1
