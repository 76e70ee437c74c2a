"""What the data is called that a model is used on: by its rows, and by what the user calls it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from fitscribe.lineage import is_among_held_out, relation
from fitscribe.lineage.rows import HELD_OUT, OVERLAPS, SAME, UNKNOWN, Selection
from fitscribe.lineage.rows import relation as relation_of_rows

if TYPE_CHECKING:
    from fitscribe.lineage import Node
    from fitscribe.tracking.trained import Trained

TRAIN, VALID, TEST = "train", "valid", "test"
# Of metrics that the user calls on what is no data set of its own, or one too many.
PART, OTHER = "part", "other"
_WORDS = {
    TRAIN: frozenset({"train", "training", "tr"}),
    VALID: frozenset({"val", "valid", "validation", "dev", "va"}),
    TEST: frozenset({"test", "testing", "holdout", "te"}),
}
# Different data sets of one training that are told apart by number where the user's names do not.
_MOST = 8


class Name:
    """What the user calls some data.

    Args:
        written: the source text of the argument; None where it is not to be had.
    """

    def __init__(self, written: str | None) -> None:
        self.written = written or ""
        self.is_slice = False
        self._is_subscript = False
        self.indices: list[tuple[str, bool]] = []
        """The variables in brackets, the outermost first, and whether these are of `iloc` or `loc`."""
        self._positions = ""
        try:
            node = ast.parse(self.written, mode="eval").body if written else None
        except (SyntaxError, ValueError):
            node = None
        self._is_variable = isinstance(node, (ast.Name, ast.Attribute))
        self.variable = "" if node is None else self._variable(node)
        self.own = re.sub(r"^[Xx]_(?=\w)", "", self.variable)
        """The name without ``X_`` in front; empty where the role is that of the positions."""

    def take_positions(self, index: str) -> None:
        """Let the name of positions count: of `X[val_idx]` it says more than that of the whole.

        Args:
            index: a variable of ``indices``.
        """
        if _role_in(index):
            self._positions, self.own = index, ""

    def _variable(self, node: ast.expr) -> str:
        """The variable in an expression such as ``scaler.transform(X_test[:100])``."""
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            inner = self._variable(node.value)
            return inner if inner and inner not in ("self", "cls") else node.attr
        if isinstance(node, ast.Subscript):
            self._is_subscript = True
            places = (
                node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            )
            is_located = isinstance(node.value, ast.Attribute) and node.value.attr in ("iloc", "loc")
            self.indices += [(places.id, is_located)] if isinstance(places, ast.Name) else []
            self.is_slice |= isinstance(node.slice, ast.Slice) or any(
                isinstance(each, ast.Slice) for each in getattr(node.slice, "elts", ())[:1]
            )
            return self._variable(node.value)
        if isinstance(node, ast.Call):
            found = next(filter(None, map(self._variable, node.args)), "")
            if not found and isinstance(node.func, ast.Attribute):
                return self._variable(node.func.value)
            return found
        return ""

    @property
    def is_of_a_part(self) -> bool:
        """Whether it names the whole that some rows are taken of: ``X_test[k]``, ``X_test.head()``."""
        return self._is_subscript or (self.is_plain and not self._is_variable)

    @property
    def is_plain(self) -> bool:
        """Whether it says what the data is, and no more: ``X_test``, unlike ``X_test_old``."""
        return any(self.own.lower() in words for words in _WORDS.values())

    @property
    def role(self) -> str:
        """The role that the name speaks of: ``train``, ``valid``, ``test``, or none."""
        role, of_whole = _role_in(self._positions), _role_in(self.variable)
        # What a fold of the training data holds out is there to choose by: `X_train[test_index]`.
        return VALID if (role, of_whole) == (TEST, TRAIN) else role or of_whole


def _role_in(name: str) -> str:
    words = {re.sub(r"^x(?=.)", "", word) for word in re.split(r"[_\d]+", name.lower())}
    return next((role for role, known in _WORDS.items() if words & known), "")


def relation_to_training(data: Node, trained: Trained) -> str:
    """How the rows of data relate to those that a model was trained on."""
    found = UNKNOWN if trained.data is None else relation(data, trained.data)
    return HELD_OUT if found == UNKNOWN and _is_fold(data) else found


def _is_fold(data: Node) -> bool:
    """Whether it is what a splitter holds out in one of its folds."""
    return "fold" in data.facts and data.by.endswith("(test)")


def role_before(data: Node, trained: Trained) -> str:
    """The role that the same rows had when the model was used on them before; else empty."""
    same = (
        role
        for role, use in trained.uses.items()
        if use.data is not None and relation(data, use.data) == SAME
    )
    return next(same, "")


def is_part(data: Any, known: Node, trained: Trained) -> bool:
    """Whether data has some of the rows of one set that was held out, and was not split off from it.

    Args:
        data: what the model is used on.
        known: what is known of it.
        trained: the training of the model.
    """
    if trained.data is None:
        return False
    rows = known.rows.known
    if relation_to_training(known, trained) == UNKNOWN:
        return is_among_held_out(data, trained.data)
    if not isinstance(rows.part, (range, Selection)) or rows.parent is None or _is_fold(known):
        return False
    return relation_of_rows(rows.parent, trained.data.rows) == HELD_OUT


def is_batch(data: Node, trained: Trained, name: Name) -> bool:
    """Whether it is a slice of other data that is no data set of its own: ``X_test[i : i + 100]``."""
    rows = data.rows.known
    if not name.is_slice or not isinstance(rows.part, range) or rows.parent is None or trained.data is None:
        return False
    # A slice of the whole, of which another slice was trained on, is how some split by hand.
    return relation_of_rows(rows.parent, trained.data.rows) != OVERLAPS


def role_of(data: Node, trained: Trained, name: Name, *, is_part: bool) -> str:
    """The role of data that a model has not been used on before; no two data sets of one training share one.

    Args:
        data: what is known of the data.
        trained: the training of the model.
        name: what the user calls the data.
        is_part: whether it is a part of data that was held out; see :func:`is_part`.

    Returns:
        ``train``, ``valid``, ``test``, or what the user calls it; empty if there are too many of one name.
    """
    found = relation_to_training(data, trained)
    if found == SAME:
        return TRAIN
    if is_part and not name.is_plain:
        wanted = name.own or PART
    elif found == HELD_OUT:
        # What is put aside of the training data is to choose by: the test data may be still to come.
        wanted = VALID if name.role in (VALID, TRAIN) else TEST
    elif found == OVERLAPS:
        wanted = name.own or "overlapping"
    elif name.role == TRAIN and name.is_of_a_part:
        wanted = PART  # trained on or held out: nobody knows
    else:
        wanted = name.role or name.own or TEST
    if wanted != PART and (wanted in trained.uses or wanted == TRAIN):
        wanted = name.own or wanted
    if wanted not in trained.uses:
        return wanted
    numbered = (f"{wanted}{number}" for number in range(2, _MOST + 1))
    return next((each for each in numbered if each not in trained.uses), "")
