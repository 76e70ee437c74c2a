"""Epochs are passes over the loader that is trained on, whatever the loop around it looks like."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import torch
from tests.torch.looping import BATCH, BATCHES, ROWS, data, loader, model, sgd, steps, values
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset
from tqdm import tqdm

from fitscribe.tracking import continued
from fitscribe_torch import evaluating


class Script:
    """A model, its optimizer, and the loss of each step that it has made."""

    def __init__(self) -> None:
        self.net = model()
        self.optimizer = sgd(self.net)
        self.losses: list[float] = []

    def step(self, batch: Any) -> None:
        """One step."""
        inputs, targets = batch
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.net(inputs), targets)
        loss.backward()
        self.optimizer.step()
        self.losses.append(loss.item())

    def over(self, batches: Iterable[Any]) -> None:
        """A step for each batch."""
        for batch in batches:
            self.step(batch)

    def evaluate(self, batches: Iterable[Any]) -> float:
        """The loss over all batches."""
        total = rows = 0.0
        with torch.no_grad():
            for inputs, targets in batches:
                total += F.cross_entropy(self.net(inputs), targets).item() * len(inputs)
                rows += len(inputs)
        return total / rows


def ended(find: Any) -> Any:
    """The one run, after what the end of a process does."""
    evaluating.end_all()
    continued._end_all()
    return find()


def means(losses: list[float], sizes: Iterable[int]) -> Any:
    """The mean of the losses of each epoch."""
    rest = iter(losses)
    taken = [list(itertools.islice(rest, size)) for size in sizes]
    return pytest.approx([sum(each) / len(each) for each in taken], rel=1e-12)


def test_no_loader_at_all(only_run: Any) -> None:
    script = Script()
    script.over([data().tensors] * 4)
    run = ended(only_run)
    assert run.facts["steps"] == 4 and "epochs" not in run.facts and "epoch" not in run.metrics
    assert values(run, "train/loss") == script.losses and "train/loss[epoch]" not in run.metrics


@pytest.mark.parametrize("wrapped", [tqdm, enumerate, "islice", "break", "by hand", "new"])
def test_ways_to_go_over_a_loader(only_run: Any, wrapped: Any) -> None:
    script, train_loader = Script(), loader()
    sizes = [3, 3] if wrapped in ("islice", "break", "by hand") else [BATCHES, BATCHES]
    for _ in range(2):
        if wrapped is tqdm:
            script.over(tqdm(train_loader, disable=True))
        elif wrapped is enumerate:
            script.over(batch for _, batch in enumerate(train_loader))
        elif wrapped == "islice":
            script.over(itertools.islice(train_loader, 3))
        elif wrapped == "break":
            for number, batch in enumerate(train_loader):
                script.step(batch)
                if number == 2:
                    break
        elif wrapped == "by hand":
            batches = iter(train_loader)
            for _ in range(3):
                script.step(next(batches))
        else:
            script.over(loader())
    run = ended(only_run)
    assert run.facts["epochs"] == 2 and steps(run, "epoch") == [1, sizes[0] + 1]
    assert run.params["loader__batch_size"] == BATCH and run.params["loader__dataset_size"] == ROWS
    assert values(run, "train/loss[epoch]") == means(script.losses, sizes)
    assert steps(run, "train/loss[epoch]") == [sizes[0], sum(sizes)]
    assert all(speed > 0 for speed in values(run, "train/samples_per_s"))


def test_a_loader_without_end(only_run: Any) -> None:
    def for_ever(batches: Any) -> Iterator[Any]:
        while True:
            yield from batches

    script = Script()
    script.over(itertools.islice(for_ever(loader()), 12))
    run = ended(only_run)
    assert values(run, "epoch") == [1, 2, 3] and steps(run, "epoch") == [1, 6, 11]
    assert values(run, "train/loss[epoch]") == means(script.losses, [5, 5, 2])


def test_two_loaders_in_step_are_one_pass(only_run: Any) -> None:
    script = Script()
    labelled_loader, unlabelled_loader = loader(), loader(rows=64)
    for _ in range(2):
        script.over(batch for batch, _ in zip(labelled_loader, unlabelled_loader, strict=False))
    run = ended(only_run)
    assert run.facts["epochs"] == 2 and steps(run, "epoch") == [1, 6]
    assert values(run, "train/loss[epoch]") == means(script.losses, [5, 5])


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("rows", [BATCH, 2 * BATCH, 4 * BATCH])
def test_a_loader_that_is_cycled_beside_another_one_makes_no_epochs(
    only_run: Any, first: bool, rows: int
) -> None:
    script, held_loader = Script(), loader()
    for _ in range(3):
        if first:
            script.over(batch for _, batch in zip(itertools.cycle(loader(rows)), held_loader, strict=False))
        else:
            script.over(batch for batch, _ in zip(held_loader, itertools.cycle(loader(rows)), strict=False))
    run = ended(only_run)
    assert run.facts["epochs"] == 3 and steps(run, "epoch") == [1, 6, 11]
    assert values(run, "train/loss[epoch]") == means(script.losses, [5, 5, 5])
    assert steps(run, "train/loss[epoch]") == [5, 10, 15]
    assert run.params["loader__dataset_size"] == ROWS
    assert run.unseen == []


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("rows", [2 * BATCH, 7 * BATCH, 64 * BATCH])
def test_a_cycle_that_goes_on_over_all_epochs(only_run: Any, first: bool, rows: int) -> None:
    script, held_loader, forever = Script(), loader(), itertools.cycle(loader(rows))
    for _ in range(4):
        if first:
            script.over(batch for _, batch in zip(forever, held_loader, strict=False))
        else:
            script.over(batch for batch, _ in zip(held_loader, forever, strict=False))
    run = ended(only_run)
    assert steps(run, "epoch") == [1, 6, 11, 16]
    assert values(run, "train/loss[epoch]") == means(script.losses, [5, 5, 5, 5])
    assert run.unseen == []


def test_loaders_in_step_keep_their_settings_apart(only_run: Any) -> None:
    script, labelled_loader, unlabelled_loader = Script(), loader(), loader(rows=16, batch=2)
    for _ in range(2):
        script.over(batch for batch, _ in zip(labelled_loader, itertools.cycle(unlabelled_loader)))
    run = ended(only_run)
    assert (run.params["loader__batch_size"], run.params["loader__dataset_size"]) == (BATCH, ROWS)
    assert (run.params["unlabelled_loader__batch_size"], run.params["unlabelled_loader__dataset_size"]) == (
        2,
        16,
    )


def test_an_epoch_of_loaders_in_step_is_over_before_it_is_validated(only_run: Any) -> None:
    script, val_loader = Script(), loader()
    for _ in range(2):
        script.over(batch for batch, _ in zip(loader(), itertools.cycle(loader(16)), strict=False))
        script.evaluate(val_loader)
    run = ended(only_run)
    assert run.facts["epochs"] == 2 and steps(run, "epoch") == [1, 6]
    assert steps(run, "valid/loss") == steps(run, "train/loss[epoch]") == [5, 10]


def test_a_loader_within_a_loader_is_no_epoch_of_its_own(only_run: Any) -> None:
    script = Script()
    for _ in loader(rows=16):
        script.over(loader(rows=24))
    run = ended(only_run)
    assert run.facts["epochs"] == 1 and run.facts["steps"] == 6


@pytest.mark.parametrize("left", [False, True])
def test_validation_in_the_middle_of_an_epoch(only_run: Any, left: bool) -> None:
    script, train_loader, val_loader = Script(), loader(), loader(rows=24)
    valid = []
    for _ in range(2):
        for number, batch in enumerate(train_loader):
            script.step(batch)
            if number % 2:
                val_batches = itertools.islice(val_loader, 2) if left else val_loader
                valid.append(script.evaluate(val_batches))
    run = ended(only_run)
    assert run.facts["epochs"] == 2 and values(run, "train/loss") == script.losses
    assert values(run, "train/loss[epoch]") == means(script.losses, [5, 5])
    assert values(run, "valid/loss") == pytest.approx(valid, rel=1e-6)
    assert steps(run, "valid/loss") == [2, 4, 7, 9]


def test_validation_with_workers_that_persist_and_is_left(only_run: Any) -> None:
    script, train_loader = Script(), loader()
    val_loader = loader(rows=24, num_workers=1, persistent_workers=True)
    for batch in train_loader:
        script.step(batch)
        for inputs, targets in val_loader:
            with torch.no_grad():
                F.cross_entropy(script.net(inputs), targets)
            break
    run = ended(only_run)
    assert run.facts["epochs"] == 1 and len(values(run, "valid/loss")) == BATCHES
    assert values(run, "train/loss[epoch]") == means(script.losses, [BATCHES])


def test_workers_stay_inert(only_run: Any) -> None:
    script = Script()
    train_loader = loader(num_workers=2, persistent_workers=True, multiprocessing_context="fork")
    for _ in range(3):
        script.over(train_loader)
    run = ended(only_run)
    assert run.facts["epochs"] == 3 and values(run, "train/loss") == script.losses
    assert run.params["loader__num_workers"] == 2
    assert {each.name for each in run.path.glob("w-*.jsonl")} and len(list(run.path.glob("w-*.jsonl"))) == 1


def test_one_loader_for_training_and_evaluation(only_run: Any) -> None:
    script, batches = Script(), loader()
    said = []
    for _ in range(2):
        script.over(batches)
        said.append(script.evaluate(batches))
    run = ended(only_run)
    assert run.facts["epochs"] == 2 and values(run, "valid/loss") == pytest.approx(said, rel=1e-6)


def validate_on_two(script: Script) -> tuple[float, float]:
    """Apart, as what asserts looks at its own variables, and is passed over."""
    train_loader, val_loader_a, val_loader_b = loader(), loader(rows=24), loader(rows=32)
    for _ in range(2):
        script.over(train_loader)
        first, second = script.evaluate(val_loader_a), script.evaluate(val_loader_b)
    return first, second


def test_two_loaders_of_one_role_are_told_apart(only_run: Any) -> None:
    first, second = validate_on_two(Script())
    run = ended(only_run)
    assert run.metrics["valid/loss"] == pytest.approx(first, rel=1e-6)
    assert run.metrics["val_b/loss"] == pytest.approx(second, rel=1e-6)
    assert run.params["valid_loader__dataset_size"] == 24 and run.params["val_b_loader__dataset_size"] == 32
    assert len(values(run, "valid/loss")) == len(values(run, "val_b/loss")) == 2


def test_data_of_which_nobody_knows_how_much_it_is(only_run: Any) -> None:
    class Stream(IterableDataset[Any]):
        def __iter__(self) -> Iterator[Any]:
            return iter(data(20))

    script = Script()
    script.over(DataLoader(Stream(), batch_size=8))
    run = ended(only_run)
    assert run.facts["epochs"] == 1 and run.params["loader__dataset"] == "Stream"
    assert run.params["loader__dataset_size"] is None


def test_evaluation_before_and_after_training(only_run: Any) -> None:
    script, train_loader, test_loader = Script(), loader(), loader(rows=24)
    before = script.evaluate(test_loader)
    script.over(train_loader)
    after = script.evaluate(test_loader)
    run = ended(only_run)
    assert values(run, "test/loss") == pytest.approx([before, after], rel=1e-6)
    assert steps(run, "test/loss") == [0, BATCHES]
