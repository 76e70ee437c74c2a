"""Where a call's function lives, and what another tool would put around it there."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from fitscribe.engine.aliases import rebind
from fitscribe.testing.forks import Unfit

Before = Callable[[tuple[Any, ...], dict[str, Any]], object]


class Home(NamedTuple):
    """The class or module whose namespace holds a function, and its name there."""

    holder: Any
    name: str

    @property
    def raw(self) -> Any:
        """What the namespace holds: no descriptor is asked."""
        return vars(self.holder)[self.name]

    def put(self, value: Any) -> None:
        """Put something else there, and wherever a module has what was there by another name."""
        if isinstance(self.holder, ModuleType):
            rebind([(self.raw, value)])
        setattr(self.holder, self.name, value)


def home_of(call: Callable[..., Any]) -> Home:
    """Find where the function of a case lives.

    Raises:
        Unfit: it is neither a method of a class nor a function of a module.
    """
    owner = getattr(call, "__self__", None)
    name: str = getattr(call, "__name__", "")
    if owner is None or isinstance(owner, ModuleType):
        module = sys.modules.get(getattr(call, "__module__", ""))
        if module is not None and name in vars(module):
            return Home(module, name)
    else:
        cls = owner if isinstance(owner, type) else type(owner)
        for each in cls.__mro__:
            if name in vars(each):
                return Home(each, name)
    raise Unfit(f"{call!r} is neither a method of a class nor a function of a module")


def with_before(raw: Any, before: Before) -> Any:
    """Return the function with another tool's wrapper around it, as most tools write one.

    Arguments:
        raw: what a namespace holds.
        before: called with the arguments of each call, ahead of it; what it raises comes out.

    Raises:
        Unfit: it is a descriptor of the framework's own.
    """
    if isinstance(raw, (classmethod, staticmethod)):
        return type(raw)(with_before(raw.__func__, before))
    # Also what fitscribe put there: it is callable like what it stands for.
    if not isinstance(raw, FunctionType):
        raise Unfit(f"a tool that knows functions only cannot wrap {type(raw).__name__} objects")

    @functools.wraps(raw)
    def other_tool(*args: Any, **kwargs: Any) -> Any:
        before(args, kwargs)
        return raw(*args, **kwargs)

    return other_tool
