"""What models give, as far as the criteria show it: in the signature of the run and of its model."""

from __future__ import annotations

from typing import Any

from tests.torch.looping import fit, loader, model, sgd
from torch import nn

from fitscribe.tracking import continued


def train(net: nn.Module) -> None:
    optimizer = sgd(net)
    for inputs, targets in loader():
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(inputs), targets).backward()
        optimizer.step()


def test_the_signature_has_what_the_model_gives(only_run: Any) -> None:
    net = model()
    train(net)
    continued._end_all()
    run = only_run()
    assert run.signature["outputs"] == {"type": "float32", "shape": [None, 3]}
    assert run.signature["batch"]["batch_size"] == 8
    assert run.models[0]["signature"] == run.signature


def test_a_model_with_several_outputs(only_run: Any) -> None:
    net, criterion = model(), nn.MSELoss()
    optimizer = sgd(net)
    for inputs, _targets in loader():
        optimizer.zero_grad()
        scores = net(inputs)
        loss = criterion(scores[:, :2], inputs[:, :2]) + criterion(scores[:, 2], inputs[:, 2])
        loss.backward()
        optimizer.step()
    continued._end_all()
    assert only_run().signature["outputs"] == [
        {"name": "[0]", "type": "float32", "shape": [None, 2]},
        {"name": "[1]", "type": "float32", "shape": [None]},
    ]


def test_one_step_shows_nothing_of_it(only_run: Any) -> None:
    net = model()
    fit(net, sgd(net), steps=1)
    continued._end_all()
    assert only_run().signature is None
