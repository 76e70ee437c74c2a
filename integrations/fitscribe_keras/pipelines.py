"""Reading a ``tf.data.Dataset`` without taking an element: what its elements are, how many, how batched."""

from __future__ import annotations

import re
import sys
from typing import Any, NamedTuple

# What a data set does to the elements of the one before it, by the name of its class. First those that give
# one for one, then those that leave the elements as they are, but not how many they are.
_ONE_FOR_ONE = {"Prefetch", "Map", "ParallelMap", "Cache", "Shuffle", "Options", "AssertCardinality", "Model"}
_OTHERS = {
    "Repeat",
    "ShuffleAndRepeat",
    "Take",
    "TakeWhile",
    "Skip",
    "Shard",
    "Filter",
    "Snapshot",
    "IgnoreErrors",
    "AutoShard",
}
_SHUFFLES = {"Shuffle", "ShuffleAndRepeat"}
# Of the first, those that leave elements and order alone.
_PASS_ON = {"Prefetch", "Cache", "Options", "AssertCardinality", "Model"}
_NAME = re.compile(r"_?(\w+?)Dataset(?:V\d)?")
_DEPTH = 64
_MOST_NUMBERS = 1 << 62


class Pipeline(NamedTuple):
    """What is known of a data set, None where nobody knows."""

    batch_size: int | None
    """The size of its batches; None also where its elements are single samples."""
    batches: int | None
    rows: int | None
    shuffle: bool
    is_endless: bool
    spec: Any
    """The structure of its elements, which are types and shapes; without the numbers of ``enumerate``."""
    is_batched: bool


class _Batching(NamedTuple):
    size: int | None = None
    rows: int | None = None
    is_shuffled: bool = False


def pipeline_of(dataset: Any) -> Pipeline:
    """Say what is known of a data set.

    Args:
        dataset: a ``tf.data.Dataset``; no element is taken of it.
    """
    dataset = _without_numbers(dataset)
    spec = dataset.element_spec
    shapes = [each.shape for each in flat(spec) if getattr(each, "shape", None) is not None]
    ranks = [shape.rank for shape in shapes]
    is_batched = 0 not in ranks
    batching = _batching(dataset, _DEPTH, counts=True)
    count = _cardinality(dataset)
    batches = None if count is None or count < 0 else count
    if not is_batched:
        return Pipeline(None, None, batches, batching.is_shuffled, count == -1, spec, False)
    size, rows = batching.size, batching.rows
    fixed = shapes[0][0] if ranks and ranks[0] else None
    if fixed is not None:
        # The last batch is as large as the others: what is left over is dropped.
        size, rows = fixed, None if batches is None else batches * fixed
    return Pipeline(size, batches, rows, batching.is_shuffled, count == -1, spec, True)


def flat(spec: Any) -> list[Any]:
    """The types of the tensors in the structure of an element.

    Args:
        spec: tuples and dicts of ``tf.TensorSpec`` and the like.
    """
    if isinstance(spec, dict):
        return [each for value in spec.values() for each in flat(value)]
    if isinstance(spec, (tuple, list)):
        return [each for value in spec for each in flat(value)]
    return [spec]


def _batching(dataset: Any, depth: int, *, counts: bool) -> _Batching:
    """The last batching of a pipeline, found by going back from its end.

    Args:
        dataset: where to begin.
        depth: how far to go back.
        counts: whether there is an element at the end for each one here.
    """
    is_shuffled = False
    while depth:
        depth -= 1
        values, name = vars(dataset), _kind(dataset)
        is_shuffled = is_shuffled or name in _SHUFFLES
        if name.endswith("Batch") and "_batch_size" in values:
            before = _inputs(dataset)[0]
            rows = _cardinality(before) if counts else None
            is_shuffled = is_shuffled or _batching(before, depth, counts=False).is_shuffled
            return _Batching(int(values["_batch_size"]), rows if rows and rows > 0 else None, is_shuffled)
        inputs = _inputs(dataset)
        if name == "Zip" and inputs:
            found = [_batching(each, depth, counts=counts) for each in flat(inputs)]
            return found[0] if all(each == found[0] for each in found) else _Batching()
        if name not in _ONE_FOR_ONE and name not in _OTHERS:
            break
        counts = counts and name in _ONE_FOR_ONE
        dataset = inputs[0]
    return _Batching(is_shuffled=is_shuffled)


def _without_numbers(dataset: Any) -> Any:
    """What ``enumerate`` has numbered the elements of; a data set of another kind is given back."""
    found, inputs = dataset, _inputs(dataset)
    while _kind(found) in _PASS_ON and inputs:
        found = inputs[0]
        inputs = _inputs(found)
    is_numbered = _kind(found) == "Zip" and len(inputs) == 2 and _is_counter(inputs[0])
    return inputs[1] if is_numbered else dataset


def _is_counter(dataset: Any) -> bool:
    """Whether it gives whole numbers without end: that of ``enumerate`` is of no class of its own."""
    number = sys.modules["tensorflow"].TensorSpec((), "int64")
    count = _cardinality(dataset) if dataset.element_spec == number else None
    # In TensorFlow 2.15 it has as many as there are.
    return count is not None and (count == -1 or count > _MOST_NUMBERS)


def _kind(dataset: Any) -> str:
    """What a data set does, by the name of its class; empty where that has another form."""
    matched = _NAME.fullmatch(type(dataset).__name__)
    return matched.group(1) if matched else ""


def _inputs(dataset: Any) -> list[Any]:
    """The data sets that one is made of; none where it does not say."""
    try:
        return list(dataset._inputs())
    except NotImplementedError:
        return []


def _cardinality(dataset: Any) -> int | None:
    """How many elements TensorFlow knows that there are: -1 without end, -2 unknown; None in a graph."""
    if not sys.modules["tensorflow"].executing_eagerly():
        return None
    return int(dataset.cardinality())
