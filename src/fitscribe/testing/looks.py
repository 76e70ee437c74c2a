"""One call of a training, and all that can be looked at afterwards."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypedDict

from fitscribe.testing.cases import Case
from fitscribe.testing.pickling import pickled
from fitscribe.testing.pictures import picture
from fitscribe.testing.snapshots import fingerprint, process_state, random_state, seed

if TYPE_CHECKING:
    from fitscribe.testing.lab import Lab


class Look(TypedDict):
    """What was found after one call, in plain values.

    Keys:
        outcome: what it returned.
        random: the states of the random generators.
        modules: the names of the framework's modules.
        settings: what is global to the process.
        written: to standard output, during the call.
        arguments: whether they hold the same objects, and their values.
        pickles: of instance, arguments and result.
        runs: the pictures of the runs.
    """

    outcome: Any
    random: dict[str, Any]
    modules: list[str]
    settings: dict[str, Any]
    written: bytes
    arguments: dict[str, Any]
    pickles: dict[str, Any]
    runs: list[dict[str, Any]]


def look(lab: Lab) -> Look:
    """Train once, as a script does that knows of no launch yet, and look at everything."""
    os.environ.pop("FITSCRIBE_LAUNCH", None)
    case = lab.case()
    seed()
    case.set_up()
    held = [_ids(argument) for argument in arguments_of(case)]
    names = list(case.kwargs)
    seed()
    returned, written = _listened(case.run)
    return {
        "random": random_state(),
        "modules": sorted(name for name in sys.modules.copy() if name.partition(".")[0] == lab.framework),
        "settings": process_state(),
        "written": written,
        "arguments": {
            "holds the same objects": [
                _ids(argument) == ids for argument, ids in zip(arguments_of(case), held, strict=True)
            ],
            "names": list(case.kwargs) == names,
            "values": [fingerprint(argument) for argument in arguments_of(case)],
        },
        "pickles": _pickles(case, returned),
        "outcome": fingerprint(case.compare(returned)),
        "runs": [picture(run) for run in lab.runs()],
    }


def parts(value: Any, depth: int = 3) -> Iterator[Any]:
    """Give a value, and what it holds where it is a list, tuple, set or dict, down to some depth."""
    yield value
    if depth and isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from parts(item, depth - 1)
    elif depth and isinstance(value, dict):
        for item in value.values():
            yield from parts(item, depth - 1)


def arguments_of(case: Case) -> list[Any]:
    """Return the arguments that a case is called with."""
    return [*case.args, *case.kwargs.values()]


def _ids(argument: Any) -> list[int]:
    return [id(part) for part in parts(argument)]


def _listened(call: Callable[[], Any]) -> tuple[Any, bytes]:
    """Return what a call returns, and what it writes to standard output."""
    receiver, sender = os.pipe()
    kept = os.dup(1)
    os.dup2(sender, 1)
    try:
        returned = call()
        sys.stdout.flush()
    finally:
        os.dup2(kept, 1)
        os.close(sender)
        os.close(kept)
    return returned, os.read(receiver, 1 << 16)


def _pickles(case: Case, returned: Any) -> dict[str, Any]:
    owner = getattr(case.call, "__self__", None)
    things = {"instance": owner, "arguments": arguments_of(case), "result": returned}
    return {name: _pickled(thing) for name, thing in things.items()} | {
        "attributes": sorted(vars(owner)) if hasattr(owner, "__dict__") else [],
    }


def _pickled(thing: Any) -> Any:
    try:
        return pickled(thing)
    except Exception as error:
        return type(error).__name__, sorted(getattr(thing, "__dict__", {}))
