"""Loops in processes of their own: what is left of them when they are killed, fork, or die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.torch.looping import steps, values

import fitscribe

SETUP = """
import os, signal, sys, threading, time
import fitscribe
fitscribe.autolog("torch")
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
torch.set_num_threads(1)
torch.manual_seed(0)
net = nn.Linear(4, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
train_loader = DataLoader(TensorDataset(torch.randn(40, 4), torch.arange(40) % 2), batch_size=8)

def step(x, y):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()
"""
LOOP = """
for epoch in range(100):
    for number, (x, y) in enumerate(train_loader):
        print(step(x, y), flush=True)
"""
RAISES = LOOP + "        if epoch == 2 and number == 1: {statement}\n"
# The last steps are followed by nothing that would record them: the process waits.
PAUSES = """
for x, y in train_loader:
    print(step(x, y), flush=True)
print("done", flush=True)
sys.stdin.read()
"""
FORKS = """
for x, y in train_loader:
    print(step(x, y), flush=True)
    if not (child := os.fork()):
        for x, y in train_loader:
            step(x, y)
        os._exit(0)
    os.waitpid(child, 0)
"""
THREAD = """
def train():
    for x, y in train_loader:
        print(step(x, y), flush=True)
thread = threading.Thread(target=train)
thread.start()
thread.join()
"""
PARAMETERS = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--num-epochs", type=int, default=7)
args = parser.parse_args([])
epoch = 0
while epoch < args.num_epochs and epoch < 2:
    for x, y in train_loader:
        print(step(x, y))
    epoch += 1
"""
FUNCTION = """
def train():
    net = nn.Linear(4, 2)
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(100):
        optimizer.zero_grad()
        loss = net(torch.ones(4)).sum()
        loss.backward()
        optimizer.step()
        print(loss.item())
train()
"""


def start(script: str, folder: Path) -> subprocess.Popen[str]:
    """Start a script in a folder of its own."""
    path = folder / "train.py"
    path.write_text(SETUP + script)
    return subprocess.Popen(
        [sys.executable, str(path)],
        env={**os.environ, "FITSCRIBE_QUIET": "1"},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> list[float]:
    """The losses that it has printed, once it is over."""
    out, errors = process.communicate(timeout=120)
    assert process.returncode in (0, 1, 130, -signal.SIGINT, -signal.SIGKILL), errors
    return [float(line) for line in out.splitlines() if line != "done"]


def only_run() -> Any:
    (run,) = fitscribe.search_runs()
    return run


@pytest.mark.parametrize(
    ("statement", "status"),
    [("1 / 0", "failed"), ("raise KeyboardInterrupt", "interrupted"), ("sys.exit(0)", "finished")],
)
def test_a_loop_that_ends_before_its_time_keeps_everything(
    own_store: Path, tmp_path: Path, statement: str, status: str
) -> None:
    losses = said(start(RAISES.format(statement=statement), tmp_path))
    run = only_run()
    assert run.status == status and len(losses) == 12 and values(run, "train/loss") == losses
    assert (run.facts["epochs"], run.facts["planned_epochs"]) == (3, 100) and run.models
    assert ("early_stopping" in run.facts) == (status == "finished")
    died_of = {"failed": "ZeroDivisionError", "interrupted": "KeyboardInterrupt", "finished": None}
    assert (run.error or {}).get("type") == died_of[status]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_loop_that_is_killed_while_it_waits_has_all_its_steps(own_store: Path, tmp_path: Path) -> None:
    process = start(PAUSES, tmp_path)
    assert process.stdout is not None
    losses = [float(process.stdout.readline()) for _ in range(5)]
    found: list[float] = []
    while found != losses:  # until it is there: the test runs out of time otherwise
        found = [value for run in fitscribe.search_runs() for value in values(run, "train/loss")]
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=120)
    run = only_run()
    assert run.status == "crashed" and values(run, "train/loss") == losses


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_in_the_middle_leaves_the_run_alone(own_store: Path, tmp_path: Path) -> None:
    losses = said(start(FORKS, tmp_path))
    found = sorted(fitscribe.search_runs(), key=lambda run: run.started)
    assert values(found[0], "train/loss") == losses and steps(found[0], "train/loss") == [1, 2, 3, 4, 5]
    assert found[0].status == "finished"
    assert all(len(values(run, "train/loss")) <= 5 for run in found[1:])


def test_a_loop_in_a_thread_ends_with_the_process(own_store: Path, tmp_path: Path) -> None:
    losses = said(start(THREAD, tmp_path))
    run = only_run()
    assert run.status == "finished" and values(run, "train/loss") == losses and run.models


def test_a_loop_in_a_function_that_has_returned(own_store: Path, tmp_path: Path) -> None:
    losses = said(start(FUNCTION, tmp_path))
    run = only_run()
    assert run.status == "finished" and values(run, "train/loss") == losses
    assert run.models and [each["what"] for each in run.unseen] == ["the model after step 100"]


def test_a_parameter_of_the_script_that_says_how_many_epochs_there_are_to_be(
    own_store: Path, tmp_path: Path
) -> None:
    losses = said(start(PARAMETERS, tmp_path))
    run = only_run()
    assert values(run, "train/loss") == losses and run.params["num_epochs"] == 7
    # Why there were fewer is not in the loop to be read.
    assert (run.facts["epochs"], run.facts["planned_epochs"]) == (2, 7) and "early_stopping" not in run.facts
