"""Weights that a script loads after its last step, as it does with the best ones, are those of its run."""

from __future__ import annotations

import copy
from typing import Any

import torch
from tests.torch.looping import batch, fit, loader, model, sgd
from torch import nn

from fitscribe.tracking import continued
from fitscribe_torch.parts import state_of


def train(epochs: int = 3) -> tuple[nn.Module, dict[str, Any]]:
    """A model after its last epoch, and its state after the first one."""
    train_loader, net = loader(), model()
    optimizer = sgd(net)
    states = []
    for _epoch in range(epochs):
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(inputs), targets)
            loss.backward()
            optimizer.step()
        states.append(copy.deepcopy(net.state_dict()))
    return net, states[0]


def evaluate(net: nn.Module) -> None:
    with torch.no_grad():
        for inputs, targets in (test_loader := loader(rows=20)):
            nn.functional.cross_entropy(net(inputs), targets)
        del test_loader


def outputs(net: nn.Module) -> list[float]:
    with torch.no_grad():
        return net(batch()[0]).flatten().tolist()  # type: ignore[no-any-return]


def test_what_was_loaded_after_the_last_step_is_the_model_of_the_run(only_run: Any) -> None:
    net, best = train()
    last = outputs(net)
    net.load_state_dict(best)
    continued._end_all()
    assert outputs(only_run().load_model()) == outputs(net) != last


def test_what_was_loaded_and_tested_is_kept_though_it_is_gone_in_the_end(only_run: Any) -> None:
    net, best = train()
    net.load_state_dict(best)
    evaluate(net)
    expected = outputs(net)
    del net
    continued._end_all()
    run = only_run()
    assert outputs(run.load_model()) == expected
    assert run.unseen == []


def test_nothing_is_saved_again_where_nothing_has_changed(only_run: Any, monkeypatch: Any) -> None:
    from fitscribe_torch import keeping

    saved = []
    log_weights = keeping.log_weights
    monkeypatch.setattr(
        keeping, "log_weights", lambda *args, **kw: (saved.append(1), log_weights(*args, **kw))
    )
    net, _ = train()
    evaluate(net)
    before = len(saved)
    evaluate(net)
    continued._end_all()
    assert before and len(saved) == before
    assert outputs(only_run().load_model()) == outputs(net)


def test_the_state_is_another_one_after_any_change() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    seen = {state_of([net])}
    assert state_of([net]) in seen
    for change in (
        lambda: net.load_state_dict(copy.deepcopy(net.state_dict())),
        lambda: net(torch.ones(4, 2)),  # the running mean of the second layer
        lambda: sgd(net).zero_grad() or net(torch.ones(4, 2)).sum().backward() or sgd(net).step(),
        lambda: net[0].register_parameter("bias", nn.Parameter(torch.zeros(2))),
    ):
        change()
        now = state_of([net])
        assert now not in seen
        seen.add(now)


def test_tensors_of_inference_mode_have_a_state_too() -> None:
    net = nn.BatchNorm1d(2)
    with torch.inference_mode():
        net.register_buffer("running_mean", torch.zeros(2))
    assert state_of([net]) == state_of([net])


def test_without_a_loader_what_was_evaluated_is_kept(only_run: Any) -> None:
    net = model()
    fit(net, sgd(net), steps=5)
    with torch.no_grad():
        inputs, targets = batch()
        nn.functional.cross_entropy(net(inputs), targets)
    expected = outputs(net)
    del net
    continued._end_all()
    run = only_run()
    assert outputs(run.load_model()) == expected
    assert run.unseen == []
