"""The table of checks, filled by the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fitscribe.testing.lab import Lab


class Check(NamedTuple):
    """One thing that is proved of each training.

    Attributes:
        name: in test ids and in `Training.limits`.
        proves: one sentence.
        function: raises `Broken` where it does not hold.
        inside: whether code must run inside of the observed call.
        beneath: whether another tool's wrapper must be there before fitscribe's.
        shared: whether its parts may follow those of other checks on the training in one process: they do no
            more there than to call, and neither switch, plant nor replace anything that stays. What may go
            wrong in the first call of a process alone, where caches are filled, is not for them to tell.
    """

    name: str
    proves: str
    function: Callable[[Lab], None]
    inside: bool
    beneath: bool
    shared: bool


CHECKS: dict[str, Check] = {}


def check(
    *, inside: bool = False, beneath: bool = False, shared: bool = False
) -> Callable[[Callable[[Lab], None]], Callable[[Lab], None]]:
    """Declare a function to be a check, named as it is and described by its docstring's first line."""

    def declare(function: Callable[[Lab], None]) -> Callable[[Lab], None]:
        name = function.__name__.rstrip("_")
        proves = (function.__doc__ or "").strip().partition("\n")[0]
        CHECKS[name] = Check(name, proves, function, inside, beneath, shared)
        return function

    return declare
