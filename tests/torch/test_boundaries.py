"""Where runs begin and end, as the script says with blocks, switches and cells."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from tests.torch.looping import fit, loader, model, sgd, steps, values

import fitscribe
from fitscribe.tracking import continued


def trainings(runs: Any) -> list[Any]:
    """The runs of trainings, oldest first, after what the end of a process does."""
    continued._end_all()
    found = [run for run in runs() if run.role == "training"]
    groups = [child for run in runs() if run.role == "group" for child in run.children]
    return sorted({run.id: run for run in found + groups}.values(), key=lambda run: run.started)


def test_a_block_around_everything(runs: Any) -> None:
    with fitscribe.start_run("mine") as group:
        net = model()
        optimizer = sgd(net)
        losses = fit(net, optimizer, 3) + fit(net, optimizer, 2)
        fitscribe.log_metric("own", 1.0)
    (run,) = fitscribe.get_run(group.id).children
    assert values(run, "train/loss") == losses and run.status == "finished"
    assert fitscribe.get_run(group.id).series("own").values[0] == 1.0


def test_a_block_around_each_fold(runs: Any) -> None:
    net = model()
    optimizer = sgd(net)
    said, groups = [], []
    for fold in range(3):
        with fitscribe.start_run(f"fold {fold}") as group:
            said.append(fit(net, optimizer, 2))
        groups.append(fitscribe.get_run(group.id))
    assert [values(group.children[0], "train/loss") for group in groups] == said
    assert all(steps(group.children[0], "train/loss") == [1, 2] for group in groups)


def test_a_block_in_the_middle_of_a_loop(runs: Any) -> None:
    net = model()
    optimizer = sgd(net)
    before = fit(net, optimizer, 2)
    with fitscribe.start_run("inner") as group:
        within = fit(net, optimizer, 3)
    after = fit(net, optimizer, 2)
    (inner,) = fitscribe.get_run(group.id).children
    (outer,) = [run for run in trainings(runs) if run.parent is None and run.id != group.id]
    assert values(inner, "train/loss") == within and steps(inner, "train/loss") == [1, 2, 3]
    assert values(outer, "train/loss") == before + after and steps(outer, "train/loss") == [1, 2, 3, 4]
    assert inner.status == "finished" and [name for name in outer.params if name.endswith("__lr")] == [
        "optimizer__lr"
    ]


def test_what_is_suppressed_is_not_there(runs: Any) -> None:
    net = model()
    optimizer = sgd(net)
    before = fit(net, optimizer, 2)
    with fitscribe.suppress():
        fit(net, optimizer, 3)
    after = fit(net, optimizer, 1)
    (run,) = trainings(runs)
    assert values(run, "train/loss") == before + after


def test_switched_on_after_the_first_steps(own_store: Any) -> None:
    net, other = model(), model()
    optimizer, second = sgd(net), sgd(other)
    fit(net, optimizer, 2)
    fitscribe.autolog("torch", quiet=True)
    try:
        said = [], []
        for _ in range(3):
            said[0].extend(fit(net, optimizer, 1))
            said[1].extend(fit(other, second, 1))
    finally:
        fitscribe.disable()
    continued._end_all()
    (run,) = fitscribe.search_runs()
    assert values(run, "train/loss") == said[0]
    (name,) = [name for name in run.metrics if name.startswith("train/") and name != "train/loss"]
    assert values(run, name) == said[1]


def test_switched_off_and_on_again(own_store: Any) -> None:
    net = model()
    optimizer = sgd(net)
    fitscribe.autolog("torch", quiet=True)
    said = fit(net, optimizer, 2)
    fitscribe.disable()
    fit(net, optimizer, 3)
    fitscribe.autolog("torch", quiet=True)
    try:
        said += fit(net, optimizer, 2)
    finally:
        fitscribe.disable()
    continued._end_all()
    (run,) = fitscribe.search_runs()
    assert values(run, "train/loss") == said and len(run.models) == 1


def test_switched_off_within_a_pass(own_store: Any) -> None:
    net = model()
    optimizer = sgd(net)
    fitscribe.autolog("torch", quiet=True)
    for number, _ in enumerate(loader()):
        fit(net, optimizer, 1)
        if number == 2:
            fitscribe.disable()
    fit(net, optimizer, 1)
    continued._end_all()
    (run,) = fitscribe.search_runs()
    assert run.facts["steps"] == 3 and run.status == "finished"


@pytest.mark.parametrize(
    ("error", "status"),
    [(KeyboardInterrupt(), "interrupted"), (SystemExit(2), "failed"), (SystemExit(), "finished")],
)
def test_an_interruption_keeps_everything(runs: Any, error: BaseException, status: str) -> None:
    net = model()
    optimizer = sgd(net)
    with contextlib.suppress(BaseException), fitscribe.start_run("group") as group:
        losses = fit(net, optimizer, 3)
        raise error
    (run,) = fitscribe.get_run(group.id).children
    assert run.status == status and values(run, "train/loss") == losses and run.models


class TestPlanned:
    """How many epochs there were to be, and that a loop was left before."""

    def train(self, rounds: Iterator[Any] | range, most: int) -> None:
        """Train for some epochs, and leave the loop."""
        net = model()
        optimizer = sgd(net)
        train_loader = loader(rows=16)
        for epoch in rounds:
            for _ in train_loader:
                fit(net, optimizer, 1)
            if epoch + 1 == most:
                break

    def stop_early(self, epochs: int, most: int) -> None:
        """As people write it."""
        net = model()
        optimizer = sgd(net)
        train_loader = loader(rows=16)
        settings = {"epochs": epochs}
        for epoch in range(1, settings["epochs"] + 1):
            for _ in train_loader:
                fit(net, optimizer, 1)
            if epoch == most:
                break

    def test_a_loop_that_is_left(self, only_run: Any) -> None:
        self.stop_early(9, 3)
        continued._end_all()
        run = only_run()
        assert (run.facts["epochs"], run.facts["planned_epochs"]) == (3, 9)
        assert (
            run.facts["early_stopping"]["stopped_early"]
            and run.facts["early_stopping"]["last_iteration"] == 3
        )

    def test_a_loop_that_goes_to_its_end(self, only_run: Any) -> None:
        self.stop_early(3, 3)
        continued._end_all()
        run = only_run()
        assert run.facts["planned_epochs"] == 3 and "early_stopping" not in run.facts

    def test_a_loop_that_does_not_say_how_long_it_is(self, only_run: Any) -> None:
        self.train(itertools.count(), 2)
        continued._end_all()
        assert "planned_epochs" not in only_run().facts

    def train_in_stages(self, last: int) -> None:
        """The head for two epochs, then all of it for up to five, with a new optimizer from the second on."""
        net = model()
        optimizer = sgd(net[2])
        for _epoch in range(2):
            for _ in loader(rows=16):
                fit(net, optimizer, 1)
        optimizer = torch.optim.Adam(net.parameters())
        for epoch in range(5):
            if epoch == 1:
                optimizer = torch.optim.RMSprop(net.parameters())
            for _ in loader(rows=16):
                fit(net, optimizer, 1)
            if epoch == last:
                break

    @pytest.mark.parametrize(("last", "stops"), [(4, False), (2, True)])
    def test_stages_are_planned_together(self, only_run: Any, last: int, stops: bool) -> None:
        self.train_in_stages(last)
        continued._end_all()
        run = only_run()
        assert (run.facts["epochs"], run.facts["planned_epochs"]) == (3 + last, 7)
        assert ("early_stopping" in run.facts) == stops

    def test_folds_are_no_epochs(self, runs: Any) -> None:
        net = model()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for _fold in range(4):
            for _ in loader(rows=16):
                fit(net, optimizer, 1)
        (run,) = trainings(runs)
        assert "planned_epochs" not in run.facts
