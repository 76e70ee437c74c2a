"""What the models of a training give: as its criteria are given it, after the first step."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from fitscribe_torch import passes
from fitscribe_torch.batches import field_of

if TYPE_CHECKING:
    from fitscribe_torch.training import Training

_MOST = 16


def note_given(prediction: Any) -> None:
    """Note what a criterion is given, once of each type and shape.

    Args:
        prediction: its first argument; only its type and shape are looked at.
    """
    given = passes.own.given
    field = field_of(prediction)
    if given is not None and field is not None and field not in given and len(given) < _MOST:
        given.append(field)


def take_given(training: Training) -> None:
    """Record what the criteria were given until this step of a training.

    Args:
        training: which has made a step.
    """
    given, passes.own.given = passes.own.given or [], None
    passes.wanting.discard(threading.get_ident())
    several = [{"name": f"[{number}]", **each} for number, each in enumerate(given)]
    training.log_signature({"outputs": given[0] if len(given) == 1 else several})
