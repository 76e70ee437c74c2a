"""The call is the user's: same arguments, same result, same random numbers, and nothing left behind."""

from __future__ import annotations

import contextlib
import gc
import inspect
import os
import pickle
import sys
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from fitscribe.testing.cases import Case
from fitscribe.testing.checks.registry import check
from fitscribe.testing.forks import Unfit, require
from fitscribe.testing.lab import Lab, in_fresh_store, picture, unlike
from fitscribe.testing.snapshots import difference, fingerprint, process_state, random_state, seed


@check()
def result(lab: Lab) -> None:
    """What the call returns is bit-identical to what an unpatched process gets."""
    lab.expect_same(lab.outcome, "results")


@check()
def random(lab: Lab) -> None:
    """The random generators stand where they would stand."""

    def states() -> Any:
        lab.outcome()
        return random_state()

    lab.expect_same(states, "random states")


def _parts(value: Any, depth: int = 3) -> Iterator[Any]:
    yield value
    if depth and isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _parts(item, depth - 1)
    elif depth and isinstance(value, dict):
        for item in value.values():
            yield from _parts(item, depth - 1)


def _arguments(case: Case) -> list[Any]:
    return [*case.args, *case.kwargs.values()]


@check()
def arguments(lab: Lab) -> None:
    """Arguments, and the lists and dicts of the caller, hold the same objects afterwards."""

    def after() -> Any:
        case = lab.case()
        before = [[id(part) for part in _parts(argument)] for argument in _arguments(case)]
        names = list(case.kwargs)
        lab.train(case)
        held = [
            [id(part) for part in _parts(argument)] == ids
            for argument, ids in zip(_arguments(case), before, strict=True)
        ]
        return {
            "holds the same objects": held,
            "names": list(case.kwargs) == names,
            "values": [fingerprint(argument) for argument in _arguments(case)],
        }

    lab.expect_same(after, "arguments after the call")


@check()
def called_once(lab: Lab) -> None:
    """The function is called as often as ever, with the caller's own objects except what is injected."""
    injected = {
        name.partition(":")[0]
        for point in lab.subject.load().points
        if lab.subject.point_id({"point": point.id}) == lab.point
        for name in point.injects
    }
    seen: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    lab.put_beneath(lambda args, kwargs: seen.append((args, kwargs)))

    def calls() -> int:
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
            mine, its = [[id(part) for part in _parts(value, 1)][1:] for value in (gave[name], got[name])]
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


@check()
def forms(lab: Lab) -> None:
    """Positional and keyword forms of the call train alike and make the same run."""

    def trained(reform: Callable[[Case], None]) -> Any:
        case = lab.case()
        reform(case)
        return lab.train(case), [picture(run) for run in lab.runs()]

    as_written = lab.observed(lambda: trained(lambda case: None))
    for name, reform in (("keyword", _as_keywords), ("positional", _as_positions)):
        in_fresh_store(os.path.abspath(name))
        outcome, runs = lab.observed(partial(trained, reform))
        found = difference(as_written[0], outcome) or unlike(as_written[1], runs)
        require(not found, f"the {name} form makes another result or run: {found}")


@check()
def bytes_(lab: Lab) -> None:
    """The user's objects pickle to the same bytes after the call: nothing was attached to them."""

    def pickled() -> Any:
        case = lab.case()
        seed()
        returned = case.run()
        owner = getattr(case.call, "__self__", None)
        things = {"instance": owner, "arguments": _arguments(case), "result": returned}
        return {name: _pickled(thing) for name, thing in things.items()} | {
            "attributes": sorted(vars(owner)) if hasattr(owner, "__dict__") else [],
        }

    lab.expect_same(pickled, "pickles of the user's objects")


def _pickled(thing: Any) -> Any:
    try:
        return pickle.dumps(thing)
    except Exception as error:
        return type(error).__name__, sorted(getattr(thing, "__dict__", {}))


@check(inside=True)
def released(lab: Lab) -> None:
    """Arguments, instance and result are not kept alive, after a good call nor after one that raised."""

    def inside() -> None:
        raise ZeroDivisionError

    def left() -> Any:
        found = {}
        for name, code in (("returned", None), ("raised", inside)):
            case = lab.case(code) if code else lab.case(lambda: None)
            things = [part for argument in _arguments(case) for part in _parts(argument)]
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


@check()
def process(lab: Lab) -> None:
    """Loggers, warning filters, signal handlers, environment, streams and the like are left as they were."""

    def states() -> Any:
        lab.case().run()
        return process_state()

    lab.expect_same(states, "global settings")


@check()
def modules(lab: Lab) -> None:
    """No module of the framework is imported that the user's code does not import."""

    def loaded() -> list[str]:
        lab.case().run()
        return sorted(name for name in sys.modules if name.partition(".")[0] == lab.framework)

    lab.expect_same(loaded, "imported modules of the framework")


@check()
def stdout(lab: Lab) -> None:
    """Nothing is written to standard output."""

    def written() -> bytes:
        receiver, sender = os.pipe()
        kept = os.dup(1)
        os.dup2(sender, 1)
        try:
            lab.case().run()
            sys.stdout.flush()
        finally:
            os.dup2(kept, 1)
            os.close(sender)
        return os.read(receiver, 1 << 16)

    lab.expect_same(written, "what is written to standard output")
