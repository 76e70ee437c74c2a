"""A plain loop of the script's own: one run with the numbers that the script itself has."""

from __future__ import annotations

import gc
import weakref
from typing import Any, NamedTuple

import pytest
import torch
from tests.torch.looping import BATCH, BATCHES, ROWS, batch, fit, loader, model, sgd, steps, values
from torch import nn

import fitscribe
from fitscribe.tracking import continued


def end_all() -> None:
    """What the end of a process does."""
    continued._end_all()


class Truth(NamedTuple):
    """The numbers of a script itself."""

    net: nn.Module
    losses: list[float]
    means: list[float]
    valid: list[float]


def classify(epochs: int) -> Truth:
    """Train as people do. What asserts looks at its own variables, and is passed over: this is apart."""
    train_loader, val_loader = loader(shuffle=True), loader(rows=20)
    net, criterion = model(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
    truth = Truth(net, [], [], [])
    for _epoch in range(epochs):
        total = 0.0
        net.train()
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            loss = criterion(net(inputs), targets)
            loss.backward()
            optimizer.step()
            truth.losses.append(loss.item())
            total += loss.item()
        truth.means.append(total / len(train_loader))
        net.eval()
        with torch.no_grad():
            truth.valid.append(sum(criterion(net(x), y).item() * len(x) for x, y in val_loader) / 20)
        scheduler.step()
    return truth


def test_one_loop_is_one_run_with_the_numbers_of_the_script(only_run: Any) -> None:
    net, losses, means, valid = classify(4)
    end_all()
    run = only_run()
    assert (run.status, run.name) == ("finished", "Sequential")
    assert values(run, "train/loss") == losses and steps(run, "train/loss") == list(range(1, 21))
    assert values(run, "train/loss[epoch]") == pytest.approx(means, rel=1e-12)
    assert steps(run, "train/loss[epoch]") == [5, 10, 15, 20]
    assert values(run, "valid/loss") == pytest.approx(valid, rel=1e-6)
    assert steps(run, "valid/loss") == [5, 10, 15, 20]
    assert values(run, "epoch") == [1, 2, 3, 4] and steps(run, "epoch") == [1, 6, 11, 16]
    assert values(run, "lr") == [0.01, 0.005] and steps(run, "lr") == [1, 11]
    assert run.metrics["train/loss"] == losses[-1] and run.metrics["train/loss[epoch]"] == pytest.approx(
        means[-1]
    )
    assert run.metrics["valid/loss"] == pytest.approx(valid[-1], rel=1e-6)
    assert (run.facts["epochs"], run.facts["steps"], run.facts["planned_epochs"]) == (4, 20, 4)
    assert "early_stopping" not in run.facts and run.unseen == []
    assert run.params["optimizer"] == "Adam" and run.params["scheduler"] == "StepLR"
    assert run.params["loader__batch_size"] == BATCH and run.params["loader__dataset_size"] == ROWS
    assert len(values(run, "train/samples_per_s")) == 4
    assert all(0 <= share <= 1 for share in values(run, "train/data_wait_share"))
    assert {"torch.step", "torch.backward", "torch.pass"} <= {each["id"] for each in run.coverage}
    loaded = run.load_model()
    assert all(torch.equal(a, b) for a, b in zip(loaded.parameters(), net.parameters(), strict=True))


def test_results_are_what_they_are_without_fitscribe(own_store: Any) -> None:
    def trained() -> Any:
        torch.manual_seed(3)
        net = model()
        optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
        for _ in range(2):
            for inputs, targets in loader(shuffle=True):
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(inputs), targets).backward()
                optimizer.step()
        return net.state_dict(), optimizer.state_dict(), torch.rand(1)

    bare = trained()
    fitscribe.autolog("torch", quiet=True)
    try:
        recorded = trained()
    finally:
        fitscribe.disable()
    assert all(torch.equal(bare[0][name], recorded[0][name]) for name in bare[0])
    assert str(bare[1]) == str(recorded[1]) and torch.equal(bare[2], recorded[2])


def test_a_learning_rate_for_each_group(only_run: Any) -> None:
    net = model()
    optimizer = torch.optim.SGD(
        [{"params": net[0].parameters()}, {"params": net[2].parameters(), "lr": 0.5}], lr=0.1
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, [lambda n: 1.0, lambda n: 1 / (n + 1)])
    for _ in range(3):
        fit(net, optimizer, 1)
        scheduler.step()
    end_all()
    run = only_run()
    assert values(run, "lr[0]") == [0.1] and values(run, "lr[1]") == pytest.approx([0.5, 0.25, 0.5 / 3])
    assert run.params["optimizer__lr"] == [0.1, 0.5] and run.params["optimizer__groups"] == 2


def unfreeze() -> list[float]:
    """Train the last layer, then all of them, then the first one with an optimizer of its own."""
    net = model()
    optimizer = torch.optim.SGD(net[2].parameters(), lr=0.1)
    losses = fit(net, optimizer, 3)
    optimizer.add_param_group({"params": net[0].parameters(), "lr": 0.01})
    losses += fit(net, optimizer, 3)
    second = torch.optim.Adam(net[0].parameters(), lr=0.001)
    return losses + fit(net, second, 2)


def test_layers_that_are_unfrozen_later(only_run: Any) -> None:
    losses = unfreeze()
    end_all()
    run = only_run()
    assert values(run, "train/loss") == losses and steps(run, "train/loss") == list(range(1, 9))
    assert steps(run, "lr") == [1] and steps(run, "lr[1]") == [4] and steps(run, "lr/second") == [7]
    assert run.params["optimizer__groups"] == 2 and run.params["second"] == "Adam"


def test_a_rate_that_follows_what_it_watches(only_run: Any) -> None:
    net = model()
    optimizer = sgd(net)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.1, patience=1)
    for _ in range(4):
        fit(net, optimizer, 1)
        scheduler.step(1.0)
    end_all()
    run = only_run()
    assert values(run, "lr") == pytest.approx([0.1, 0.01]) and steps(run, "lr") == [1, 4]
    assert run.params["scheduler"] == "ReduceLROnPlateau" and run.params["scheduler__patience"] == 1


def test_a_rate_that_is_a_tensor_is_read_and_not_kept(only_run: Any) -> None:
    net, rate = model(), torch.tensor(0.25)
    optimizer = torch.optim.Adam(net.parameters(), lr=rate, foreach=False)
    fit(net, optimizer, 1)
    rate.fill_(0.125)
    fit(net, optimizer, 1)
    known = weakref.ref(rate)
    del rate, optimizer
    gc.collect()
    end_all()
    assert values(only_run(), "lr") == [0.25, 0.125] and known() is None


def test_several_steps_are_thinned_as_asked_for(own_store: Any) -> None:
    fitscribe.autolog("torch", quiet=True, log_every=3)
    try:
        losses = fit(net := model(), sgd(net), 9)
    finally:
        fitscribe.disable()
    end_all()
    (run,) = fitscribe.search_runs()
    assert steps(run, "train/loss") == [3, 6, 9] and values(run, "train/loss") == losses[2::3]


def test_a_loop_that_raises_fails_the_run_around_it_and_keeps_everything(runs: Any) -> None:
    net = model()
    optimizer = sgd(net)
    with pytest.raises(ZeroDivisionError), fitscribe.start_run("group"):
        losses = fit(net, optimizer, 5)
        raise ZeroDivisionError("mine")
    (group,) = runs()
    (run,) = group.children
    assert (group.status, run.status, run.error["type"]) == ("failed", "failed", "ZeroDivisionError")
    assert values(run, "train/loss") == losses and run.models


def test_gradients_that_are_clipped_change_nothing(only_run: Any) -> None:
    net, (inputs, targets) = model(), batch()
    optimizer = sgd(net)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(inputs), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.01)
        optimizer.step()
        losses.append(loss.item())
    end_all()
    assert values(only_run(), "train/loss") == losses


def test_steps_without_a_loss(only_run: Any) -> None:
    parameter = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    for _ in range(BATCHES):
        parameter.grad = torch.ones(3)
        optimizer.step()
    end_all()
    run = only_run()
    assert run.facts["steps"] == BATCHES and steps(run, "lr") == [1] and run.name == "SGD"
    assert [name for name in run.metrics if name.startswith("train/")] == []
    assert "the loss" in {each["what"] for each in run.unseen}
