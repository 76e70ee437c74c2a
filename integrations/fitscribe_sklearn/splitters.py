"""The folds that a splitter's ``split`` gives, known while the script works on them.

``split`` is a generator: it is neither iterated nor wrapped here. While it waits between two folds its frame
holds the positions of the fold that it gave last, and rows that were taken at these are recognized.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Mapping
from types import GeneratorType
from typing import Any, NamedTuple

from fitscribe import lineage
from fitscribe.engine import Call
from fitscribe.lineage import Split
from fitscribe_sklearn.rows import is_taken, take
from fitscribe_sklearn.splits import plain_facts

# Splitters at work that are looked through, the latest first.
_MOST = 16
# Labels that are compared, evenly spaced.
_LABELS = 4_096
# What the positions are called in scikit-learn's generators.
_NAMES = (("train", "test"), ("train_index", "test_index"))

_splittings: list[Splitting] = []


class Fold(NamedTuple):
    """One fold: the positions of its rows, and what lineage knows it as."""

    train: Any
    test: Any
    split: Split


class Splitting:
    """One call of a splitter's ``split``.

    Args:
        splitter: whose ``split`` was called.
        data: what is split.
        target: the labels that it was given.
        generator: what the call gave.
    """

    def __init__(
        self, splitter: Any, data: Any, target: Any, generator: GeneratorType[Any, Any, Any]
    ) -> None:
        self._by = f"{type(splitter).__name__}.split"
        self._facts = plain_facts(vars(splitter))
        self._splitter = weakref.ref(splitter)
        self._data, self._target = _reference(data), _reference(target)
        self._generator = weakref.ref(generator)
        self._last_start: int | None = None
        self._last_test: Callable[[], Any] = _nothing
        self._folds = 0
        # Whether the labels that were split are those that models are fitted to.
        self._is_target = False
        self._split: Split | None = None

    @property
    def is_over(self) -> bool:
        """Whether no fold of it can be told any more."""
        generator = self._generator()
        return generator is None or generator.gi_frame is None or self._data() is None

    def fold(self) -> Fold | None:
        """The fold that was given last; None before the first, and where it cannot be told."""
        generator, data = self._generator(), self._data()
        if generator is None or data is None or generator.gi_running or generator.gi_frame is None:
            return None
        positions = _positions(generator.gi_frame.f_locals, self._splitter())
        if positions is None:
            return None
        if self._split is None or not self._is_last(positions):
            self._last_start, self._last_test = positions.start, weakref.ref(positions.test)
            facts = self._facts | {
                "fold": self._folds,
                "train_rows": len(positions.train),
                "test_rows": len(positions.test),
            }
            self._folds += 1
            self._split = lineage.split(self._by, [data], [(None, None)], **facts)
        return Fold(positions.train, positions.test, self._split)

    def _is_last(self, positions: _Positions) -> bool:
        if positions.start is not None:
            return positions.start == self._last_start
        return self._last_test() is positions.test

    def recognize(self, data: Any, target: Any) -> bool:
        """Take note of data, and of its labels, if they are the rows of the fold at work.

        Args:
            data: what an estimator was given.
            target: its labels; None where it was given none.
        """
        fold, whole = self.fold(), self._data()
        if fold is None:
            return False
        node = lineage.node_of(data)
        for side in ("train", "test"):
            positions = getattr(fold, side)
            if node is None or node.rows.known is not getattr(fold.split, side):
                if not is_taken(data, whole, positions):
                    continue
                lineage.part(fold.split, side, data, whole)
            if target is not None:
                labels = self._target()
                self._is_target = labels is not None and is_taken(target, labels, positions, _LABELS)
                if self._is_target:
                    lineage.pair(whole, labels)
                    lineage.part(fold.split, side, target, labels)
            return True
        return False

    def labels(self, data: lineage.Node) -> Any:
        """The labels of the rows held out in the fold at work, if data has these rows; else None.

        Args:
            data: what is known of the data.
        """
        fold, labels = self.fold(), self._target()
        if fold is None or labels is None or not self._is_target or data.rows.known is not fold.split.test:
            return None
        return take(labels, fold.test)


def record_splitting(call: Call, generator: Any) -> None:
    """Take note of a call of a splitter's ``split``.

    Args:
        call: the observed call.
        generator: what it gave; that of a splitter of the script's may be something else.
    """
    if type(generator) is not GeneratorType:
        return
    given = call.arguments
    _splittings.append(Splitting(call.instance, given.get("X"), given.get("y"), generator))
    _splittings[:] = [each for each in _splittings if not each.is_over][-_MOST:]


def recognize(data: Any, target: Any = None) -> None:
    """Take note of data that has the rows of a fold which the script is working on.

    Args:
        data: what an estimator was given.
        target: its labels.
    """
    for splitting in reversed(_splittings):
        if splitting.recognize(data, target):
            return


def labels_of(data: lineage.Node) -> Any:
    """The labels of the rows that a fold at work holds out, taken from those that were split; else None.

    Args:
        data: what is known of data that was recognized.
    """
    found = (splitting.labels(data) for splitting in reversed(_splittings))
    return next((labels for labels in found if labels is not None), None)


def _nothing() -> None:
    """What a reference to what takes none gives."""


def _reference(obj: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(obj)
    except TypeError:
        return _nothing


class _Positions(NamedTuple):
    """Positions that a generator has given; those of a time series are ranges, made anew each time."""

    train: Any
    test: Any
    start: int | None = None


def _positions(given: Mapping[str, Any], splitter: Any) -> _Positions | None:
    found: _Positions | None = None
    for train, test in _NAMES:
        if train in given and test in given:
            found = _Positions(given[train], given[test])
    if found is None and {"indices", "train_end", "test_start", "test_size"} <= given.keys():
        indices, end, start = given["indices"], given["train_end"], given["test_start"]
        most = getattr(splitter, "max_train_size", None)
        first = end - most if most and most < end else 0
        found = _Positions(indices[first:end], indices[start : start + given["test_size"]], start)
    return found if found is not None and _are_positions(found.train, found.test) else None


def _are_positions(*arrays: Any) -> bool:
    ndarray = sys.modules["numpy"].ndarray
    return all(
        isinstance(each, ndarray) and each.ndim == 1 and each.dtype.kind == "i" and each.size
        for each in arrays
    )
