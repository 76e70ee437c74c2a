"""What is recorded of a training loop as it begins: of optimizer, schedulers, modules, data and script."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.tracking.opening import part
from fitscribe.tracking.script import log_script_parameters
from fitscribe_torch import optimizers, passes
from fitscribe_torch.criteria import criteria_in, parameters_of
from fitscribe_torch.modules import described, modules_of
from fitscribe_torch.parts import unwrapped

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun
    from fitscribe.tracking.training import Opening

# How fast weights are written, at least.
_BYTES_PER_S = 300e6
_MOST_NAMED = 3
_LOADER_DEFAULTS = {"batch_size": 1, "shuffle": False, "drop_last": False, "num_workers": 0}


class Seen(NamedTuple):
    """What is seen of an optimizer as it makes its first step, by weak references only.

    Attributes:
        optimizer: the optimizer.
        name: what its parameters are to be called in the run.
        description: what it was told.
        likeness: what it has in common with those that come in its place.
        modules: the modules that have these, by the name that the script has for them.
        tree: these modules, described.
        trains: the classes of these modules, in words.
        criteria: what the losses of the script were told, and which of that differs from the defaults.
    """

    optimizer: weakref.ref[Any]
    name: str
    description: optimizers.Described
    likeness: tuple[Any, ...]
    modules: dict[str, weakref.ref[Any]]
    tree: dict[str, Any]
    trains: str
    criteria: tuple[dict[str, Any], set[str]]


def look(optimizer: Any, *, alone: bool, frame: FrameType | None = None) -> Seen:
    """Look at an optimizer that makes its first step, and at the code of the script that lets it.

    Args:
        optimizer: the optimizer.
        alone: whether there is no other one to tell it from.
        frame: of the code that steps it; by default the one that is running.
    """
    frame = frame or sys._getframe(1)
    no_criteria: tuple[dict[str, Any], set[str]] = {}, set()
    found: dict[str, Any] = part("modules", lambda: modules_of(optimizer, frame), {})
    name = optimizers.PREFIX if alone else optimizers.name_in(frame, optimizer)
    return Seen(
        weakref.ref(optimizer),
        name or optimizers.PREFIX,
        part(
            "optimizer",
            lambda: optimizers.described(optimizer),
            optimizers.Described(type(optimizer).__name__),
        ),
        optimizers.likeness(optimizer),
        {each: weakref.ref(module) for each, module in found.items()},
        part("modules", lambda: described(found), {}) if found else {},
        name_of(found.values()),
        part("criteria", lambda: parameters_of(criteria_in(frame)), no_criteria),
    )


def open_run(opening: Opening, seen: Seen) -> ActiveRun:
    """Open the run of a training, with all that is known of it by now but its optimizer.

    Args:
        opening: where and when it began.
        seen: its first optimizer.
    """
    run = opening.open(seen.trains or seen.description.kind)
    with run.section("coverage"):
        run.log_coverage("torch")
    log_script_parameters(run)
    with run.section("criteria"):
        values, changed = seen.criteria
        if values:
            run.log_params(values, changed=changed)
    return run


def name_of(modules: Iterable[Any]) -> str:
    """The name of what is trained: the classes of the modules, each once.

    Args:
        modules: those that have the parameters.
    """
    names = list(dict.fromkeys(type(unwrapped(each)[0]).__name__ for each in modules))
    return " + ".join(names[:_MOST_NAMED] + ["..."] * (len(names) > _MOST_NAMED))


def log_optimizer(run: ActiveRun, name: str, seen: Seen) -> None:
    """Record what an optimizer and its schedulers were told, and the modules that it trains.

    Args:
        run: the run.
        name: what its parameters begin with.
        seen: what was seen of it.
    """
    with run.section("optimizer"):
        told = seen.description
        values = {name: told.kind, **{f"{name}__{key}": value for key, value in told.values.items()}}
        changed = {name, *(f"{name}__{key}" for key in told.changed)}
        if told.groups > 1:
            values[f"{name}__groups"] = told.groups
            changed.add(f"{name}__groups")
        run.log_params(values, changed=changed)
        optimizer = seen.optimizer()
        prefix = optimizers.SCHEDULER if name == optimizers.PREFIX else f"{name}__{optimizers.SCHEDULER}"
        schedulers = optimizers.schedulers_of(optimizer) if optimizer is not None else ()
        for number, scheduler in enumerate(schedulers, 1):
            log_scheduler(run, prefix if number == 1 else f"{prefix}_{number}", scheduler)
    with run.section("modules"):
        if seen.tree:
            prefix = "" if name == optimizers.PREFIX else f"{name}/"
            run.log_record(f"{prefix}modules", "modules", seen.tree)
            run.log_facts({f"{prefix}parameters": told.parameters})
        elif not seen.modules:
            run.note_unseen("the model", f"no variable of the script leads to the parameters of {name}")


def log_scheduler(run: ActiveRun, name: str, scheduler: Any) -> None:
    """Record what a scheduler was told.

    Args:
        run: the run.
        name: what its parameters begin with.
        scheduler: the scheduler.
    """
    kind, settings, differs = optimizers.described_scheduler(scheduler)
    values = {name: kind, **{f"{name}__{key}": value for key, value in settings.items()}}
    run.log_params(values, changed={name, *(f"{name}__{key}" for key in differs)})


def log_loader(run: ActiveRun, each: passes.Pass, *, beside: bool = False) -> None:
    """Record what a loader of the training was told.

    Args:
        run: the run.
        each: a pass over it.
        beside: whether it is another one that the epochs are of.
    """
    with run.section("loader"):
        settings = each.settings
        prefix = "loader" if each.trains else f"{each.role}_loader"
        if beside:
            prefix = each.name.rpartition(".")[2]
            if prefix in ("", "loader"):
                return
        values = {f"{prefix}__{key}": value for key, value in settings.items()}
        differs = settings.items() - _LOADER_DEFAULTS.items()
        run.log_params(values, changed={f"{prefix}__{key}" for key, _ in differs})


def are_on_cpu(modules: Iterable[Any]) -> bool:
    """Whether all parameters of modules are in the memory of the host."""
    return all(parameter.is_cpu for module in modules for parameter in module.parameters())


def time_to_save(modules: Iterable[Any]) -> float:
    """About how long it takes to save modules, in seconds."""
    size = sum(
        tensor.numel() * tensor.element_size()
        for module in modules
        for tensor in [*module.parameters(), *module.buffers()]
        if not isinstance(tensor, sys.modules["torch"].nn.parameter.UninitializedTensorMixin)
    )
    return float(size / _BYTES_PER_S)
