"""What is given for the true labels and is none: predictions, another's labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.lineage.objects import shape_of
from fitscribe.tracking import computed, parts, predictions

if TYPE_CHECKING:
    from fitscribe.tracking.predictions import Prediction

# Of fewer rows equal values say little.
_FEWEST = 20


def is_predicted(labels: Any, written: Any, of: Prediction, *, by_name: bool) -> bool:
    """Whether labels are themselves predictions, of whichever model: their metric is then of none alone.

    Args:
        labels: what predictions are compared with.
        written: what the labels were written to be a part of; None where nobody knows.
        of: the predictions.
        by_name: whether the metric's own name for them says that they are the true labels; else two values
            of one model may be what it takes.
    """
    found = predictions.find_object(labels) or parts.find_written(written)
    if found is not None:
        is_curve = found.rows is None
        return not is_curve and (by_name or found.trained is not of.trained)
    if (shape_of(labels) or (0,))[0] < _FEWEST:
        return False
    own, scores = predictions.recognize(labels)
    equal = own or scores
    # What models predict without a mistake are labels all the same.
    return (
        equal is not None and equal.trained is not of.trained and not computed.are_about_rows(labels, of.data)
    )
