"""The folds that a splitter's ``split`` gives, known while the script works on them.

``split`` is a generator: it is neither iterated nor wrapped here. While it waits between two folds its frame
holds the positions of the fold that it gave last, and rows that were taken at these are recognized. Once it
is over its folds are those that it gives again, where it is seeded.
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
from fitscribe.lineage.objects import nowhere, reference_to
from fitscribe.lineage.rows import Selection
from fitscribe_sklearn.resplitting import Anew, are_positions, reference_within, taken_at
from fitscribe_sklearn.rows import is_taken, row_count, take
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
        given: the arguments of the call: what is split, and the labels.
        generator: what the call gave.
    """

    def __init__(
        self, splitter: Any, given: Mapping[str, Any], generator: GeneratorType[Any, Any, Any]
    ) -> None:
        data = _split_by(given)
        self.by = f"{type(splitter).__name__}.split"
        self._facts = plain_facts(vars(splitter))
        self._splitter = weakref.ref(splitter)
        others = {name: given[name] for name in ("y", "groups") if given.get(name) is not None}
        references = {name: reference_within(data, each) for name, each in others.items()}
        self._data, self._target = reference_to(data), references.get("y", nowhere)
        self._generator = weakref.ref(generator)
        self._last_start: int | None = None
        self._last_test: Callable[[], Any] = nowhere
        self._folds = 0
        # Whether the labels that were split are those that models are fitted to.
        self._is_target = False
        self._split: Split | None = None
        self._anew = Anew(splitter, data, references)
        self._again: list[Fold] | None = None

    @property
    def is_gone(self) -> bool:
        """Whether there is nothing left that a fold of it could be of."""
        return self._data() is None

    @property
    def is_over(self) -> bool:
        """Whether it gives no more folds."""
        generator = self._generator()
        return generator is None or generator.gi_frame is None

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
            self._split = self._split_of(positions.train, positions.test, self._folds)
            self._folds += 1
        return Fold(positions.train, positions.test, self._split)

    def _split_of(self, train: Any, test: Any, number: int) -> Split:
        facts = self._facts | {"fold": number, "train_rows": len(train), "test_rows": len(test)}
        return lineage.split(self.by, [self._data()], [(None, None)], **facts)

    def _all(self) -> list[Fold]:
        """The fold that was given last; all of them where the loop is over and they can be told."""
        if not self.is_over:
            at_work = self.fold()
            return [] if at_work is None else [at_work]
        if self._again is None:
            folds = enumerate(self._anew.folds())
            self._again = [Fold(train, test, self._split_of(train, test, n)) for n, (train, test) in folds]
        return self._again

    def _is_last(self, positions: _Positions) -> bool:
        if positions.start is not None:
            return positions.start == self._last_start
        return self._last_test() is positions.test

    def recognize(self, data: Any, target: Any, *, by_values: bool) -> bool:
        """Take note of data, and of its labels, if they are the rows of the fold at work, or of one that was.

        Args:
            data: what an estimator was given.
            target: its labels; None where it was given none.
            by_values: whether to compare values where it is not known which positions it was taken at.
        """
        whole = self._data()
        if whole is None or row_count(data) == row_count(whole):
            return False
        node = lineage.node_of(data)
        if self._again is None and self.is_over and node is not None and node.rows.known.split is not None:
            return False  # of another split, for which nothing need be split once more
        return any(
            self._recognize(fold, side, data, node, target, by_values=by_values)
            for fold in self._all()
            for side in ("train", "test")
        )

    def _recognize(
        self, fold: Fold, side: str, data: Any, node: lineage.Node | None, target: Any, *, by_values: bool
    ) -> bool:
        whole, positions = self._data(), getattr(fold, side)
        if node is None or node.rows.known is not getattr(fold.split, side):
            # While it is at work values come first: they tell the labels of what is held out as well.
            known = self._taken_at(node, target) if self.is_over or not by_values else None
            if known is not None and are_positions(known, positions):
                # So are the labels that were taken at the same ones: the rows stay what they are.
                node = node or lineage.seen(data)
                node.by, node.facts = f"{self.by} ({side})", dict(fold.split.facts)
                return True
            if not by_values or known is not None or not is_taken(data, whole, positions):
                return False
            lineage.part(fold.split, side, data, whole)
        if target is not None:
            self._is_target = self._recognize_target(fold, side, target)
        return True

    def _taken_at(self, node: lineage.Node | None, target: Any) -> range | Selection | None:
        """The positions that data was taken at; an array of some columns has those of its labels."""
        whole = self._data()
        if self.is_over:
            return taken_at(node, whole)
        if target is not None and (node is None or node.rows.known.parent is None):
            node = lineage.node_of(target)
        return taken_at(node, whole, of_others=True)

    def _recognize_target(self, fold: Fold, side: str, target: Any) -> bool:
        whole, labels, positions = self._data(), self._target(), getattr(fold, side)
        if target is None or labels is None or not is_taken(target, labels, positions, _LABELS):
            return False
        lineage.pair(whole, labels)
        lineage.part(fold.split, side, target, labels)
        return True

    def labels(self, data: lineage.Node) -> Any:
        """The labels of the rows held out in a fold, if data has these rows; else None.

        Args:
            data: what is known of the data.
        """
        labels = self._target()
        if labels is None or not self._is_target:
            return None
        found = (fold for fold in self._all() if data.rows.known is fold.split.test)
        return next((take(labels, fold.test) for fold in found), None)

    def is_untold(self, data: lineage.Node) -> bool:
        """Whether data is some of the rows that were split, of a fold that cannot be told any more.

        Args:
            data: what is known of the data.
        """
        return self.is_over and taken_at(data, self._data()) is not None and not self._all()


def record_splitting(call: Call, generator: Any) -> None:
    """Take note of a call of a splitter's ``split``.

    Args:
        call: the observed call.
        generator: what it gave; that of a splitter of the script's may be something else.
    """
    if type(generator) is not GeneratorType:
        return
    whole = _split_by(call.arguments)
    if whole is not None:
        lineage.seen(whole)  # for its rows to be told by their labels, should the fit come after the loop
    _splittings.append(Splitting(call.instance, call.arguments, generator))
    _splittings[:] = [each for each in _splittings if not each.is_gone][-_MOST:]


def _split_by(given: Mapping[str, Any]) -> Any:
    """What the rows of a split are known by: what is split, or its labels where that stands for its length.

    Args:
        given: the arguments of ``split``: ``range(len(y))`` is as good as the data there.
    """
    data = given.get("X")
    return given.get("y") if type(data) is range else data


def recognize(data: Any, target: Any = None) -> None:
    """Take note of data that has the rows of a fold which the script is working on.

    Args:
        data: what an estimator was given.
        target: its labels.
    """
    for splitting in reversed(_splittings):
        if not splitting.is_over and splitting.recognize(data, target, by_values=True):
            return


def recognize_again(data: Any, target: Any = None) -> None:
    """As :func:`recognize`, when the calling code has told what it can: also folds of a loop that is over.

    Args:
        data: what an estimator was given.
        target: its labels.
    """
    for splitting in reversed(_splittings):
        if splitting.recognize(data, target, by_values=splitting.is_over):
            return


def labels_of(data: lineage.Node) -> Any:
    """The labels of the rows that a fold at work holds out, taken from those that were split; else None.

    Args:
        data: what is known of data that was recognized.
    """
    found = (splitting.labels(data) for splitting in reversed(_splittings))
    return next((labels for labels in found if labels is not None), None)


def untold(data: lineage.Node) -> str:
    """By what data was split, in words for the user, where nobody can tell which fold it is; else empty.

    Args:
        data: what is known of data that no fold was recognized in.
    """
    by = (splitting.by for splitting in reversed(_splittings) if splitting.is_untold(data))
    return next(by, "")


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
