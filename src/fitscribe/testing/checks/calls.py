"""The call is the user's: same arguments, same result, same random numbers, and nothing left behind."""

from __future__ import annotations

import contextlib
import gc
import inspect
import os
import sys
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from fitscribe.testing.cases import Case
from fitscribe.testing.checks.registry import check
from fitscribe.testing.forks import Unfit, require
from fitscribe.testing.lab import Lab, expect_equal, in_fresh_store
from fitscribe.testing.looks import Look, arguments_of, parts
from fitscribe.testing.pictures import picture, unlike
from fitscribe.testing.snapshots import difference


@check()
def result(lab: Lab) -> None:
    """What the call returns is bit-identical to what an unpatched process gets."""
    _same_look(lab, lambda found: found["outcome"], "results")


@check()
def random(lab: Lab) -> None:
    """The random generators stand where they would stand."""
    _same_look(lab, lambda found: found["random"], "random states")


@check()
def arguments(lab: Lab) -> None:
    """Arguments, and the lists and dicts of the caller, hold the same objects afterwards."""
    _same_look(lab, lambda found: found["arguments"], "arguments after the call")


@check()
def bytes_(lab: Lab) -> None:
    """The user's objects pickle to the same bytes after the call: nothing was attached to them."""
    _same_look(lab, lambda found: found["pickles"], "pickles of the user's objects")


@check()
def process(lab: Lab) -> None:
    """Loggers, warning filters, signal handlers, environment, streams and the like are left as they were."""
    _same_look(lab, lambda found: found["settings"], "global settings")


@check()
def modules(lab: Lab) -> None:
    """No module of the framework is imported that the user's code does not import."""
    _same_look(lab, lambda found: found["modules"], "imported modules of the framework")


@check()
def stdout(lab: Lab) -> None:
    """Nothing is written to standard output."""
    _same_look(lab, lambda found: found["written"], "what is written to standard output")


def _same_look(lab: Lab, choose: Callable[[Look], Any], what: str) -> None:
    expect_equal(lambda: choose(lab.bare_look()), lambda: choose(lab.observed_look()), what)


@check(beneath=True, shared=True)
def called_once(lab: Lab) -> None:
    """The function is called as often as ever, with the caller's own objects except what is injected."""
    injected = {
        name.partition(":")[0]
        for point in lab.subject.load().points
        if lab.subject.point_id(point.id) == lab.point
        for name in point.injects
    }
    seen: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def calls() -> int:
        lab.on_call = lambda args, kwargs: seen.append((args, kwargs))
        case = lab.case()
        form = inspect.signature(case.call)
        case.run()
        args, kwargs = seen[0]
        offset = 0 if getattr(case.call, "__self__", None) is None else 1
        got = form.bind(*args[offset:], **kwargs).arguments
        gave = form.bind(*case.args, **case.kwargs).arguments
        for name in {*got, *gave} - injected:
            require(name in gave, f"the function was given {name!r}, which the caller did not pass")
            require(name in got, f"the function was not given {name!r}")
            mine, its = [[id(part) for part in parts(value, 1)][1:] for value in (gave[name], got[name])]
            same = (
                its == mine if form.parameters[name].kind.name.startswith("VAR_") else got[name] is gave[name]
            )
            require(same, f"the function was given another object as {name!r}")
        return len(seen)

    lab.expect_same(calls, "numbers of calls")


def _as_keywords(case: Case) -> None:
    bound = inspect.signature(case.call).bind(*case.args, **case.kwargs)
    kinds = inspect.signature(case.call).parameters
    case.args, case.kwargs = (), {}
    for name, value in bound.arguments.items():
        if kinds[name].kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL):
            raise Unfit(f"{name!r} has no keyword form")
        case.kwargs.update(value if kinds[name].kind is inspect.Parameter.VAR_KEYWORD else {name: value})


def _as_positions(case: Case) -> None:
    # With BoundArguments, what can be passed by position is.
    bound = inspect.signature(case.call).bind(*case.args, **case.kwargs)
    case.args, case.kwargs = bound.args, bound.kwargs


@check(shared=True)
def forms(lab: Lab) -> None:
    """Positional and keyword forms of the call train alike and make the same run."""

    def trained(name: str, reform: Callable[[Case], None]) -> Any:
        in_fresh_store(os.path.abspath(name))
        case = lab.case()
        reform(case)
        return lab.train(case), [picture(run) for run in lab.runs()]

    as_written = lab.observed_look()
    for name, reform in (("keyword", _as_keywords), ("positional", _as_positions)):
        outcome, runs = lab.observed(partial(trained, name, reform))
        found = difference(as_written["outcome"], outcome) or unlike(as_written["runs"], runs)
        require(not found, f"the {name} form makes another result or run: {found}")


@check(inside=True)
def released(lab: Lab) -> None:
    """Arguments, instance and result are not kept alive, after a good call nor after one that raised."""

    def inside() -> None:
        raise ZeroDivisionError

    def left() -> Any:
        found = {}
        for name, code in (("returned", None), ("raised", inside)):
            case = lab.case(code) if code else lab.case(lambda: None)
            things = [part for argument in arguments_of(case) for part in parts(argument)]
            # Containers take no weak references; numbers and strings are shared with everybody.
            containers = [thing for thing in things if isinstance(thing, (list, dict, set))]
            things.append(getattr(case.call, "__self__", None))
            before = [sys.getrefcount(thing) for thing in containers]
            with contextlib.suppress(ZeroDivisionError):
                things.append(case.run())
            gc.collect()
            counts = [sys.getrefcount(thing) for thing in containers]
            references = _weak(things)
            del case, things, containers
            gc.collect()
            found[name] = {
                "references added": [after - count for after, count in zip(counts, before, strict=True)],
                "alive": [reference() is not None for reference in references],
            }
        return found

    lab.expect_same(left, "references")


def _weak(things: list[Any]) -> list[Any]:
    found = []
    for thing in things:
        try:
            found.append(weakref.ref(thing))
        except TypeError:
            continue
    return found
