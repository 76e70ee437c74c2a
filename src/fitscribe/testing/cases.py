"""What the author of an integration gives to the conformance suite: one tiny training per patch point."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Case", "Inside", "Training", "load_maker"]

Inside = Callable[[], object]


@dataclass
class Case:
    """One call that the patch point observes, ready to be made.

    Arguments:
        call: the bound method or function, looked up where a user would, each time the case is made.
        args, kwargs: what it is called with.
        result: turns what the call returned into comparable values (arrays, numbers, strings, and lists,
            tuples and dicts of these). Without it the bytes of the returned object's pickle are compared.
        setup: what must have happened before the call, each time that it is made: a point that observes only
            what it knows needs a training first. The objects of `args` and `kwargs` must be there already.
    """

    call: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    result: Callable[[Any], Any] | None = None
    setup: Callable[[], object] | None = None
    _is_set_up: bool = field(default=False, init=False)

    def set_up(self) -> Case:
        """Do what must have happened before the next call, unless it has; return the case."""
        if self.setup is not None and not self._is_set_up:
            self.setup()
            self._is_set_up = True
        return self

    def run(self) -> Any:
        """Make the call once and return what it returned."""
        self.set_up()
        self._is_set_up = False
        return self.call(*self.args, **self.kwargs)

    def compare(self, returned: Any) -> Any:
        """Return the comparable form of what the call returned."""
        return returned if self.result is None else self.result(returned)


@dataclass(frozen=True)
class Training:
    """One tiny training through one patch point.

    Arguments:
        point: id of the patch point, with or without the framework (``estimator_fit``).
        make: a module-level function, or its ``"module:function"``, that imports the framework, builds small
            data and returns a fresh `Case` at each call. It may take one parameter, ``inside``: a function
            that the user's own code must call while the observed call is running (from a callback, a step of
            a pipeline), and whose exception must come out of the call. ``inside`` is None for the plain case.
        name: shown in the test's id; by default the function's name.
        runs: how many top-level runs one call makes, its set-up included; 0 for a call that is watched and
            worth no run.
        run_of: id of the patch point whose run the call adds to, where the point itself makes none: that of
            the set-up, or of the training around it.
        is_loop: whether the call is a loop of the script's own, which no patch point is around. An exception
            that leaves it, and that somebody catches, is none that its run could know of.
        only: names of the checks that are made, where the same call is that of another training, which all of
            them are made of.
        limits: name of a check -> why this point cannot pass it. It is still made; its failure is expected.
    """

    point: str
    make: Callable[..., Case] | str
    name: str = ""
    runs: int = 1
    run_of: str = ""
    is_loop: bool = False
    only: Sequence[str] = ()
    limits: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The name in test ids and messages."""
        if self.name:
            return self.name
        return self.make.rpartition(":")[2] if isinstance(self.make, str) else self.make.__name__

    def to_request(self) -> dict[str, Any]:
        """Return the JSON form that travels to the process which trains."""
        make: dict[str, str]
        if isinstance(self.make, str):
            module, _, function = self.make.partition(":")
            make = {"module": module, "function": function, "file": ""}
        else:
            make = {
                "module": self.make.__module__,
                "function": self.make.__qualname__,
                "file": inspect.getsourcefile(self.make) or "",
            }
        return {
            "point": self.point,
            "make": make,
            "name": self.label,
            "runs": self.runs,
            "run_of": self.run_of or self.point,
            "is_loop": self.is_loop,
        }


def load_maker(reference: Mapping[str, str]) -> Callable[..., Case]:
    """Return the function that `Training.to_request` named.

    Raises:
        ImportError: the module cannot be imported, neither by its name nor from its file.
    """
    name = reference["module"]
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError:
        # pytest's importlib mode gives test modules names that no other process can import.
        spec = importlib.util.spec_from_file_location(name, reference["file"]) if reference["file"] else None
        if spec is None or spec.loader is None:
            raise
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    found: Any = module
    for part in reference["function"].split("."):
        found = getattr(found, part)
    maker: Callable[..., Case] = found
    return maker


def takes_inside(maker: Callable[..., Case]) -> bool:
    """Whether a maker can run code of the user's inside the observed call."""
    return bool(inspect.signature(maker).parameters)
