"""What is known of one piece of data: what it was made of, whose rows it has, and what it is of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.lineage.rows import Rows

if TYPE_CHECKING:
    from fitscribe.lineage.selections import Marks

_numbers = itertools.count(1)
# A longer chain is told from its beginning, without the steps in between.
DEPTH = 64


class Variable:
    """What data says of its rows, whichever rows they are: ``y_train`` and ``y_test`` are one variable.

    Args:
        of: the variable that it was made of; None for one that came from elsewhere.
        key: how: columns that were taken, or the name of a transformation.
    """

    __slots__ = ("key", "of")

    def __init__(self, of: Variable | None = None, key: tuple[Any, ...] = ()) -> None:
        self.of = of
        self.key = key

    def is_same(self, other: Variable) -> bool:
        """Whether both say the same of their rows."""
        if self is other:
            return True
        if self.of is None or other.of is None or self.key != other.key:
            return False
        return self.of.is_same(other.of)


class Node:
    """One piece of data, known weakly: nothing here keeps it alive.

    Attributes:
        by: what made it, such as ``StandardScaler.transform`` or ``rows 0:80 of``; empty where nobody knows.
        of: what it was made of.
        container: its type.
        shape: its shape; None where it has none.
        facts: plain facts, such as ``random_state`` of a split or ``path`` and ``size`` of a file.
        rows: whose rows it has.
        variable: what it is of them.
        columns: names of its columns, of frames and series.
        target: the labels that it was seen together with.
        print: of its values, where it was needed; empty where there is none.
        marks: hashes of some cells, of frames that were read.
        depth: how many steps it is away from its beginning.
    """

    __slots__ = (
        "__weakref__",
        "_find",
        "by",
        "columns",
        "container",
        "depth",
        "facts",
        "marks",
        "number",
        "of",
        "print",
        "rows",
        "shape",
        "target",
        "variable",
    )

    def __init__(
        self,
        by: str,
        of: tuple[Node, ...],
        container: str,
        shape: tuple[int, ...] | None,
        *,
        find: Callable[[], Any],
        rows: Rows,
        variable: Variable,
        columns: tuple[Any, ...] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.number = next(_numbers)
        depth = 1 + max((node.depth for node in of), default=0)
        if depth > DEPTH:
            of, depth = tuple(dict.fromkeys(node.beginning for node in of)), 2
        self.depth: int = depth
        self.by = by
        self.of = of
        self.container = container
        self.shape = shape
        self.facts = dict(facts or {})
        self.rows = rows
        self.variable = variable
        self.columns = columns
        self.target: Node | None = None
        self.print: str | None = None
        self.marks: Marks | None = None
        self._find = find

    @property
    def beginning(self) -> Node:
        """The first data of its line."""
        node = self
        while node.of:
            node = node.of[0]
        return node

    def find(self) -> Any:
        """The data itself, if it is still alive; else None."""
        return self._find()

    def __repr__(self) -> str:
        return f"<data {self.number}: {self.container} {self.shape} by {self.by or 'unknown'}>"


class Split:
    """One split of data into rows to train on and rows that are held out.

    Attributes:
        by: the function or splitter.
        facts: such as ``test_size``, ``random_state``, ``stratified``, ``fold``.
        train: the rows to train on.
        test: the rows held out.
    """

    __slots__ = ("by", "facts", "test", "train")

    def __init__(self, by: str, whole: Rows, facts: Mapping[str, Any]) -> None:
        self.by = by
        self.facts = dict(facts)
        # How many they are is known with the first part that has them.
        self.train = Rows(None, whole, (self, "train"))
        self.test = Rows(None, whole, (self, "test"))
