"""A defect of fitscribe, planted before, during and after the call, never reaches the user."""

from __future__ import annotations

import errno
import functools
import importlib
import os
import shutil
import sys
from collections.abc import Callable, Generator
from types import FunctionType
from typing import Any

from fitscribe.engine import Call
from fitscribe.engine.activation import points
from fitscribe.engine.aliases import rebind
from fitscribe.testing.checks.registry import check
from fitscribe.testing.forks import Unfit, require
from fitscribe.testing.lab import Lab
from fitscribe.testing.pictures import picture, unlike
from fitscribe.testing.snapshots import difference

Observer = Callable[[Call], Generator[None, Any, None]]

_PLANTED = "planted by the conformance suite"


def _expect_unharmed(
    lab: Lab,
    plant: Callable[[], Callable[[], None] | None],
    *,
    kept: tuple[str, ...],
    told: bool = True,
    unless_whole: bool = False,
    needs: str = "",
) -> None:
    """Train with a defect planted, and require the bare result and what the run had.

    Arguments:
        lab: the training.
        plant: called where fitscribe is active already; what it returns is called inside of the call.
        kept: parts of the run's `picture` that must be as in a healthy run.
        told: whether the defect must have been reported or noted on the run.
        unless_whole: need not be told where the run is as a healthy one: the defect was met by nothing.
        needs: the part of a healthy run without which there is nothing to break.
    """

    def with_defect() -> Any:
        trained = lab.train(lab.case(plant()))
        pictures = [picture(run) for run in lab.runs()]
        noted = any(run.problems or run.unseen or run.lost for run in lab.runs())
        return trained, pictures, bool(lab.subject.reports) or noted

    expected = lab.observed_look()["runs"]
    if needs and not any(run.get(needs) for run in expected):
        raise Unfit(f"a run of this training has no {needs}")
    outcome, pictures, reported = lab.observed(with_defect, reports=True)
    found = difference(lab.bare_look()["outcome"], outcome)
    require(not found, f"the training comes out differently: {found}")
    if kept:
        had, has = ([{p: run[p] for p in kept if p in run} for run in runs] for runs in (expected, pictures))
        found = unlike(had, has)
        require(not found, f"the run lost what it had: {found}")
    if unless_whole and not unlike(expected, pictures):
        return
    require(reported or not told, "nothing was said of the defect")


def _break_observers(
    lab: Lab,
    change: Callable[[Observer], Observer],
    then: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> None:
    """Plant a defect in what the integration wrote for a point.

    Arguments:
        lab: the training.
        change: gives an observer with the defect.
        then: gives a watcher or a hook with the defect.
    """
    broken = [each.definition for each in points(lab.framework) if each.id == lab.point]
    # An observer is asked for at each call, so that nothing need be switched: that takes longer than the
    # training. A watcher or a hook was handed on when its point was put in place.
    handed_on = any(point.observer is None for point in broken)
    if handed_on:
        lab.subject.deactivate()
    for point in broken:
        if point.observer is not None:
            point.observer = functools.wraps(point.observer)(change(point.observer))
        elif point.watcher is not None:
            point.watcher = then(point.watcher)
        elif point.hook is not None:
            point.hook = then(point.hook)
    if handed_on:
        lab.subject.activate()


@check()
def fault_before(lab: Lab) -> None:
    """An observer that fails before the call is reported, and the training goes on unobserved."""

    def change(observer: Observer) -> Observer:
        def broken(call: Call) -> Generator[None, Any, None]:
            _raise(RuntimeError(_PLANTED))()
            yield

        return broken

    def broken_at_once(_: Callable[..., Any]) -> Callable[..., Any]:
        return _raise(RuntimeError(_PLANTED))

    _expect_unharmed(lab, lambda: _break_observers(lab, change, broken_at_once), kept=())


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

    def broken_then(function: Callable[..., Any]) -> Callable[..., Any]:
        def broken(*args: Any, **kwargs: Any) -> None:
            function(*args, **kwargs)
            raise RuntimeError(_PLANTED)

        return broken

    kept = ("name", "point", "params") if lab.runs_per_call else ()
    _expect_unharmed(lab, lambda: _break_observers(lab, change, broken_then), kept=kept)


def _raise(error: Exception) -> Callable[..., Any]:
    def broken(*args: Any, **kwargs: Any) -> Any:
        # A new one each time: its traceback keeps the frames that led here, and all that is in them.
        raise type(error)(*error.args)

    return broken


def _break_writers(error: Exception) -> None:
    from fitscribe.store import RunWriter

    for name in ("event", "point", "points", "timed", "artifact", "close"):
        setattr(RunWriter, name, _raise(error))


def _break_during(lab: Lab, error: Exception) -> None:
    def plant() -> Callable[[], None]:
        return lambda: _break_writers(error)

    # What was recorded before the call stays; what comes after has nowhere to go.
    kept = ("name", "point", "params") if lab.runs_per_call else ()
    _expect_unharmed(lab, plant, kept=kept, told=lab.runs_per_call > 0, unless_whole=True)


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


def _break_functions(lab: Lab, module_name: str) -> None:
    module = importlib.import_module(module_name)
    functions = [getattr(module, name) for name in module.__all__]
    broken = [(each, _raise(RuntimeError(_PLANTED))) for each in functions if isinstance(each, FunctionType)]
    roots = {name.partition(".")[0] for name in sys.modules}
    # Nobody else's modules have them, and a pass over all there are takes longer than the training.
    for package in {root for root in roots if root.startswith("fitscribe")} | {lab.subject.root()}:
        rebind(broken, package=package)


@check()
def fault_models(lab: Lab) -> None:
    """A model that cannot be saved for a defect of ours costs the model only."""
    kept = ("name", "point", "params", "metrics", "facts", "datasets")
    _expect_unharmed(lab, lambda: _break_functions(lab, "fitscribe.models"), kept=kept, needs="models")


@check()
def fault_evaluation(lab: Lab) -> None:
    """An evaluation that fails for a defect of ours costs the evaluation only."""
    _expect_unharmed(
        lab,
        lambda: _break_functions(lab, "fitscribe.evaluation"),
        kept=("name", "point", "params", "models"),
        told=False,
    )


@check()
def fault_capture(lab: Lab) -> None:
    """A description of values, data or program that fails for a defect of ours costs the description only."""
    _expect_unharmed(
        lab,
        lambda: _break_functions(lab, "fitscribe.capture"),
        kept=("name", "point", "metrics", "models") if lab.runs_per_call else (),
        told=lab.runs_per_call > 0,
    )
