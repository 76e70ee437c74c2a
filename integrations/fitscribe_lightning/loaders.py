"""The data loaders of a trainer: how large they are, as datasets of its run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.capture import type_name

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


def log_training(run: ActiveRun, trainer: Any) -> None:
    """Record the loaders that a training has for its steps."""
    _log_told(run, "loader", trainer.train_dataloader)
    if run.options.datasets:
        _log(run, "train", trainer.train_dataloader, trainer.num_training_batches)


def log_validation(run: ActiveRun, trainer: Any) -> None:
    """Record the loaders that a training validates on."""
    _log_told(run, "valid_loader", trainer.val_dataloaders)
    if run.options.datasets:
        _log(run, "valid", trainer.val_dataloaders, trainer.num_val_batches)


def log_evaluation(run: ActiveRun, trainer: Any, call: str) -> None:
    """Record the loaders that a model was evaluated on.

    Args:
        run: the run.
        trainer: the trainer.
        call: ``validate`` or ``test``.
    """
    if call == "test":
        _log(run, "test", trainer.test_dataloaders, trainer.num_test_batches)
    else:
        _log(run, "valid", trainer.val_dataloaders, trainer.num_val_batches)


def _log(run: ActiveRun, role: str, given: Any, batches: Any) -> None:
    found = dict(_named(role, given))
    counts = list(batches) if isinstance(batches, (list, tuple)) else [batches] * len(found)
    for index, (name, loader) in enumerate(found.items()):
        count = counts[index] if index < len(counts) else None
        run.log_description(_described(loader, count), role=name)


def _log_told(run: ActiveRun, name: str, given: Any) -> None:
    """Record what the only loader was told, as parameters; of several one has to look at the data."""
    loaders = list(_named(name, given))
    if len(loaders) == 1:
        told = {f"{name}__{key}": value for key, value in _told(loaders[0][1]).items()}
        run.log_params(told, changed=told)


def _named(role: str, given: Any) -> Iterator[tuple[str, Any]]:
    """The loaders in what Lightning takes for some: one, or lists and dicts of them."""
    if isinstance(given, Mapping):
        for key, each in given.items():
            yield from _named(f"{role}/{key}", each)
    elif isinstance(given, (list, tuple)):
        for index, each in enumerate(given):
            yield from _named(role if len(given) == 1 else f"{role}/{index}", each)
    elif given is not None:
        yield role, given


def _described(loader: Any, batches: Any) -> dict[str, Any]:
    """What is known of a loader without asking it for a batch.

    Args:
        loader: a `DataLoader`, or any iterable.
        batches: how many the trainer takes from it; infinite where it does not know.
    """
    dataset = getattr(loader, "dataset", None)
    rows = _length(dataset)
    found: dict[str, Any] = {"container": type_name(loader if dataset is None else dataset)}
    if rows is not None:
        found["shape"] = [rows]
        found["rows"] = rows
    found.update(_told(loader))
    if isinstance(batches, int) or (isinstance(batches, float) and batches.is_integer()):
        found["batches"] = int(batches)
    return found


def _told(loader: Any) -> dict[str, Any]:
    """What a `DataLoader` was told; nothing of any other iterable."""
    found = {
        name: value
        for name in ("batch_size", "drop_last", "num_workers")
        if isinstance(value := getattr(loader, name, None), (bool, int))
    }
    sampler = getattr(loader, "sampler", None)
    if sampler is not None:
        found["shuffle"] = type(sampler).__name__ == "RandomSampler" or bool(
            getattr(sampler, "shuffle", False)
        )
    return found


def _length(dataset: Any) -> int | None:
    if dataset is None or not hasattr(type(dataset), "__len__"):
        return None
    try:
        return len(dataset)
    except (TypeError, NotImplementedError):
        return None  # a dataset without a length of its own, in one that asks it
