"""The patch points of splits: how data was divided before the fit."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, observes

_SPLIT = "sklearn.model_selection._split"


@observes(
    f"{_SPLIT}:train_test_split",
    id="train_test_split",
    from_outside=True,
)
def train_test_split(call: Call) -> Generator[None, Any, None]:
    """Take note of which rows are held out."""
    parts = yield
    from fitscribe_sklearn.splits import record_split

    record_split(call, parts)


def _splitter_split(call: Call) -> Generator[None, Any, None]:
    """Take note of the generator of folds that a splitter gives."""
    generator = yield
    from fitscribe_sklearn.splitters import record_splitting

    record_splitting(call, generator)


# Three families that have no base in common.
splitter_split = observes(
    f"{_SPLIT}:BaseCrossValidator", id="splitter_split", methods=("split",), from_outside=True
)(_splitter_split)
shuffle_split = observes(
    f"{_SPLIT}:BaseShuffleSplit", id="shuffle_split", methods=("split",), from_outside=True
)(_splitter_split)
repeated_split = observes(
    f"{_SPLIT}:_RepeatedSplits", id="repeated_split", methods=("split",), from_outside=True
)(_splitter_split)
