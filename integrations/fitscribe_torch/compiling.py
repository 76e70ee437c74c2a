"""What `torch.compile` is to make of fitscribe: nothing.

Where a compiled function leaves its graph, as at ``backward()``, Dynamo looks at every frame that is entered
from there, and would compile those of fitscribe, too. It passes over code in the folders that it is told of.

An optimizer of the script's own may be compiled with all that its ``step`` does, the hooks after it included:
a hook that Dynamo may not look into would break the graph, and end a training with ``fullgraph=True``. So it
is told to leave the hook out of graphs. Such steps are not seen then, which is said. The ``step`` of torch's
own optimizers breaks its graph by itself, and calls its hooks from outside of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from fitscribe.engine import guarded, notice, when_imported
from fitscribe.tracking.exiting import at_exit
from fitscribe_torch import members
from fitscribe_torch.losses import pending

_PACKAGES = ("fitscribe", "fitscribe_torch")
# The module with the rules was called skipfiles before torch 2.2.
_RULES = ("torch._dynamo.trace_rules", "torch._dynamo.skipfiles")


_WHY_UNSEEN = (
    "a step of an optimizer class of one's own that is compiled as a whole calls no hook of "
    "torch's; what is not compiled is seen"
)
_hooks: list[Callable[..., None]] = []
"""The one that is registered with torch, if any."""


def leave_alone() -> None:
    """Have Dynamo pass over fitscribe, as soon as it is imported."""
    for name in _RULES:
        when_imported(name, _tell)


def _tell(rules: ModuleType) -> None:
    with guarded("torch.compile"):
        for package in _PACKAGES:
            rules.add(package)


def pass_over(hook: Callable[..., None]) -> None:
    """Have Dynamo leave a hook out of graphs, in place of the one before.

    Args:
        hook: as it is given to torch.
    """
    before, _hooks[:] = _hooks[:], [hook]
    when_imported("torch._dynamo.config", _ignore)
    config = sys.modules.get("torch._dynamo.config")
    for each in before if config is not None else ():
        _ignored(config).discard(each)


def _ignore(config: ModuleType) -> None:
    _ignored(config).update(_hooks)


def _ignored(config: Any) -> set[Any]:
    # Not in every version: there the hook breaks the graph.
    found: set[Any] = getattr(config, "ignore_logging_functions", set())
    return found


def unseen_steps() -> tuple[str, str] | None:
    """What was not seen of steps that are compiled as a whole, and why; said once of an optimizer."""
    names = sorted(set(members.without_a_seen_step.values()))
    counters = getattr(sys.modules.get("torch._dynamo.utils"), "counters", None)
    if not names or not counters or not counters.get("stats"):
        return None  # nothing was compiled
    members.without_a_seen_step.clear()
    return f"steps of {', '.join(names)}", _WHY_UNSEEN


@at_exit
def _say_what_was_unseen() -> None:
    """Say so where there is no run to say it on: nothing else has made a step."""
    with guarded("torch.compile"):
        if members.latest is None and pending.values and (unseen := unseen_steps()) is not None:
            notice(f"{unseen[0]} were not seen: {unseen[1]}")
