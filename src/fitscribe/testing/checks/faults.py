"""A defect of fitscribe, planted before, during and after the call, never reaches the user."""

from __future__ import annotations

import errno
import functools
import importlib
import os
import shutil
from collections.abc import Callable, Generator
from types import FunctionType
from typing import Any

from fitscribe import engine
from fitscribe.engine import Call
from fitscribe.engine.aliases import rebind
from fitscribe.testing.checks.registry import check
from fitscribe.testing.forks import Unfit, require
from fitscribe.testing.lab import Lab, in_fresh_store, picture, unlike
from fitscribe.testing.snapshots import difference

Observer = Callable[[Call], Generator[None, Any, None]]

_PLANTED = "planted by the conformance suite"


def _train(lab: Lab, inside: Callable[[], None] | None = None) -> Any:
    return lab.train(lab.case(inside))


def _expect_unharmed(
    lab: Lab,
    plant: Callable[[], Callable[[], None] | None],
    *,
    kept: tuple[str, ...],
    told: bool = True,
    needs: str = "",
) -> None:
    """Train with a defect planted, and require the bare result and what the run had.

    Arguments:
        lab: the training.
        plant: called where fitscribe is active already; what it returns is called inside of the call.
        kept: parts of the run's `picture` that must be as in a healthy run.
        told: whether the defect must have been reported or noted on the run.
        needs: the part of a healthy run without which there is nothing to break.
    """

    def with_defect() -> Any:
        trained = _train(lab, plant())
        pictures = [picture(run) for run in lab.runs()]
        noted = any(run.problems or run.unseen or run.lost for run in lab.runs())
        return trained, pictures, bool(lab.reports) or noted

    def healthy() -> Any:
        in_fresh_store(os.path.abspath("healthy"))
        _train(lab)
        return [picture(run) for run in lab.runs()]

    expected = lab.observed(healthy)
    if needs and not any(run[needs] for run in expected):
        raise Unfit(f"a run of this training has no {needs}")
    outcome, pictures, reported = lab.observed(with_defect, reports=True)
    found = difference(_train(lab), outcome)
    require(not found, f"the training comes out differently: {found}")
    if kept:
        had, has = ([{p: run[p] for p in kept if p in run} for run in runs] for runs in (expected, pictures))
        found = unlike(had, has)
        require(not found, f"the run lost what it had: {found}")
    require(reported or not told, "nothing was said of the defect")


def _break_observers(lab: Lab, change: Callable[[Observer], Observer]) -> None:
    integration = lab.subject.load()
    lab.subject.deactivate()
    for point in integration.points:
        point.observer = functools.wraps(point.observer)(change(point.observer))
    engine.register(lab.framework, integration)
    lab.subject.activate()


@check()
def fault_before(lab: Lab) -> None:
    """An observer that fails before the call is reported, and the training goes on unobserved."""

    def change(observer: Observer) -> Observer:
        def broken(call: Call) -> Generator[None, Any, None]:
            _raise(RuntimeError(_PLANTED))()
            yield

        return broken

    _expect_unharmed(lab, lambda: _break_observers(lab, change), kept=())


@check()
def fault_after(lab: Lab) -> None:
    """An observer that fails after the call leaves the run its parameters, and the user the result."""

    def change(observer: Observer) -> Observer:
        def broken(call: Call) -> Generator[None, Any, None]:
            steps = observer(call)
            try:
                next(steps)
            except StopIteration:
                return  # it declines
            yield
            steps.throw(RuntimeError(_PLANTED))

        return broken

    kept = ("name", "point", "params") if lab.runs_per_call else ()
    _expect_unharmed(lab, lambda: _break_observers(lab, change), kept=kept)


def _raise(error: Exception) -> Callable[..., Any]:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise error

    return broken


def _break_writers(error: Exception) -> None:
    from fitscribe.store import RunWriter

    for name in ("event", "point", "points", "artifact", "close"):
        setattr(RunWriter, name, _raise(error))


def _break_during(lab: Lab, error: Exception) -> None:
    def plant() -> Callable[[], None]:
        return lambda: _break_writers(error)

    # What was recorded before the call stays; what comes after has nowhere to go.
    kept = ("name", "point", "params") if lab.runs_per_call else ()
    _expect_unharmed(lab, plant, kept=kept, told=lab.runs_per_call > 0)


@check(inside=True)
def fault_recorder(lab: Lab) -> None:
    """A recorder that breaks during the call costs no more than what comes after."""
    _break_during(lab, RuntimeError(_PLANTED))


@check(inside=True)
def fault_disk_full(lab: Lab) -> None:
    """A disk that fills up during the call costs no more than what comes after."""
    _break_during(lab, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


@check(inside=True)
def fault_store_deleted(lab: Lab) -> None:
    """A store that is deleted during the call does no harm."""

    def plant() -> Callable[[], None]:
        return lambda: shutil.rmtree(os.environ["FITSCRIBE_STORE"], ignore_errors=True)

    _expect_unharmed(lab, plant, kept=(), told=False)


@check()
def fault_store_unwritable(lab: Lab) -> None:
    """A store that cannot be made does no harm, and is told of."""

    def plant() -> None:
        os.environ["FITSCRIBE_STORE"] = os.path.join(os.devnull, "store")

    _expect_unharmed(lab, plant, kept=(), told=lab.runs_per_call > 0)


def _break_functions(module_name: str) -> None:
    module = importlib.import_module(module_name)
    for name in module.__all__:
        function = getattr(module, name)
        if isinstance(function, FunctionType):
            rebind(function, _raise(RuntimeError(_PLANTED)))


@check()
def fault_models(lab: Lab) -> None:
    """A model that cannot be saved for a defect of ours costs the model only."""
    kept = ("name", "point", "params", "metrics", "facts", "datasets")
    _expect_unharmed(lab, lambda: _break_functions("fitscribe.models"), kept=kept, needs="models")


@check()
def fault_evaluation(lab: Lab) -> None:
    """An evaluation that fails for a defect of ours costs the evaluation only."""
    _expect_unharmed(
        lab,
        lambda: _break_functions("fitscribe.evaluation"),
        kept=("name", "point", "params", "models"),
        told=False,
    )


@check()
def fault_capture(lab: Lab) -> None:
    """A description of values, data or program that fails for a defect of ours costs the description only."""
    _expect_unharmed(
        lab,
        lambda: _break_functions("fitscribe.capture"),
        kept=("name", "point", "metrics", "models") if lab.runs_per_call else (),
        told=lab.runs_per_call > 0,
    )
