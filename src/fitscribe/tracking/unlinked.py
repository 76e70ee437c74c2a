"""Values that were found to be of no model: they are not looked for again until something has changed.

Scripts call several metrics on the same arrays, and a baseline in a loop calls one again and again.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

from fitscribe.tracking import predictions
from fitscribe.tracking.predictions import Prediction
from fitscribe.tracking.weakly import WeakTable

# Longer arrays are looked for faster than they are compared.
_LONGEST_BYTES = 16_384


class _Looked(NamedTuple):
    """What was looked for in vain, and when.

    Attributes:
        arrays: all that the metric was given.
        contents: of these arrays, as they may be written to.
        last: the latest prediction by then.
        told: how often labels had come to be known by then.
    """

    arrays: list[weakref.ref[Any]]
    contents: list[tuple[tuple[int, ...], bytes]]
    last: Prediction | None
    told: int


_in_vain: WeakTable[_Looked] = WeakTable()


_told = 0


def forget() -> None:
    """Look for everything again: labels are known now that were not known before."""
    global _told
    _told += 1


def are_known(given: Sequence[Any]) -> bool:
    """Whether these were looked for, together, and nothing has changed since.

    Args:
        given: what a metric was given: first what it compares with labels, then these.
    """
    looked = _in_vain.get(given[0]) if given else None
    return (
        looked is not None
        and looked.last is _last()
        and looked.told == _told
        and len(looked.arrays) == len(given)
        and all(reference() is array for reference, array in zip(looked.arrays, given, strict=True))
        and looked.contents == _contents(given)
    )


def know(given: Sequence[Any]) -> None:
    """Remember that these are of no model; only of short arrays.

    Args:
        given: as for :func:`are_known`.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and all(
        type(each) is numpy.ndarray and each.nbytes <= _LONGEST_BYTES and not each.dtype.hasobject
        for each in given
    ):
        references = [weakref.ref(each) for each in given]
        _in_vain.set(given[0], _Looked(references, _contents(given), _last(), _told))


def _contents(arrays: Sequence[Any]) -> list[tuple[tuple[int, ...], bytes]]:
    return [(array.shape, array.tobytes()) for array in arrays]


def _last() -> Prediction | None:
    return next(iter(predictions.latest(1)), None)
