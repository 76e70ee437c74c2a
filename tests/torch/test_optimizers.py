"""Which optimizers make one run, and what their series are called."""

from __future__ import annotations

import copy
import gc
import threading
from typing import Any

import pytest
import torch
from tests.torch.looping import batch, fit, loader, model, sgd, steps, values
from torch.nn import functional as F

import fitscribe
from fitscribe.tracking import continued
from fitscribe_torch import loops
from fitscribe_torch.waiting import WAITS_STEPS

Losses = dict[str, list[float]]


def gan(rounds: int) -> Losses:
    """A generator, and a discriminator that is trained twice as often."""
    generator, discriminator = model(), torch.nn.Linear(3, 1)
    optimizer_g, optimizer_d = sgd(generator, 0.01), sgd(discriminator, 0.02)
    inputs, _ = batch()
    said: Losses = {"loss_g": [], "loss_d": []}
    for number in range(rounds):
        optimizer_d.zero_grad()
        loss_d = discriminator(generator(inputs).detach()).mean()
        loss_d.backward()
        optimizer_d.step()
        said["loss_d"].append(loss_d.item())
        if number % 2:
            optimizer_g.zero_grad()
            loss_g = -discriminator(generator(inputs)).mean()
            loss_g.backward()
            optimizer_g.step()
            said["loss_g"].append(loss_g.item())
    return said


def in_turn(rounds: int) -> None:
    """Two models; the second one is built when the first one has been trained for a while."""
    first, second = model(), model()
    first_optimizer = sgd(first)
    fit(first, first_optimizer, 2)
    second_optimizer = sgd(second)
    for _ in range(rounds):
        fit(second, second_optimizer, 1)
        fit(first, first_optimizer, 1)


def two_stages() -> list[float]:
    """The head alone, then all of the model with another optimizer."""
    net = model()
    optimizer = torch.optim.Adam(net[2].parameters(), lr=0.01)
    losses = fit(net, optimizer, 3)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    return losses + fit(net, optimizer, 4)


def train_fold(scheduled: bool) -> float:
    """All that a fold has is gone when it returns."""
    net = model()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9) if scheduled else None
    losses = []
    for _epoch in range(2):
        for inputs, targets in loader():
            optimizer.zero_grad()
            loss = F.cross_entropy(net(inputs), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        if scheduler is not None:
            scheduler.step()
    return losses[-1]


def meta_learn(tasks: int) -> int:
    """An optimizer for the copy of each task, and one for what is learnt of them all."""
    net, (inputs, targets) = model(), batch()
    outer = sgd(net)
    for _ in range(tasks):
        copied = copy.deepcopy(net)
        inner = sgd(copied, 0.5)
        for _ in range(2):
            inner.zero_grad()
            inner_loss = F.cross_entropy(copied(inputs), targets)
            inner_loss.backward()
            inner.step()
        outer.zero_grad()
        meta_loss = F.cross_entropy(net(inputs), targets)
        meta_loss.backward()
        outer.step()
    return tasks


def meta_learn_in_batches(batches: int) -> None:
    """Several tasks, each with an optimizer that is gone after it, before what is learnt of them all."""
    net, (inputs, targets) = model(), batch()
    outer = sgd(net)
    for _ in range(batches):
        for _ in range(4):
            copied = copy.deepcopy(net)
            inner = sgd(copied, 0.5)
            inner_loss = F.cross_entropy(copied(inputs), targets)
            inner_loss.backward()
            inner.step()
        outer.zero_grad()
        meta_loss = F.cross_entropy(net(inputs), targets)
        meta_loss.backward()
        outer.step()


def ended(find: Any) -> Any:
    """The runs, after what the end of a process does."""
    continued._end_all()
    return find()


def test_a_gan_is_one_run_with_a_count_for_each_optimizer(only_run: Any) -> None:
    said = gan(6)
    run = ended(only_run)
    assert values(run, "train/loss_d") == said["loss_d"] and steps(run, "train/loss_d") == [1, 2, 3, 4, 5, 6]
    assert values(run, "train/loss_g") == said["loss_g"] and steps(run, "train/loss_g") == [1, 2, 3]
    assert values(run, "lr/optimizer_d") == [0.02] and values(run, "lr/optimizer_g") == [0.01]
    assert run.params["optimizer_d__lr"] == 0.02 and run.params["optimizer_g"] == "SGD"
    assert run.facts["steps"] == 6


def test_models_that_are_trained_in_turn_have_one_run(only_run: Any) -> None:
    in_turn(5)
    run = ended(only_run)
    assert steps(run, "train/loss") == list(range(1, 8))
    assert steps(run, "train/second_optimizer/loss") == [1, 2, 3, 4, 5]


def ensemble(size: int) -> list[Any]:
    """Models and optimizers in lists, and a step of each in turn."""
    models = [model() for _ in range(size)]
    optimizers = [sgd(net) for net in models]
    for _ in range(4):
        for net, stepper in zip(models, optimizers, strict=True):
            fit(net, stepper, 1)
    return models


def unnamed_ensemble(size: int) -> list[Any]:
    """No variable leads to the models but that of the loop."""
    nets, inputs = {model(): None for _ in range(size)}, batch()[0]
    steppers = {net: sgd(net) for net in nets}
    for _ in range(2):
        for net in nets:
            net(inputs).sum().backward()
            steppers[net].step()
    return list(nets)


def joint(size: int) -> list[Any]:
    """One optimizer over all models of a list."""
    models = [model() for _ in range(size)]
    optimizer = torch.optim.SGD([each for net in models for each in net.parameters()], lr=0.1)
    inputs, targets = batch()
    for _ in range(3):
        optimizer.zero_grad()
        sum(F.cross_entropy(net(inputs), targets) for net in models).backward()  # type: ignore[union-attr]
        optimizer.step()
    return models


@pytest.mark.parametrize("train", [ensemble, unnamed_ensemble, joint])
def test_models_in_a_list_are_told_apart_and_kept(only_run: Any, train: Any) -> None:
    models = train(3)
    run = ended(only_run)
    loaded = run.load_model()
    names = ["net", "net_2", "net_3"] if train is unnamed_ensemble else [f"models[{n}]" for n in range(3)]
    assert sorted(loaded) == names
    for name, net in zip(names, models, strict=True):
        for loaded_one, one in zip(loaded[name].parameters(), net.parameters(), strict=True):
            assert torch.equal(loaded_one, one)


def test_optimizers_in_a_list_are_called_by_their_places(only_run: Any) -> None:
    ensemble(3)
    run = ended(only_run)
    assert [name for name in run.params if name.startswith("optimizers[") and "__" not in name] == [
        f"optimizers[{number}]" for number in range(3)
    ]
    assert steps(run, "train/loss") == steps(run, "train/optimizers[2]/loss") == [1, 2, 3, 4]


def test_a_second_stage_goes_on_in_the_run(only_run: Any) -> None:
    losses = two_stages()
    run = ended(only_run)
    assert values(run, "train/loss") == losses and steps(run, "train/loss") == list(range(1, 8))
    assert values(run, "lr") == [0.01, 0.1] and steps(run, "lr") == [1, 4]
    assert (run.params["optimizer"], run.params["optimizer_2"]) == ("Adam", "SGD")


def test_folds_are_runs_of_a_sweep(runs: Any) -> None:
    last = [train_fold(scheduled=fold % 2 == 1) for fold in range(4)]
    sweep = ended(lambda: next(run for run in runs() if run.role == "sweep"))
    folds = sorted(sweep.children, key=lambda run: run.started)
    assert [fold.status for fold in folds] == ["finished"] * 4
    assert [fold.metrics["train/loss"] for fold in folds] == last
    assert all(steps(fold, "train/loss") == list(range(1, 11)) for fold in folds)
    assert all(fold.facts["epochs"] == 2 for fold in folds) and folds[-1].models


def test_a_fold_ends_when_the_next_optimizer_is_built(runs: Any) -> None:
    train_fold(scheduled=True)
    (run,) = runs()
    assert run.status == "running"
    sgd(model())
    (run,) = runs()
    assert run.status == "finished" and run.models


def test_folds_whose_optimizers_are_all_kept(runs: Any) -> None:
    kept = []
    for _ in range(3):
        net = model()
        kept.append(sgd(net))
        fit(net, kept[-1], WAITS_STEPS + 1)
    folds = ended(lambda: [run for run in runs() if run.role == "training"])
    assert len(folds) == 3
    assert all(len(values(fold, "train/loss")) == WAITS_STEPS + 1 for fold in folds)


def short_folds(folds: int) -> tuple[list[Any], list[float]]:
    """Folds whose models and optimizers are all kept, validated before each is known for a fold."""
    kept: list[Any] = []
    said = []
    for _fold in range(folds):
        net = model()
        optimizer = sgd(net)
        kept.append((net, optimizer))
        for inputs, targets in loader():
            optimizer.zero_grad()
            loss = F.cross_entropy(net(inputs), targets)
            loss.backward()
            optimizer.step()
        val_loader = loader(rows=8)
        with torch.no_grad():
            for inputs, targets in val_loader:
                val_loss = F.cross_entropy(net(inputs), targets)
        said.append(val_loss.item())
    return kept, said


def test_folds_that_are_validated_while_they_wait(runs: Any) -> None:
    kept, said = short_folds(4)
    folds = ended(lambda: [run for run in runs() if run.role == "training"])
    assert len(kept) == 4
    assert [values(fold, "valid/loss") for fold in folds] == [[each] for each in said]
    assert all(steps(fold, "valid/loss") == [5] for fold in folds)
    assert all(fold.facts["epochs"] == 1 and "train_eval/loss" not in fold.metrics for fold in folds)
    assert all(fold.params["loader__dataset_size"] == 40 for fold in folds)
    assert all(fold.params["valid_loader__dataset_size"] == 8 for fold in folds)


def test_optimizers_of_meta_learning_stay_in_bounds(only_run: Any) -> None:
    meta_learn(40)
    run = ended(only_run)
    assert steps(run, "train/inner_loss") == list(range(1, 81))
    assert steps(run, "train/meta_loss") == list(range(1, 41))
    assert sorted(name for name in run.params if name.endswith("lr")) == ["inner__lr", "outer__lr"]


def test_tasks_in_batches_are_no_trainings_of_their_own(only_run: Any) -> None:
    meta_learn_in_batches(5)
    run = ended(only_run)
    assert steps(run, "train/inner_loss") == list(range(1, 21))
    assert steps(run, "train/meta_loss") == list(range(1, 6))


def test_two_trainings_whose_optimizers_are_built_first_have_one_run(only_run: Any) -> None:
    def train() -> tuple[list[float], list[float]]:
        one, two = model(), model()
        optimizer_one, optimizer_two = sgd(one), sgd(two)
        return fit(one, optimizer_one, 3), fit(two, optimizer_two, 2)

    first, second = train()
    run = ended(only_run)
    assert values(run, "train/loss") == first and values(run, "train/optimizer_two/loss") == second


def test_threads_have_runs_of_their_own(runs: Any) -> None:
    said: dict[int, list[float]] = {}
    barrier = threading.Barrier(4)

    def train(number: int) -> None:
        net = model()
        optimizer = sgd(net, 0.1 * (number + 1))
        for _ in range(3):
            barrier.wait()
            said.setdefault(number, []).extend(fit(net, optimizer, 20))

    threads = [threading.Thread(target=train, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = ended(lambda: [run for run in runs() if run.role == "training"])
    series = {round(10 * run.params["optimizer__lr"]) - 1: values(run, "train/loss") for run in found}
    assert series == said


def test_a_wrapped_optimizer_that_is_copied_is_another_one(runs: Any) -> None:
    net = model()
    optimizer = sgd(net)
    fit(net, optimizer, 2)
    other = copy.deepcopy(net)
    second = sgd(other)
    second.load_state_dict(optimizer.state_dict())
    del optimizer
    gc.collect()
    fit(other, second, 2)
    assert len(ended(lambda: [run for run in runs() if run.role == "training"])) == 2


def test_an_error_of_fitscribe_s_own_leaves_the_training_alone(said: list[str], monkeypatch: Any) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("ours")

    fitscribe.autolog("torch", quiet=True)
    monkeypatch.setattr(loops, "look", broken)
    net = model()
    try:
        assert len(fit(net, sgd(net), 1)) == 1
    finally:
        fitscribe.disable()
    assert len([line for line in said if "ours" in line]) == 1
