"""In a notebook a training ends with the cell that stepped it, and goes on where a cell steps it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("IPython")

from IPython.core.interactiveshell import InteractiveShell
from tests.torch.looping import steps, values

import fitscribe
from fitscribe.tracking import cells, continued

SETUP = """
from tests.torch.looping import *
import torch
from torch.nn import functional as F
net = model()
optimizer = sgd(net)
train_loader, test_loader = loader(), loader(rows=24)
"""
TRAIN = """
for x, y in train_loader:
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
"""

TEST = """
with torch.no_grad():
    for x, y in test_loader:
        test_loss = F.cross_entropy(net(x), y)
"""


@pytest.fixture
def cell(runs: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Run a cell in a shell of this process."""
    monkeypatch.setattr(cells, "_known", [])
    shell = InteractiveShell.instance()
    yield lambda source: shell.run_cell(source, store_history=True)
    InteractiveShell.clear_instance()


def test_a_cell_ends_its_training_and_another_one_goes_on_with_it(cell: Any, runs: Any) -> None:
    cell(SETUP)
    assert runs() == []
    cell(TRAIN)
    (run,) = runs()
    assert (run.status, run.facts["epochs"]) == ("finished", 1) and run.models
    cell(TRAIN)
    (run,) = runs()
    assert run.status == "finished" and steps(run, "epoch") == [1, 6] and run.facts["steps"] == 10
    cell(
        "with torch.no_grad():\n    for x, y in test_loader:\n        test_loss = F.cross_entropy(net(x), y)"
    )
    (run,) = runs()
    assert steps(run, "test/loss") == [10] and run.status == "finished"


def test_a_model_that_is_built_anew_is_another_training(cell: Any, runs: Any) -> None:
    for _ in range(2):
        cell(SETUP)
        cell(TRAIN)
    assert [run.facts["steps"] for run in runs()] == [5, 5]


@pytest.mark.parametrize(
    ("statement", "status"), [("1 / 0", "failed"), ("raise KeyboardInterrupt", "interrupted")]
)
def test_a_cell_that_raises_fails_its_training(cell: Any, runs: Any, statement: str, status: str) -> None:
    cell(SETUP)
    cell(f"{TRAIN}\n{statement}")
    (run,) = runs()
    assert run.status == status and len(values(run, "train/loss")) == 5
    cell(TRAIN)
    (run,) = runs()
    assert run.status == "finished" and len(values(run, "train/loss")) == 10


def test_a_run_that_spans_cells(cell: Any, runs: Any) -> None:
    cell(f"import fitscribe\n{SETUP}\ngroup = fitscribe.start_run('mine')")
    cell(TRAIN)
    cell(TRAIN)
    cell("group.end()")
    (group,) = [run for run in runs() if run.role == "group"]
    (run,) = group.children
    assert steps(run, "epoch") == [1, 6] and group.status == run.status == "finished"
    assert continued.latest_within(None) is None and fitscribe.active_run() is None
