"""What `torch.compile` is to make of fitscribe: nothing.

Where a compiled function leaves its graph, as at ``backward()``, Dynamo looks at every frame that is entered
from there, and would compile those of fitscribe, too. It passes over code in the folders that it is told of.
"""

from __future__ import annotations

from types import ModuleType

from fitscribe.engine import guarded, when_imported

_PACKAGES = ("fitscribe", "fitscribe_torch")
# The module with the rules was called skipfiles before torch 2.2.
_RULES = ("torch._dynamo.trace_rules", "torch._dynamo.skipfiles")


def leave_alone() -> None:
    """Have Dynamo pass over fitscribe, as soon as it is imported."""
    for name in _RULES:
        when_imported(name, _tell)


def _tell(rules: ModuleType) -> None:
    with guarded("torch.compile"):
        for package in _PACKAGES:
            rules.add(package)
