"""What the losses of a script were told.

PYTEST_DONT_REWRITE: rewritten functions may have their variables as a dict, and are passed over.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from fitscribe.tracking import continued


def test_one_criterion(only_run: Any) -> None:
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 4.0]), label_smoothing=0.1)
    loss = criterion(model(torch.randn(6, 4)), torch.arange(6) % 3)
    loss.backward()
    optimizer.step()
    continued._end_all()
    run = only_run()
    assert run.params["criterion"] == "CrossEntropyLoss"
    assert run.params["criterion__label_smoothing"] == 0.1
    assert run.params["criterion__weight"] == [1.0, 2.0, 4.0]
    assert run.params["criterion__ignore_index"] == -100
    changed = {name for name in run.changed if name.startswith("criterion")}
    assert changed == {"criterion", "criterion__label_smoothing", "criterion__weight"}


def test_several_by_their_names(only_run: Any) -> None:
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = {"mse": nn.MSELoss(), "huber": nn.HuberLoss(delta=2.0)}
    mse, huber = losses.values()
    outputs, targets = model(torch.randn(6, 4)), torch.randn(6, 3)
    (mse(outputs, targets) + huber(outputs, targets)).backward()
    optimizer.step()
    continued._end_all()
    params = only_run().params
    assert (params["mse"], params["huber"], params["huber__delta"]) == ("MSELoss", "HuberLoss", 2.0)
