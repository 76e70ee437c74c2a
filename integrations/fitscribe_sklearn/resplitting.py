"""The folds of a loop that is over, found by splitting once more: a seeded splitter gives the same again.

``for train, test in StratifiedShuffleSplit(n_splits=1, random_state=42).split(X, y)`` is how many split once
and for all. By the time of the fit nothing is left of the generator but what was given to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from copy import copy
from numbers import Integral, Number
from typing import Any

from fitscribe import lineage
from fitscribe.engine import suppress
from fitscribe.engine.silencing import no_warnings
from fitscribe.lineage import Node
from fitscribe.lineage.columns import chosen_rows
from fitscribe.lineage.objects import reference_to
from fitscribe.lineage.rows import Selection
from fitscribe_sklearn.rows import is_taken, row_count

# Rows of all folds together that are split once more: some tens of milliseconds.
_MOST_ROWS = 500_000

Positions = tuple[Any, Any]


class Anew:
    """What splits the same data once more, without keeping anything alive that was given.

    Args:
        splitter: whose ``split`` was called.
        data: what is split.
        others: refer to the labels and the groups, as far as they were given, by their parameters.
    """

    def __init__(self, splitter: Any, data: Any, others: Mapping[str, Callable[[], Any]]) -> None:
        # A copy, as it may be gone as soon as it has split: `KFold(5).split(X)`.
        self._splitter = copy(splitter) if _gives_the_same(splitter) else None
        self._data = reference_to(data)
        self._others = others
        self._folds: list[Positions] | None = None

    def folds(self) -> list[Positions]:
        """The positions of the rows of each fold, to train on and held out; none where nobody knows."""
        if self._folds is None:
            self._folds = [] if self._splitter is None else self._split(self._splitter)
        return self._folds

    def _split(self, splitter: Any) -> list[Positions]:
        data = self._data()
        others = {name: find() for name, find in self._others.items()}
        rows = None if data is None else row_count(data)
        if rows is None or any(row_count(each) != rows for each in others.values()):
            return []  # gone, or of a type that may run code of the script's
        with suppress(), no_warnings():
            try:
                times = splitter.get_n_splits(data, others.get("y"), others.get("groups"))
                return list(splitter.split(data, **others)) if times * rows <= _MOST_ROWS else []
            except ValueError:
                return []  # it was changed since, so that it cannot be split any more


def taken_at(node: Node | None, whole: Any, *, of_others: bool = False) -> range | Selection | None:
    """The positions that data is known to have been taken at; None where they are unknown, or of other data.

    Args:
        node: what is known of the data.
        whole: what it may have been taken from.
        of_others: whether other data of as many rows will do: what a loop splits may be `np.zeros(len(y))`.
    """
    rows = None if node is None else node.rows.known
    if rows is None or rows.parent is None or not isinstance(rows.part, (range, Selection)):
        return None
    if of_others and rows.parent.known.count == row_count(whole):
        return rows.part
    of = lineage.node_at(whole)
    return rows.part if of is not None and rows.parent.known is of.rows.known else None


def are_positions(known: range | Selection, positions: Any) -> bool:
    """Whether known positions are these, as far as some of them tell.

    Args:
        known: as :func:`taken_at` gives them.
        positions: an array.
    """
    if len(known) != len(positions):
        return False
    chosen = chosen_rows(len(positions))
    some = known.some if isinstance(known, Selection) else tuple(known[place] for place in chosen)
    return some == tuple(positions[chosen].tolist())


def reference_within(data: Any, obj: Any) -> Callable[[], Any]:
    """A weak reference; a column of a frame that was read for the call is found in the frame again.

    Args:
        data: what may be that frame.
        obj: what is referred to.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None or not (isinstance(data, pandas.DataFrame) and isinstance(obj, pandas.Series)):
        return reference_to(obj)
    name, frame = obj.name, reference_to(data)

    def find() -> Any:
        whole = frame()
        names = [] if whole is None else list(whole.columns)
        # By place, as pandas before 3 keeps what is read by name within the frame.
        return whole.iloc[:, names.index(name)] if names.count(name) == 1 else None

    column = find()
    is_it = column is not None and is_taken(obj, column, sys.modules["numpy"].arange(len(obj)))
    return find if is_it else reference_to(obj)


def _gives_the_same(splitter: Any) -> bool:
    """Whether it is one of scikit-learn's that holds no data, and gives the same folds each time."""
    settings = vars(splitter)
    is_own = type(splitter).__module__.startswith("sklearn.model_selection.")
    if not is_own or not all(each is None or isinstance(each, (Number, type)) for each in settings.values()):
        return False
    draws = "random_state" in settings and settings.get("shuffle", True)
    return not draws or isinstance(settings["random_state"], Integral)
