"""The model of the best evaluation, which is kept beside the last one where that is asked for."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.torch.looping import batch, fit, loader, model, sgd, values
from torch import nn

import fitscribe
from fitscribe.tracking import continued

# The second epoch makes the model worse, and no later one reaches the first.
RATES = (0.05, 50.0, 0.0)


def validate(net: nn.Module, *, in_batches: bool) -> float:
    """The loss on the validation data, in a pass over a loader or of all rows at once."""
    val_loader, (X_val, y_val) = loader(rows=20), batch()
    losses = []
    with torch.no_grad():
        for inputs, targets in val_loader if in_batches else [(X_val, y_val)]:
            val_loss = nn.functional.cross_entropy(net(inputs), targets)
            losses.append(val_loss.item())
    return sum(losses) / len(losses)


def train(net: nn.Module, *, in_batches: bool) -> list[list[float]]:
    """What the model gives after each epoch."""
    optimizer = sgd(net)
    outputs = []
    for rate in RATES:
        optimizer.param_groups[0]["lr"] = rate
        fit(net, optimizer)
        validate(net, in_batches=in_batches)
        outputs.append(given(net))
    return outputs


def given(net: nn.Module) -> list[float]:
    with torch.no_grad():
        return net(batch()[0]).flatten().tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("in_batches", [True, False])
def test_the_best_model_is_kept_beside_the_last_one(only_run: Any, in_batches: bool) -> None:
    fitscribe.autolog("torch", best_model=True)
    net = model()
    outputs = train(net, in_batches=in_batches)
    continued._end_all()
    run = only_run()
    losses = values(run, "valid/loss")
    assert losses[0] == min(losses) < max(losses)
    assert given(run.load_model("best_model")) == outputs[0] != outputs[-1]
    assert given(run.load_model()) == outputs[-1]
    assert run.facts["best_model"] == {"metric": "valid/loss", "value": losses[0], "step": 3}
    assert run.unseen == []


@pytest.mark.parametrize("in_batches", [True, False])
def test_the_last_evaluation_may_be_the_best(only_run: Any, in_batches: bool) -> None:
    fitscribe.autolog("torch", best_model=True)
    net = model()
    optimizer = sgd(net)
    for _epoch in range(3):
        fit(net, optimizer)
        validate(net, in_batches=in_batches)
    continued._end_all()
    run = only_run()
    assert given(run.load_model("best_model")) == given(net)
    assert run.facts["best_model"]["step"] == 9


def test_where_nobody_asks_there_is_one_model(only_run: Any) -> None:
    train(model(), in_batches=True)
    continued._end_all()
    assert [each["name"] for each in only_run().models] == ["model"]


def full_batch() -> list[float]:
    """A training of which the model is gone when it ends."""
    net = model()
    optimizer = sgd(net)
    inputs, targets = batch()
    for epoch in range(12):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(inputs), targets).backward()
        optimizer.step()
        l = validate(net, in_batches=False)  # noqa: E741, F841 - as people call it
        del epoch
    return given(net)


def test_the_model_of_a_function_is_kept_after_the_last_epoch_that_it_planned(only_run: Any) -> None:
    fitscribe.autolog("torch", best_model=True)
    outputs = full_batch()
    continued._end_all()
    run = only_run()
    assert given(run.load_model()) == outputs
    # Which is the best one, and was known as such when it was gone.
    assert run.facts["best_model"]["step"] == 11
    assert [each["what"] for each in run.unseen] == ["the best model"]


def test_without_validation_data_there_is_no_best_model(only_run: Any) -> None:
    fitscribe.autolog("torch", best_model=True)
    net = model()
    fit(net, sgd(net))
    continued._end_all()
    assert [each["why"] for each in only_run().unseen] == ["nothing was evaluated on validation data"]
