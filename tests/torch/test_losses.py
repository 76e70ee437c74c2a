"""What a step's loss is: the sum of what backward was called on since the last one, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.torch.looping import batch, loader, model, sgd, steps, values
from torch import nn
from torch.nn import functional as F

import fitscribe
from fitscribe.tracking import continued
from fitscribe_torch import losses


def ended(find: Any) -> Any:
    """The one run, after what the end of a process does."""
    continued._end_all()
    return find()


def train_head_and_body() -> list[float]:
    """Apart, as what asserts looks at its own variables, and is passed over."""
    net, (inputs, targets) = model(), batch()
    head_optimizer, body_optimizer = sgd(net[2]), sgd(net[0], 0.5)
    said = []
    for _ in range(3):
        net.zero_grad()
        loss = F.cross_entropy(net(inputs), targets)
        loss.backward()
        head_optimizer.step()
        body_optimizer.step()
        said.append(loss.item())
    return said


@pytest.mark.parametrize("divided", [True, False])
def test_gradients_that_are_accumulated(only_run: Any, divided: bool) -> None:
    net, every = model(), 2
    optimizer = sgd(net)
    sums, total = [], 0.0
    for number, (inputs, targets) in enumerate(loader(rows=48)):
        loss = F.cross_entropy(net(inputs), targets)
        if divided:
            loss = loss / every
        loss.backward()
        total += loss.item()
        if (number + 1) % every == 0:
            optimizer.step()
            optimizer.zero_grad()
            sums.append(total)
            total = 0.0
    run = ended(only_run)
    assert values(run, "train/loss") == pytest.approx(sums, rel=1e-12)
    assert steps(run, "train/loss") == [1, 2, 3] and run.facts["backward_calls_per_step"] == 2


def test_a_closure_that_is_called_several_times(only_run: Any) -> None:
    net, (inputs, targets) = model(), batch()
    optimizer = torch.optim.LBFGS(net.parameters(), max_iter=4)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(inputs), targets)
        loss.backward()
        return loss

    said = [optimizer.step(closure).item() for _ in range(3)]
    run = ended(only_run)
    assert values(run, "train/loss") == said and run.facts["steps"] == 3


def test_several_losses_and_one_step(only_run: Any) -> None:
    net, (inputs, targets) = model(), batch()
    optimizer = sgd(net)
    a, b = [], []
    for _ in range(3):
        optimizer.zero_grad()
        out = net(inputs)
        loss_a = F.cross_entropy(out, targets)
        loss_b = out.pow(2).mean()
        loss_a.backward(retain_graph=True)
        loss_b.backward()
        optimizer.step()
        a.append(loss_a.item())
        b.append(loss_b.item())
    run = ended(only_run)
    assert values(run, "train/loss_a") == a and values(run, "train/loss_b") == b
    assert run.facts["backward_calls_per_step"] == 1


def test_backward_on_a_list(only_run: Any) -> None:
    net, (inputs, targets) = model(), batch()
    optimizer = sgd(net)
    out = net(inputs)
    two = [F.cross_entropy(out, targets), out.pow(2).mean()]
    torch.autograd.backward(two)
    optimizer.step()
    found = values(ended(only_run), "train/two")
    assert found == pytest.approx([sum(each.item() for each in two)], rel=1e-6)


def test_what_is_no_number_is_said_not_to_be_read(only_run: Any) -> None:
    net, (inputs, _) = model(), batch()
    optimizer = sgd(net)
    for _ in range(2):
        out = net(inputs)
        out.backward(torch.ones_like(out))
        optimizer.step()
    run = ended(only_run)
    (unseen,) = [each for each in run.unseen if each["what"] == "a loss"]
    assert "one number" in unseen["why"] and run.facts["steps"] == 2


def test_a_scaler_and_autocast(only_run: Any) -> None:
    net, (inputs, targets) = model(), batch()
    optimizer = sgd(net)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    said = []
    for _ in range(3):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = F.cross_entropy(net(inputs), targets)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        said.append(loss.item())
    run = ended(only_run)
    assert values(run, "train/loss") == said


def test_a_step_that_a_scaler_skips_is_none(only_run: Any) -> None:
    net, (inputs, targets) = model(), batch()
    optimizer = sgd(net)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    said = []
    for number in range(4):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(inputs), targets)
        if number == 2:
            loss = loss * float("inf")
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        said.append(loss.item())
    run = ended(only_run)
    assert values(run, "train/loss") == [said[0], said[1], said[3]]
    assert (run.facts["steps"], run.facts["skipped_steps"]) == (3, 1)


def test_two_optimizers_after_one_backward(only_run: Any) -> None:
    said = train_head_and_body()
    run = ended(only_run)
    assert values(run, "train/loss") == said and run.facts["steps"] == 3
    assert values(run, "lr/head_optimizer") == [0.1] and values(run, "lr/body_optimizer") == [0.5]
    assert [name for name in run.metrics if "loss" in name and "[" not in name] == ["train/loss"]


def test_backward_that_no_step_follows_is_forgotten(runs: Any) -> None:
    weight = torch.ones(2, requires_grad=True)
    for _ in range(2 * losses._MOST_PENDING + 1):
        weight.sum().backward()
    assert len(losses.take()) == 1
    assert runs() == []


def test_a_registered_function_may_return_what_gradients_are_computed_of(own_store: Path) -> None:
    @fitscribe.metric
    def own_loss(predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        return ((predicted - truth) ** 2).mean()

    with fitscribe.start_run("group") as run:
        loss = own_loss(torch.ones(3, requires_grad=True), torch.zeros(3))  # a warning is an error here
    loss.backward()
    assert run.metrics["own_loss"] == 1.0


class Checkpointed(nn.Module):
    """Goes through its layers again as the gradients are computed."""

    def __init__(self) -> None:
        super().__init__()
        self.net = model()

    def forward(self, inputs: torch.Tensor, targets: torch.Tensor) -> Any:
        def loss_of(given: torch.Tensor) -> torch.Tensor:
            return nn.functional.cross_entropy(self.net(given), targets)

        return torch.utils.checkpoint.checkpoint(loss_of, inputs.requires_grad_(), use_reentrant=True)


def test_a_checkpointed_loss_counts_once(only_run: Any) -> None:
    net = Checkpointed()
    optimizer = sgd(net)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = net(*batch())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    continued._end_all()
    run = only_run()
    assert values(run, "train/loss") == losses and run.facts.get("backward_calls_per_step", 1) == 1


def test_gradients_that_were_let_go_count_for_nothing(only_run: Any) -> None:
    net = model()
    optimizer = sgd(net)
    inputs, targets = batch()
    losses = []
    for _ in range(3):
        given = inputs.clone().requires_grad_()
        loss = nn.functional.cross_entropy(net(given), targets)
        loss.backward()  # for the gradient of what was given
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(inputs + 0.1 * given.grad.sign()), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    continued._end_all()
    assert values(only_run(), "train/loss") == losses


def test_accumulated_gradients_are_of_all_their_losses(only_run: Any) -> None:
    net = model()
    optimizer = sgd(net)
    inputs, targets = batch()
    sums = []
    for _ in range(3):
        optimizer.zero_grad()
        total = 0.0
        for part in (slice(0, 20), slice(20, 40)):
            loss = nn.functional.cross_entropy(net(inputs[part]), targets[part]) / 2
            loss.backward()
            total += loss.item()
        optimizer.step()
        sums.append(total)
    continued._end_all()
    assert values(only_run(), "train/loss") == pytest.approx(sums)
