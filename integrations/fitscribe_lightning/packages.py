"""The two packages that Lightning comes in: `pytorch_lightning`, and `lightning`, which holds more."""

from __future__ import annotations

import sys
from typing import Any


def pytorch_of(root: str) -> str:
    """Return the name of the package of the trainer.

    Args:
        root: ``lightning`` or ``pytorch_lightning``.
    """
    return f"{root}.pytorch" if root == "lightning" else root


def module_of(root: str, name: str) -> Any:
    """Return a module of the package of the trainer, which has been imported.

    Args:
        root: as for :func:`pytorch_of`.
        name: of the module, such as ``callbacks``.
    """
    return sys.modules[f"{pytorch_of(root)}.{name}"]
