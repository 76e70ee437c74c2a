"""What the author of an integration gives to the conformance suite: one tiny training per patch point."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
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
    """

    call: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    result: Callable[[Any], Any] | None = None

    def run(self) -> Any:
        """Make the call once and return what it returned."""
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
        runs: how many top-level runs one call makes; 0 for a call that is watched and worth no run.
        limits: name of a check -> why this point cannot pass it. It is still made; its failure is expected.
    """

    point: str
    make: Callable[..., Case] | str
    name: str = ""
    runs: int = 1
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
        return {"point": self.point, "make": make, "name": self.label, "runs": self.runs}


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
