"""Which calls are those of the steps of an estimator that is being fitted: asked at every fit there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.engine.ownership import current

if TYPE_CHECKING:
    from fitscribe_sklearn.structure import Structure

# By the id of the outermost call, while it goes on. A call that joblib's threads make has that owner, too.
watched: dict[int, Structure] = {}


def is_step(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a call is one of a step of what is being fitted."""
    if not watched:
        return False
    around = current.get()
    if around is None:
        return False
    structure = watched.get(id(around.owner or around))
    return structure is not None and structure.takes(around, instance)


def structure_of(call: Call) -> Structure | None:
    """Return the structure that the call of a step belongs to."""
    return watched.get(id(call.owner))
