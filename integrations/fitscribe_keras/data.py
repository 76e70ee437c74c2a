"""The data of a training, of an evaluation: described as datasets of its run, with what it descends from.

Nothing is copied, made dense, iterated or kept: arrays are looked at in their own memory, within the bounds
of :func:`fitscribe.capture.describe_data`, and of what gives batches by itself no batch is taken.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe import capture, lineage
from fitscribe.capture.frames import is_frame
from fitscribe.lineage.rows import unite
from fitscribe.tracking.lineages import log_lineage
from fitscribe_keras import arrays
from fitscribe_keras.feeds import Feed, feed_of, is_feed

if TYPE_CHECKING:
    from fitscribe.lineage import Node
    from fitscribe.tracking import ActiveRun

TRAIN, VALID = "train", "valid"
_ALL = slice(None)
_BY = "keras.Model.fit(validation_split)"


def described(x: Any, y: Any = None, sample_weight: Any = None, part: slice = _ALL) -> dict[str, Any]:
    """Describe the data of a call of ``fit``, ``evaluate`` or ``predict``.

    Args:
        x: inputs in any form that Keras takes, or what gives them in batches.
        y: targets; None where there are none, or where they come with the inputs.
        sample_weight: weights of the samples, likewise.
        part: the rows that are meant, of arrays.

    Returns:
        What :func:`fitscribe.capture.describe_data` says of the inputs; of several inputs `container`,
        `shape` (the rows alone) and `inputs`, descriptions by name. Likewise `target`, with `outputs` where
        there are several, and `sample_weight`. Of what gives batches by itself: `container`, and as far as
        they are known `shape`, `dtype`, `rows`, `batches`, `batch_size`, `shuffle`, `target`, and what else
        it was told.
    """
    feed = feed_of(x)
    if feed is not None:
        return _fed(feed)
    found = arrays.described(x, "inputs", capture.describe_data, part)
    if y is not None:
        found["target"] = arrays.described(y, "outputs", capture.describe_target, part)
    if sample_weight is not None:
        found["sample_weight"] = arrays.described(sample_weight, "outputs", capture.describe_data, part)
    return found


def _fed(feed: Feed) -> dict[str, Any]:
    found = feed.described()
    if feed.arrays:
        # They say the shape in full.
        return found | described(*feed.arrays) | {"container": feed.container}
    if feed.spec is None:
        return found
    x, y, sample_weight = unpacked(feed.spec)
    found |= _specified(x, "inputs", feed)
    for name, each in (("target", y), ("sample_weight", sample_weight)):
        if each is not None:
            container = capture.type_name(each) if arrays.is_nested(each) else "tensorflow.Tensor"
            found[name] = {"container": container} | _specified(each, "outputs", feed)
    return found


def _specified(spec: Any, kind: str, feed: Feed) -> dict[str, Any]:
    """Say what the elements of a data set are, as if they were arrays."""
    inside = arrays.leaves(spec)
    each = {name: _of_tensor(leaf, feed) for name, leaf in inside}
    if len(each) == 1 and "" in each:
        return each[""]
    return {
        "shape": [feed.rows],
        kind: {name: {"container": "tensorflow.Tensor"} | of for name, of in each.items()},
    }


def _of_tensor(spec: Any, feed: Feed) -> dict[str, Any]:
    found: dict[str, Any] = {}
    shape = getattr(spec, "shape", None)
    if shape is not None and shape.rank is not None:
        sizes = shape.as_list()
        found["shape"] = [feed.rows, *(sizes[1:] if feed.is_batched else sizes)]
    dtype = getattr(spec, "dtype", None)
    if dtype is not None:
        found["dtype"] = dtype.name
    return found


def unpacked(data: Any) -> tuple[Any, Any, Any]:
    """Take validation data, or a batch, apart as Keras does.

    Args:
        data: a tuple or list of inputs, targets and weights, of which the last ones may not be there;
            anything else is inputs, or gives batches.
    """
    if isinstance(data, (tuple, list)) and 1 <= len(data) <= 3:
        x, y, sample_weight = [*data, None, None][:3]
        return x, y, sample_weight
    return data, None, None


def split_of(arguments: Mapping[str, Any]) -> tuple[slice, slice] | None:
    """Return the rows that ``validation_split`` leaves for training, and those that it holds out.

    Args:
        arguments: of ``fit``, by name.

    Returns:
        None where Keras splits nothing.
    """
    share = arguments.get("validation_split")
    x = arguments.get("x")
    if not share or arguments.get("validation_data") is not None or is_feed(x):
        return None
    rows = arrays.rows_of(x)
    if rows is None:
        return None
    at = math.floor(rows * (1.0 - share))
    return slice(0, at), slice(at, rows)


def log_datasets(run: ActiveRun, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """Record the data of a training as its datasets ``train`` and ``valid``, and what it descends from.

    Args:
        run: the run.
        arguments: of ``fit``, by name, before the call.

    Returns:
        The description of the training data; None where the run is not to have any.
    """
    if not run.options.datasets:
        return None
    x, y, sample_weight = (arguments.get(name) for name in ("x", "y", "sample_weight"))
    parts = split_of(arguments)
    found = described(x, y, sample_weight, _ALL if parts is None else parts[0])
    run.log_description(found, role=TRAIN)
    held_out = arguments.get("validation_data")
    if parts is not None:
        run.log_description(described(x, y, sample_weight, parts[1]), role=VALID)
    elif held_out is not None:
        run.log_description(described(*unpacked(held_out)), role=VALID)
    with run.section("lineage"):
        if parts is not None:
            nodes = _split(arguments, parts)
        else:
            nodes = _by_role(TRAIN, x, y)
            if held_out is not None:
                nodes |= _by_role(VALID, *unpacked(held_out)[:2])
        log_lineage(run, nodes)
    return found


def log_dataset(run: ActiveRun, role: str, x: Any, y: Any = None) -> None:
    """Record the data that a model was evaluated on, and what it descends from.

    Args:
        run: the run.
        role: such as ``test``.
        x: inputs, as for :func:`described`.
        y: targets.
    """
    if not run.options.datasets:
        return
    run.log_description(described(x, y), role=role)
    with run.section("lineage"):
        log_lineage(run, _by_role(role, x, y))


def nodes_of(x: Any, y: Any = None) -> tuple[Node | None, Node | None]:
    """Return what is known of the origin of inputs and targets, which belong together from here on.

    Args:
        x: inputs, or what gives them in batches.
        y: targets.

    Returns:
        What is known of the first input, and of the targets; None of several targets, and where there are
        none.
    """
    if x is None:
        return None, None
    if is_feed(x):
        return lineage.seen(x), None
    inputs = [leaf for _, leaf in arrays.leaves(x)]
    targets = [leaf for _, leaf in arrays.leaves(y)]
    if not inputs:
        return None, None
    if len(targets) == 1:
        nodes = [lineage.pair(leaf, targets[0]) for leaf in inputs]
        return nodes[0]
    first, *others = [lineage.seen(leaf) for leaf in (*inputs, *targets)]
    for other in others:
        unite(first.rows, other.rows)
    return first, None


def _split(arguments: Mapping[str, Any], parts: tuple[slice, slice]) -> dict[str, Node]:
    """Take note of what was split off, where both parts are memory of the same arrays."""
    x, y = arguments.get("x"), arguments.get("y")
    whole = _by_role(TRAIN, x, y)
    leaves = [leaf for each in (x, y) for _, leaf in arrays.leaves(each)]
    if not all(issubclass(type(leaf), sys.modules["numpy"].ndarray) or is_frame(leaf) for leaf in leaves):
        return whole
    sides = [[_taken(leaf, part) for leaf in leaves] for part in parts]
    pairs = list(zip(*sides, strict=True))
    lineage.split(_BY, leaves, pairs, validation_split=arguments["validation_split"])
    count = len(arrays.leaves(x))
    found: dict[str, Node] = {}
    for role, side in zip((TRAIN, VALID), sides, strict=True):
        found |= _by_role(role, side[:count], side[count:] or None)
    return found


def _taken(leaf: Any, part: slice) -> Any:
    return leaf.iloc[part] if hasattr(type(leaf), "iloc") else leaf[part]


def _by_role(role: str, x: Any, y: Any) -> dict[str, Node]:
    nodes = zip((role, f"{role} target"), nodes_of(x, y), strict=True)
    return {name: node for name, node in nodes if node is not None}
