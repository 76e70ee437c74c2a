"""The packages that Keras comes in: Keras 3, and Keras 2 as `keras` or `tf_keras`."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any


@cache
def is_keras_2(root: str) -> bool:
    """Whether a package is Keras 2, whose modules lie elsewhere than those of Keras 3.

    Args:
        root: ``keras`` or ``tf_keras``, which is Keras 2 under a name of its own.
    """
    if root == "tf_keras":
        return True
    try:
        return version("keras").startswith("2.")
    except PackageNotFoundError:
        return False


def model_module(root: str) -> str:
    """Return the name of the module that defines ``Model``.

    Args:
        root: as for :func:`is_keras_2`.
    """
    return f"{root}.src.engine.training" if is_keras_2(root) else f"{root}.src.models.model"


def callbacks_module(root: str) -> Any:
    """Return the module that has ``Callback`` and ``CallbackList``: Keras has imported it.

    Args:
        root: as for :func:`is_keras_2`.
    """
    return sys.modules[f"{root}.src.callbacks"]


def root_of(model: Any) -> str:
    """Return the root module of the Keras that a model, or a class derived from one of Keras', is of.

    Args:
        model: an object of a class of Keras' or derived from one.

    Returns:
        ``keras`` or ``tf_keras``; empty for what is neither's.
    """
    roots = (cls.__module__.partition(".")[0] for cls in type(model).__mro__)
    return next((root for root in roots if root in ("keras", "tf_keras")), "")
