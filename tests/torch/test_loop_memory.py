"""A loop of any length takes no more memory for being recorded, and nothing of the script's is kept."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from typing import Any

import torch
from tests.torch.looping import batch, loader, model, sgd
from torch.nn import functional as F

from fitscribe.tracking import continued
from fitscribe_torch import members, passes

STEPS = 4_096


def test_memory_does_not_grow_with_the_steps(only_run: Any) -> None:
    weight = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1)

    def train(steps: int) -> int:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = (weight - 1).pow(2).sum()
            loss.backward()
            optimizer.step()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    train(STEPS)
    tracemalloc.start()
    try:
        before = train(STEPS)
        grown = train(4 * STEPS) - before
    finally:
        tracemalloc.stop()
    continued._end_all()
    assert only_run().facts["steps"] == 6 * STEPS
    assert grown < 4 * STEPS * 8, grown  # a number would be 24 bytes


def test_what_is_known_of_loaders_and_optimizers_that_are_gone_is_forgotten(runs: Any) -> None:
    members._optimizers.clear()  # other tests may have left some alive
    net = model()
    for _ in range(300):
        optimizer = sgd(net)
        for inputs, targets in loader(rows=8):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(inputs), targets)
            loss.backward()
            optimizer.step()
    (training,) = [each for each in continued._open if each.run.outer is None]
    continued._end_all()
    (run,) = runs()
    assert run.facts["epochs"] == 300 and len(training._members) == 1
    tables = [
        members.of_optimizer,
        members.of_parameter,
        members._built,
        passes._by_iterator,
        passes._loaders,
    ]
    assert all(len(table) <= 256 for table in tables)
    assert len(members._optimizers) < 50 and len(passes.own.going_on) <= 1


def test_nothing_of_the_script_is_kept_alive(runs: Any) -> None:
    def train() -> list[weakref.ref[Any]]:
        net = model()
        optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
        train_loader, val_loader = loader(), loader(rows=16)
        known: list[Any] = [
            net,
            net[0].weight,
            optimizer,
            scheduler,
            train_loader,
            train_loader.dataset,
            val_loader,
        ]
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            out = net(inputs)
            loss = F.cross_entropy(out, targets)
            loss.backward()
            optimizer.step()
            known += [inputs, targets, out, loss]
        with torch.no_grad():
            for inputs, targets in val_loader:
                known += [inputs, out := net(inputs), F.cross_entropy(out, targets)]
        scheduler.step()
        return [weakref.ref(each) for each in known]

    known = train()
    gc.collect()
    assert [each() for each in known if each() is not None] == []
    assert len(runs()) == 1


def test_the_graph_of_a_loss_is_gone_after_its_step(only_run: Any) -> None:
    net, (inputs, targets) = model(), batch()
    optimizer = sgd(net)
    for _ in range(2):
        loss = F.cross_entropy(net(inputs), targets)
        known = weakref.ref(loss)
        loss.backward()
        optimizer.step()
        del loss
        assert known() is None
