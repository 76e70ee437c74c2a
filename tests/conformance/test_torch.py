"""The PyTorch integration proves what every integration must: loops of the script's own are not harmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fitscribe.testing import Case, Conformance, Training

Inside = Callable[[], object]

pytest.importorskip("torch")


def _loop(
    inside: Inside | None = None,
    *,
    scale: bool = False,
    schedule: bool = False,
    validate: bool = False,
    save: Callable[[Any], None] | None = None,
) -> Callable[[Any, Any], Any]:
    """A training loop as scripts have it."""
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))

        def forward(self, inputs: Any) -> Any:
            return self.layers(inputs)

    def train(inputs: Any, targets: Any) -> Any:
        inputs, targets = torch.from_numpy(inputs), torch.from_numpy(targets)
        torch.manual_seed(0)
        model = Net()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5) if schedule else None
        scaler = torch.amp.GradScaler("cpu", enabled=scale)
        criterion = nn.CrossEntropyLoss()
        train_loader = DataLoader(TensorDataset(inputs, targets), batch_size=8, shuffle=True)
        val_loader = DataLoader(TensorDataset(inputs, targets), batch_size=16)
        losses = []
        for _ in range(2):
            for some, their_targets in train_loader:
                optimizer.zero_grad()
                loss = criterion(model(some), their_targets)
                scaler.scale(loss).backward()
                scaler.step(optimizer)
                scaler.update()
                losses.append(loss.item())
                if inside is not None and len(losses) == 2:
                    inside()
            if scheduler is not None:
                scheduler.step()
            if validate:
                with torch.no_grad():
                    losses += [criterion(model(some), those).item() for some, those in val_loader]
        if save is not None:
            save(model)
        return losses, [parameter.detach().numpy() for parameter in model.parameters()]

    return train


def _case(train: Callable[[Any, Any], Any]) -> Case:
    import numpy as np

    # Tensors do not pickle to the same bytes twice: they are numbered by where they lie.
    inputs = np.random.RandomState(0).standard_normal((32, 4)).astype("float32")
    return Case(train, (inputs, (inputs[:, 0] > 0).astype("int64")), result=lambda found: found)


def loop(inside: Inside | None = None) -> Case:
    return _case(_loop(inside, schedule=True))


def loop_with_validation() -> Case:
    return _case(_loop(validate=True))


def loop_with_mixed_precision() -> Case:
    return _case(_loop(scale=True))


def loop_that_saves() -> Case:
    def save(model: Any) -> None:
        import io

        import torch

        torch.save(model.state_dict(), io.BytesIO())

    return _case(_loop(save=save))


def loop_that_saves_tensors() -> Case:
    def save(model: Any) -> None:
        import tempfile
        from pathlib import Path

        from safetensors.torch import save_file, save_model

        with tempfile.TemporaryDirectory() as folder:
            save_file(model.state_dict(), Path(folder, "tensors.safetensors"))
            save_model(model, str(Path(folder, "model.safetensors")))

    return _case(_loop(save=save))


_IN_THREADS = "the loops of several threads are trainings of their own"
_FORKS = "a fork that ends by os._exit ends no run that was open for more steps"
LIMITS = {
    "nested_thread_pool": _IN_THREADS,
    "nested_joblib": _IN_THREADS,
    "nested_fork": _FORKS,
    "fork": _FORKS,
    "uninstall": "torch counts the hooks that it has ever registered",
}


def within(point: str, make: Callable[..., Case] = loop) -> Training:
    """A point that a loop reaches; what is proved of loops is proved of that of the steps."""
    return Training(
        point, make, name=point, run_of="step", is_loop=True, only=("fault_before", "fault_after")
    )


class TestTorch(Conformance):
    integration = "torch"
    trainings = [
        Training("step", loop, is_loop=True, limits=LIMITS),
        within("backward"),
        within("optimizer"),
        within("pass"),
        within("batch"),
        within("scheduler"),
        within("criterion", loop_with_validation),
        within("scale", loop_with_mixed_precision),
        within("scaled_step", loop_with_mixed_precision),
        within("save", loop_that_saves),
        within("save_file", loop_that_saves_tensors),
        within("save_model", loop_that_saves_tensors),
    ]
