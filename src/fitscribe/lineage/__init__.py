"""What data descends from what: files, splits, transformations; known by weak references, never by copies.

An object is found again by identity, by the memory it lies in (slices and columns of NumPy arrays, the
values of pandas frames), by the rows it shares with another pandas object, and by equal values (copies).
Nothing is kept alive, changed, or called that is the user's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fitscribe.lineage import rows
from fitscribe.lineage.labels import Labels, find_labels
from fitscribe.lineage.nodes import Node, Split, Variable
from fitscribe.lineage.objects import shape_of
from fitscribe.lineage.prints import value_print
from fitscribe.lineage.record import describe
from fitscribe.lineage.registry import registry
from fitscribe.lineage.selections import selection
from fitscribe.lineage.sources import note_source

__all__ = [
    "Labels",
    "Node",
    "Split",
    "derive",
    "describe",
    "is_among_held_out",
    "know_values",
    "labels_of",
    "look_for_labels",
    "node_at",
    "node_of",
    "pair",
    "part",
    "relation",
    "seen",
    "source",
    "split",
    "splits_of",
    "taken",
]

Data = Any


def derive(obj: Data, by: str, of: Sequence[Data], **facts: Any) -> Node:
    """Take note that an object was made out of others.

    Args:
        obj: the object; it may be one of those it was made of, changed in place.
        by: what made it, such as ``StandardScaler.transform``.
        of: what it was made of. It is taken to have a row for each row of the first one that has as many.
        facts: plain facts to keep with it.
    """
    with registry.lock:
        parents = tuple(registry.seen(each) for each in of)
        shape = shape_of(obj)
        alike = [node for node in parents if shape and node.shape and node.shape[0] == shape[0]]
        # What is learned from the training data and applied to other data gives the same variable.
        key = (by.replace("fit_transform", "transform"),)
        return registry.add(
            obj,
            by,
            parents,
            rows=alike[0].rows if alike else None,
            variable=Variable(parents[0].variable, key) if parents else None,
            facts=facts,
        )


def source(obj: Data, by: str, path: Any = None, **facts: Any) -> Node | None:
    """Take note that an object was read from a file, or is a dataset that comes with a library.

    Args:
        obj: the object, or a dict or list of several, such as the sheets of a workbook.
        by: the function that gave it, such as ``pandas.read_csv``.
        path: the file: its path, address or an open file, as it was given.
        facts: plain facts to keep with it.

    Returns:
        What is known of it; None where it is not one piece of data.
    """
    return note_source(registry, obj, by, path, facts)


def split(by: str, inputs: Sequence[Data], outputs: Sequence[tuple[Data, Data]], **facts: Any) -> Split:
    """Take note that data was split into rows to train on and rows that are held out.

    Args:
        by: the function or splitter, such as ``train_test_split``.
        inputs: what was split, each by the same rows; Nones among them are passed over.
        outputs: of each input the part to train on, and the part held out.
        facts: such as ``test_size``, ``random_state``, ``shuffle``, ``stratified``, ``fold``.
    """
    with registry.lock:
        given = [pair for pair in zip(inputs, outputs, strict=True) if pair[0] is not None]
        wholes = [registry.seen(whole).rows for whole, _ in given]
        for each in wholes[1:]:
            rows.unite(wholes[0], each)
        made = Split(by, wholes[0].known, facts)
        for whole, sides in given:
            for side, each in zip(("train", "test"), sides, strict=True):
                if each is not None:
                    part(made, side, each, whole)
        return made


def splits_of(node: Node) -> list[Split]:
    """The splits that the rows of data are a part to train on of, the last one first.

    Args:
        node: what is known of the data.
    """
    found = []
    line: rows.Rows | None = node.rows.known
    while line is not None:
        if isinstance(line.split, Split) and line is line.split.train:
            found.append(line.split)
        line = None if line.parent is None else line.parent.known
    return found


def part(of_split: Split, side: str, obj: Data, whole: Data) -> Node:
    """Take note of one side of a split that is known already, as folds are: before their rows are taken.

    Args:
        of_split: what :func:`split` gave, with None in place of this part.
        side: ``train`` or ``test``.
        obj: the part.
        whole: what it was taken from.
    """
    with registry.lock:
        of_whole = registry.seen(whole)
        taken: rows.Rows = getattr(of_split, side)
        if taken.count is None:
            taken.count = (shape_of(obj) or (None,))[0]
        return registry.add(
            obj,
            f"{of_split.by} ({side})",
            (of_whole,),
            rows=taken,
            variable=_variable_of(of_whole, taken),
            facts=of_split.facts,
        )


def taken(obj: Data, whole: Data, positions: Any, given: Any) -> Node:
    """Take note that an object has the rows of another one at some positions.

    Args:
        obj: the object.
        whole: what its rows were taken from.
        positions: an array of them.
        given: what they were taken by: that array, or a mask.
    """
    with registry.lock:
        return registry.taken(obj, whole, selection(positions, given, (shape_of(whole) or (0,))[0]))


def _variable_of(whole: Node, taken: rows.Rows) -> Variable:
    """What one side of a split is of its rows, which may be counted in those of other data."""
    if taken.parent is None or rows.relation(whole.rows, taken.parent) == rows.SAME:
        return whole.variable
    return Variable(whole.variable, ("in other rows", whole.rows))


def node_of(obj: Data) -> Node | None:
    """What is known of an object; None where nothing is.

    Args:
        obj: an array, frame, sparse matrix, list, or anything that was given to the other functions.
    """
    with registry.lock:
        return registry.look_up(obj)


def node_at(obj: Data) -> Node | None:
    """As :func:`node_of`, by identity and memory alone: that takes microseconds, and finds no copies.

    Args:
        obj: as there.
    """
    with registry.lock:
        return registry.look_up_place(obj)


def pair(data: Data, target: Data) -> tuple[Node, Node]:
    """Take note that labels belong to the rows of data, as in ``fit(X, y)`` and ``score(X, y)``.

    Args:
        data: the data.
        target: its labels.

    Returns:
        What is known of both.
    """
    with registry.lock:
        of_data, of_target = registry.seen(data), registry.seen(target)
        rows.unite(of_data.rows, of_target.rows)
        of_data.target = of_target
        return of_data, of_target


def seen(obj: Data) -> Node:
    """What is known of an object; where that is nothing, it is known from here on.

    Args:
        obj: an array, frame, sparse matrix, list.
    """
    with registry.lock:
        return registry.seen(obj)


def know_values(node: Node, obj: Data) -> None:
    """Have copies of data found by equal values when the data itself is gone.

    Args:
        node: what is known of the data.
        obj: the data.
    """
    with registry.lock:
        if node.print is None and node.shape is not None:
            node.print = value_print(obj, node.shape) or ""


def is_among_held_out(data: Data, trained_on: Node) -> bool:
    """Whether data has some of the rows of larger data that was held out from a training, told by values.

    A mask and positions leave no other trace in an array, nor in a frame with an index of its own.

    Args:
        data: an array or a pandas frame.
        trained_on: what the model was trained on.
    """
    with registry.lock:
        return registry.is_among_held_out(data, trained_on)


def labels_of(data: Data, like: Any = None) -> Any:
    """The labels that belong to the rows of data, if they are known and still alive; else None.

    Args:
        data: the data, or its node.
        like: the labels that were trained on, or their node: which of the things that are known of the rows
            are the labels. By default those that were seen together with this data, or with the data it was
            split from.
    """
    return look_for_labels(data, like).values


def look_for_labels(data: Data, like: Any = None, trained_on: Node | None = None) -> Labels:
    """As :func:`labels_of`, with the reason where there are none, in words for the user.

    Args:
        data: as there.
        like: as there.
        trained_on: what is known of the data that these labels belonged to. Where labels and data were of
            different rows, as today's values and tomorrow's are, none are found.
    """
    with registry.lock:
        of_data = data if isinstance(data, Node) else registry.look_up(data)
        of_labels = like if like is None or isinstance(like, Node) else registry.look_up(like)
        return find_labels(registry.known, of_data, of_labels, trained_on)


def relation(data: Data, trained_on: Data) -> str:
    """How the rows of data relate to those that a model was trained on.

    Args:
        data: the data, or its node.
        trained_on: what the model was fitted on, or its node.

    Returns:
        ``same`` (the same rows, transformed or copied too), ``held out`` (the other side of one split, or
        other rows of one array), ``overlaps``, or ``unknown``.
    """
    with registry.lock:
        nodes = [each if isinstance(each, Node) else registry.look_up(each) for each in (data, trained_on)]
        one, other = nodes
        if one is None or other is None:
            return rows.UNKNOWN
        return rows.relation(one.rows, other.rows)
