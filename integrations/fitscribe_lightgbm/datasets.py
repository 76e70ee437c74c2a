"""The data sets of a training: what is known of their raw data, which LightGBM itself lets go of."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe import capture, lineage
from fitscribe.engine import guarded
from fitscribe.tracking.weakly import WeakTable
from fitscribe_lightgbm import versions

if TYPE_CHECKING:
    from fitscribe.lineage import Node

# Features of which the names are kept.
_NAMES = 2_000
# How far references of references are followed.
_REFERENCES = 10
# What LightGBM calls the first feature where nobody has named any.
_UNNAMED = "Column_0"


class Origin(NamedTuple):
    """What is known of the raw data and the labels of a `Dataset`."""

    data: Node | None
    target: Node | None


_NOTHING = Origin(None, None)
_known: WeakTable[Origin] = WeakTable()


def is_dataset(obj: Any) -> bool:
    """Whether an object is a `Dataset` of LightGBM's."""
    return any(cls.__module__ == "lightgbm.basic" and cls.__name__ == "Dataset" for cls in type(obj).__mro__)


def note(dataset: Any) -> Origin:
    """Take note of the raw data of a `Dataset`, if that is still there; and return what is known of it.

    Args:
        dataset: a `Dataset`, constructed or not.
    """
    values = vars(dataset)
    data, label = values.get("data"), values.get("label")
    if data is None or (type(data) is list and not data):
        return _known.get(dataset) or _NOTHING
    found: Origin
    if isinstance(data, (str, os.PathLike)):
        found = Origin(lineage.source(dataset, "lightgbm.Dataset", data), None)
    elif label is None:
        found = Origin(lineage.seen(data), None)
    else:
        found = Origin(*lineage.pair(data, label))
    _known.set(dataset, found)
    return found


def note_all(dataset: Any) -> None:
    """Take note of the raw data of a `Dataset`, and of those that are built with it as its references are.

    Args:
        dataset: a `Dataset` that is about to be constructed.
    """
    for _ in range(_REFERENCES):
        note(dataset)
        dataset = vars(dataset).get("reference")
        if dataset is None:
            break


def raw_data(dataset: Any) -> Any:
    """The raw data of a `Dataset`: what it has, or what the script still has of it; else None."""
    data = vars(dataset).get("data")
    known = _known.get(dataset)
    if data is None and known is not None and known.data is not None:
        data = known.data.find()
    return None if data is dataset or _is_read_by_lightgbm(data) else data


def _is_read_by_lightgbm(data: Any) -> bool:
    """Whether only LightGBM knows what is in it: a file, and what it puts together, part by part."""
    if type(data) is list and data:
        return isinstance(data[0], sys.modules["lightgbm"].Sequence) or getattr(data[0], "ndim", 0) > 1
    return isinstance(data, (str, os.PathLike, sys.modules["lightgbm"].Sequence))


def label_of(dataset: Any) -> Any:
    """The labels of a `Dataset` as it has them; None where it has none, or has not read them yet."""
    return _field(dataset, "label")


def _field(dataset: Any, name: str) -> Any:
    """What a `Dataset` was given; else what LightGBM has of it once it is constructed, as from a file."""
    given = vars(dataset).get(name)
    if given is None and versions.is_constructed(dataset) and name in versions.fields():
        # Not by `get_label` and the like, which leave a copy on the data set.
        return dataset.get_field(name)
    return given


def names_of(valid_sets: Any, valid_names: Any, train_set: Any) -> dict[str, Any] | None:
    """Return the sets that a training is evaluated on, by the names that LightGBM gives them.

    Args:
        valid_sets: as `train` takes them; the training data, if it is among them, is left out.
        valid_names: likewise.
        train_set: the training data.

    Returns:
        The sets; None where to find them out might run code of the user's, or use up what is there once.
    """
    sets, names = _items(valid_sets), _items(valid_names)
    if sets is None or names is None:
        return None
    return {
        _name(names, number): dataset
        for number, dataset in enumerate(sets)
        if dataset is not train_set and is_dataset(dataset)
    }


def passed_on(
    valid_sets: Iterator[Any], valid_names: Any, train_set: Any, note: Callable[[str, Any], None]
) -> Iterator[Any]:
    """Return an iterator that gives what another one gives; what that raises has no frame of ours.

    Args:
        valid_sets: gives the sets, once; LightGBM takes one after the other (3.3 to 4.7).
        valid_names: as `train` takes them.
        train_set: the training data.
        note: is given name and set of each, just before LightGBM is; the training data is left out.
    """
    names = _items(valid_names)
    numbers = itertools.count()

    def noted(dataset: Any) -> Any:
        with guarded("lightgbm eval sets"):
            number = next(numbers)
            if names is not None and dataset is not train_set and is_dataset(dataset):
                note(_name(names, number), dataset)
        return dataset

    return map(noted, valid_sets)


def _items(given: Any) -> Sequence[Any] | None:
    """What is in a collection of Python's own, or is given alone; None of any other."""
    if given is None:
        return ()
    if isinstance(given, str) or is_dataset(given):
        return (given,)
    is_pythons = type(given).__module__ in ("builtins", "collections") and isinstance(given, Collection)
    return list(given) if is_pythons or isinstance(given, (list, tuple)) else None


def _name(names: Sequence[Any], number: int) -> str:
    return str(names[number]) if number < len(names) else f"valid_{number}"


def describe(dataset: Any) -> dict[str, Any]:
    """Describe a `Dataset` as :func:`fitscribe.capture.describe_data` describes its raw data.

    Nothing is copied, read from a file, or constructed.

    Args:
        dataset: a `Dataset`, constructed or not.

    Returns:
        What is known of the raw data, else the size that LightGBM says; ``target``; and, where there are any,
        ``weights``, ``groups`` (how many), ``init_score``, ``position``, and ``categorical``.
    """
    values: Mapping[str, Any] = vars(dataset)
    raw = raw_data(dataset)
    description = _described(dataset) if raw is None else capture.describe_data(raw)
    label = label_of(dataset)
    if label is not None:
        description["target"] = capture.describe_target(label)
    description |= beside_rows(dataset)
    if isinstance(values.get("categorical_feature"), list):
        description["categorical"] = capture.plain_value(values["categorical_feature"])
    names = values.get("feature_name")
    if isinstance(names, list) and names[:1] != [_UNNAMED] and "columns" not in description:
        description["feature_names"] = [str(name) for name in names[:_NAMES]]
    return description


def beside_rows(dataset: Any) -> dict[str, Any]:
    """What the rows of a `Dataset` have besides: weights, initial scores, positions; how many groups."""
    found: dict[str, Any] = {}
    for name, attribute in (("weights", "weight"), ("init_score", "init_score"), ("position", "position")):
        if _field(dataset, attribute) is not None:
            found[name] = True
    groups = _groups(dataset)
    if groups is not None:
        found["groups"] = groups
    return found


def _groups(dataset: Any) -> int | None:
    """How many groups a `Dataset` has; None where it has none."""
    given = vars(dataset).get("group")
    if given is not None:
        return len(given) if hasattr(given, "__len__") else None
    bounds = _field(dataset, "group")
    return None if bounds is None else len(bounds) - 1


def _described(dataset: Any) -> dict[str, Any]:
    values = vars(dataset)
    description: dict[str, Any] = {"container": capture.type_name(dataset)}
    known = _known.get(dataset)
    if known is not None and known.data is not None and "path" in known.data.facts:
        description["path"] = known.data.facts["path"]
    if versions.is_constructed(dataset):
        description["shape"] = [dataset.num_data(), dataset.num_feature()]
    elif values.get("used_indices") is not None:
        description["shape"] = [len(values["used_indices"])]
    description["not_read"] = "LightGBM has it in a form of its own only"
    return description
