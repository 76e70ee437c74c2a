"""Which run a model was loaded from: known for as long as the model lives, without keeping it alive."""

from __future__ import annotations

import weakref
from typing import Any

# By the id of the model. Found by identity: to hash or compare a model may run code of the user's.
_runs: dict[int, tuple[weakref.ref[Any], str]] = {}


def remember(model: object, run_id: str) -> None:
    """Remember the run that a model was loaded from; nothing of one that takes no weak reference.

    Args:
        model: the model.
        run_id: of the run.
    """
    for key, (reference, _) in list(_runs.items()):
        if reference() is None:
            _runs.pop(key, None)
    try:
        _runs[id(model)] = weakref.ref(model), run_id
    except TypeError:
        return


def run_of(model: object) -> str | None:
    """Return the id of the run that a model was loaded from in this process; None where there is none.

    Args:
        model: any object.
    """
    known = _runs.get(id(model))
    return known[1] if known is not None and known[0]() is model else None
