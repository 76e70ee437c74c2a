"""Losses on a device: copied there, and fetched many at a time; on a CPU here, which takes the same way."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import fitscribe
from fitscribe.tracking import continued
from fitscribe_torch import losses
from fitscribe_torch.rings import Ring, ring_of


@pytest.fixture
def on_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let losses be taken as those on a device are."""
    monkeypatch.setattr(losses, "value_of", lambda tensor: ring_of(tensor.device).put(tensor))


def loop(steps: int, micro_steps: int = 1) -> list[float]:
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    seen = []
    for _ in range(steps):
        total = 0.0
        optimizer.zero_grad()
        for _ in range(micro_steps):
            loss = F.cross_entropy(model(torch.randn(8, 4)), torch.arange(8) % 2)
            (loss / micro_steps).backward()
            total += loss.item() / micro_steps
        optimizer.step()
        seen.append(total)
    return seen


@pytest.mark.parametrize(("steps", "micro_steps"), [(1, 1), (600, 1), (300, 3)])
def test_every_loss_arrives_at_its_step(
    only_run: Any, on_a_device: None, steps: int, micro_steps: int
) -> None:
    seen = loop(steps, micro_steps)
    continued._end_all()
    series = only_run().series("train/loss")
    order = sorted(range(steps), key=lambda number: series.steps[number])
    assert [int(series.steps[number]) for number in order] == list(range(1, steps + 1))
    assert [series.values[number] for number in order] == pytest.approx(seen, rel=1e-5)


def test_steps_read_nothing_from_the_device(only_run: Any, on_a_device: None) -> None:
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def steps(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            F.cross_entropy(model(torch.ones(8, 4)), torch.arange(8) % 2).backward()
            optimizer.step()

    def profiled() -> dict[str, int]:
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            steps(100)
        return {event.key: event.count for event in profile.key_averages()}

    steps(10)  # the run is opened, which looks at the model
    counts = profiled()
    with fitscribe.suppress():
        bare = profiled()
    assert counts["aten::linear"] == bare["aten::linear"] == 100
    assert "aten::_local_scalar_dense" not in counts and "aten::item" not in counts
    # One copy on the device for each loss.
    assert counts["aten::copy_"] - bare.get("aten::copy_", 0) <= 100
    continued._end_all()
    assert len(only_run().series("train/loss").values) == 110


def test_blocks_go_once_all_their_numbers_are_wanted_or_not() -> None:
    ring = Ring(torch.device("cpu"))
    arrived: list[float] = []
    for number in range(1_000):
        slot = ring.put(torch.tensor(float(number)))
        if number % 2:
            slot.deliver(arrived.append)
        else:
            slot.release()
    ring.receive(wait=True)
    assert arrived == [float(number) for number in range(1, 1_000, 2)]
    assert not ring._full and not ring._on_the_way


def test_a_number_is_that_of_then_though_the_tensor_changes() -> None:
    ring = Ring(torch.device("cpu"))
    loss = torch.tensor(3.0)
    arrived: list[float] = []
    slot = ring.put(loss)
    loss /= 4
    slot.deliver(arrived.append)
    ring.receive(wait=True)
    assert arrived == [3.0]
