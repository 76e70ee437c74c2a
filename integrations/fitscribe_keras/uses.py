"""What the data is called that a trained model is used on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.tracking import predictions
from fitscribe.tracking.trained import Trained, Use
from fitscribe_keras.data import nodes_of

if TYPE_CHECKING:
    from fitscribe.lineage import Node

_VALID = frozenset({"val", "valid", "validation", "dev"})
_TRAIN = frozenset({"train", "training"})


def use_of(call: Call, found: Trained, x: Any, y: Any) -> tuple[str, Use | None, Node | None]:
    """Return the role of data, what the run has of it, and what is known of its origin.

    Args:
        call: of ``evaluate`` or ``predict``, which goes on.
        found: the training of the model.
        x: the inputs, in any form.
        y: the targets; None where they are with the inputs, or not known.

    Returns:
        ``train``, ``valid``, ``test`` and so on, by the rows of it and else by what the script calls it; None
        beside it where there are too many data sets of that role; and the node of the first input.
    """
    node = nodes_of(x, y)[0]
    wanted = _spoken_of(call.written("x"))
    role = predictions.role_of(node, found, wanted)
    return (role, found.use(role, node), node) if role else (wanted, None, node)


def _spoken_of(written: str | None) -> str:
    words = set(re.split(r"[^a-z]+", (written or "").lower().replace("x_", " ")))
    if words & _VALID:
        return "valid"
    return "train" if words & _TRAIN else "test"
