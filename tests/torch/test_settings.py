"""What optimizers, schedulers and loaders were told, beside what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.torch.looping import fit, loader, model, values
from torch.optim import lr_scheduler

from fitscribe.tracking import continued


def warm_up(epoch: int) -> float:
    return min(1.0, (epoch + 1) / 4)


def trained(optimizer_of: Any, scheduler_of: Any, run: Any) -> Any:
    net = model()
    optimizer = optimizer_of(net.parameters())
    scheduler = scheduler_of(optimizer)
    fit(net, optimizer)
    scheduler.step()
    continued._end_all()
    return run()


def test_rates_that_a_scheduler_has_set_by_then_are_not_what_the_optimizer_was_told(only_run: Any) -> None:
    run = trained(
        lambda parameters: torch.optim.AdamW(parameters, lr=0.01),
        lambda optimizer: lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=10),
        only_run,
    )
    assert run.params["optimizer__lr"] == 0.01 and run.params["optimizer__betas"] == (0.9, 0.999)
    assert "optimizer__betas" not in run.changed
    assert values(run, "lr")[0] == pytest.approx(0.1 / 25)
    assert run.params["scheduler__max_lr"] == 0.1 and run.params["scheduler__total_steps"] == 10
    assert {"scheduler", "scheduler__max_lr"} <= set(run.changed)


def test_a_rate_that_is_changed_by_hand_is_the_one_that_counts(only_run: Any) -> None:
    net = model()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    optimizer.param_groups[0]["lr"] = 0.5
    fit(net, optimizer)
    continued._end_all()
    assert only_run().params["optimizer__lr"] == 0.5


def test_functions_that_a_scheduler_was_given_have_their_names(only_run: Any) -> None:
    run = trained(
        lambda parameters: torch.optim.SGD(parameters, lr=0.1),
        lambda optimizer: lr_scheduler.LambdaLR(optimizer, warm_up),
        only_run,
    )
    assert run.params["optimizer__lr"] == 0.1 and values(run, "lr")[0] == pytest.approx(0.025)
    assert run.params["scheduler__lr_lambda"] == "warm_up"


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda of: lr_scheduler.StepLR(of, 3, gamma=0.2), {"step_size": 3, "gamma": 0.2}),
        (lambda of: lr_scheduler.MultiStepLR(of, [2, 5]), {"milestones": [2, 5], "gamma": 0.1}),
        (lambda of: lr_scheduler.CosineAnnealingLR(of, T_max=7), {"T_max": 7, "eta_min": 0.0}),
        (lambda of: lr_scheduler.CyclicLR(of, 0.1, 0.4), {"base_lr": 0.1, "max_lr": 0.4}),
        (
            lambda of: lr_scheduler.SequentialLR(
                of, [lr_scheduler.ConstantLR(of), lr_scheduler.ExponentialLR(of, 0.9)], milestones=[2]
            ),
            {"schedulers": ["ConstantLR", "ExponentialLR"], "milestones": [2]},
        ),
    ],
)
def test_what_schedulers_were_told(make: Any, told: dict[str, Any], only_run: Any) -> None:
    net = model()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    scheduler = make(optimizer)
    fit(net, optimizer)
    continued._end_all()
    run = only_run()
    assert scheduler.last_epoch == 0
    found = {name: run.params[f"scheduler__{name}"] for name in told}
    assert found == told
    assert run.params["scheduler"] == type(scheduler).__name__
    assert not [name for name in run.params if name.startswith("scheduler_2")]
    assert "scheduler__factor" not in run.params  # of a scheduler within


def test_what_adam_tells_itself_is_no_setting(only_run: Any) -> None:
    net = model()
    fit(net, torch.optim.AdamW(net.parameters()))
    continued._end_all()
    assert not [name for name in only_run().params if "decoupled" in name]


def test_what_a_loader_has_by_default_is_marked_so(only_run: Any) -> None:
    train_loader, net = loader(shuffle=True), model()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for inputs, targets in train_loader:
        torch.nn.functional.cross_entropy(net(inputs), targets).backward()
        optimizer.step()
    continued._end_all()
    run = only_run()
    assert run.params["loader__drop_last"] is False and run.params["loader__num_workers"] == 0
    assert {"loader__batch_size", "loader__shuffle", "loader__dataset_size"} <= set(run.changed)
    assert not {"loader__drop_last", "loader__num_workers"} & set(run.changed)


def test_two_schedulers_of_one_optimizer(only_run: Any) -> None:
    net = model()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    both = lr_scheduler.StepLR(optimizer, 3), lr_scheduler.ReduceLROnPlateau(optimizer, patience=4)
    fit(net, optimizer)
    continued._end_all()
    run = only_run()
    assert [run.params["scheduler"], run.params["scheduler_2"]] == [type(each).__name__ for each in both]
    assert run.params["scheduler__step_size"] == 3 and run.params["scheduler_2__patience"] == 4
