"""What a model is called on its run."""

from __future__ import annotations

import re
from typing import Any

# What Keras calls a model that nobody has given a name.
_GENERIC = {"Sequential": "sequential", "Functional": "functional", "Model": "model"}


def name_of(model: Any) -> str:
    """Return the name of a model for people: the class of one of the user's own, else the name it was given.

    Args:
        model: a Keras model.
    """
    cls = type(model).__name__
    generic = _GENERIC.get(cls)
    given = getattr(model, "name", None)
    if generic is None or not isinstance(given, str) or not given:
        return cls
    # Keras 2 calls a functional model `model`.
    if re.fullmatch(rf"(?:{generic}|model)(_\d+)?", given):
        return cls
    return given
