"""What gives Keras batches by itself: data sets, loaders and generators, described without taking one."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from fitscribe.capture import type_name
from fitscribe_keras.pipelines import Pipeline, pipeline_of

_SETTINGS = ("workers", "use_multiprocessing", "max_queue_size")
_NOT_ASKED = "no batch of it is asked for"


class Feed(NamedTuple):
    """What is known of something that gives batches, None where nobody knows."""

    container: str
    batch_size: int | None = None
    batches: int | None = None
    rows: int | None = None
    shuffle: bool | None = None
    """Whether it changes the order of the samples."""
    told: Mapping[str, Any] = MappingProxyType({})
    """What else it was told."""
    arrays: tuple[Any, ...] = ()
    """Where its batches are rows of arrays: inputs, and targets and weights if there are some."""
    spec: Any = None
    """Where it is known before they are there: the structure of its batches."""
    is_batched: bool = True
    """Whether what it gives are batches, and not samples."""
    is_shuffled_by_keras: bool = False
    """Whether Keras changes the order of its batches, where it is to shuffle."""
    not_read: str | None = _NOT_ASKED

    def described(self) -> dict[str, Any]:
        """Return what is known, in the words of :func:`fitscribe.capture.describe_data`."""
        found: dict[str, Any] = {"container": self.container}
        if self.rows is not None:
            found["shape"] = [self.rows]
            found["rows"] = self.rows
        known = {"batch_size": self.batch_size, "batches": self.batches, "shuffle": self.shuffle}
        found.update({name: value for name, value in known.items() if value is not None})
        found.update(self.told)
        if self.not_read is not None:
            found["not_read"] = self.not_read
        return found


def is_feed(data: Any) -> bool:
    """Whether what Keras was given for ``x`` gives batches by itself, told by its type.

    Args:
        data: ``x`` of a call, or validation data that is no tuple.
    """
    return _reader(data) is not None


def feed_of(data: Any) -> Feed | None:
    """Say what is known of what Keras was given for ``x``, if that gives batches by itself; else None.

    Nothing is taken from it. Its length is asked for, as Keras does.

    Args:
        data: as for :func:`is_feed`.
    """
    read = _reader(data)
    return None if read is None else read(data)


def _reader(data: Any) -> Callable[[Any], Feed] | None:
    for cls in type(data).__mro__:
        read = _KINDS.get((cls.__module__.partition(".")[0], cls.__name__))
        if read is not None:
            return read
    return _generator if hasattr(type(data), "__next__") else None


def _generator(data: Any) -> Feed:
    name = data.__name__ if inspect.isgenerator(data) else None
    reason = "what an iterator gives is there once, and is left to the training"
    return Feed(type_name(data), told={} if name is None else {"name": name}, not_read=reason)


def _keras_dataset(data: Any) -> Feed:
    """A ``PyDataset``, as Keras 2 a ``Sequence``; by its attributes, not by properties, which may warn."""
    batches = _count(data, "num_batches")
    # Keras' own, of images, say how many there are.
    is_keras = type(data).__module__.partition(".")[0] in ("keras", "tf_keras")
    rows = _plain(data, "n") if is_keras else None
    told = {name: vars(data)[f"_{name}"] for name in _SETTINGS if f"_{name}" in vars(data)}
    # One without an end is not shuffled.
    return Feed(
        type_name(data),
        _plain(data, "batch_size"),
        batches,
        rows,
        told=told,
        is_shuffled_by_keras=batches is not None,
    )


def _loader(data: Any) -> Feed:
    """A torch ``DataLoader``."""
    batch_size = data.batch_size
    if batch_size is None:
        batch_size = _plain(data.batch_sampler, "batch_size")
    dataset = data.dataset
    told: dict[str, Any] = {
        "loader": type(data).__name__,
        "drop_last": data.drop_last,
        "num_workers": data.num_workers,
    }
    sampler = data.sampler
    shuffle = None
    if sampler is not None:
        told["sampler"] = type(sampler).__name__
        shuffle = type(sampler).__name__ == "RandomSampler" or bool(getattr(sampler, "shuffle", False))
    arrays = dataset.tensors if type(dataset).__name__ == "TensorDataset" else ()
    has_length = hasattr(type(dataset), "__len__")
    return Feed(
        type_name(dataset),
        batch_size,
        _length(data) if has_length else None,
        _length(dataset) if has_length else None,
        shuffle,
        told,
        arrays if len(arrays) <= 3 else (),
        not_read=None if 0 < len(arrays) <= 3 else _NOT_ASKED,
    )


def _tensorflow_dataset(data: Any) -> Feed:
    found: Pipeline = pipeline_of(data)
    return Feed(
        "tensorflow.data.Dataset",
        found.batch_size,
        found.batches,
        found.rows,
        found.shuffle,
        {"repeated": True} if found.is_endless else {},
        spec=found.spec,
        is_batched=found.is_batched,
    )


def _other(data: Any) -> Feed:
    return Feed(type_name(data))


_KINDS: dict[tuple[str, str], Callable[[Any], Feed]] = {
    ("torch", "DataLoader"): _loader,
    ("tensorflow", "DatasetV2"): _tensorflow_dataset,
    ("tensorflow", "DistributedDataset"): _other,
    ("tensorflow", "DistributedDatasetsFromFunction"): _other,
    **{(root, name): _keras_dataset for root in ("keras", "tf_keras") for name in ("PyDataset", "Sequence")},
    **{(root, name): _other for root in ("keras", "tf_keras") for name in ("DataAdapter", "DatasetCreator")},
    **{("grain", name): _other for name in ("MapDataset", "IterDataset", "DataLoader")},
}


def _plain(obj: Any, name: str) -> int | None:
    """A number that an object has as an attribute of its own or of its class; a property is not asked."""
    try:
        value = inspect.getattr_static(obj, name)
    except AttributeError:
        return None
    return int(value) if isinstance(value, numbers.Integral) else None


def _count(data: Any, name: str) -> int | None:
    """How many batches a data set of Keras has, by its property, as Keras 3 asks, or by its length."""
    if not hasattr(type(data), name):
        return _length(data)
    try:
        value = getattr(data, name)
    except Exception:
        return None  # the user's own code: Keras asks it, too, and the script hears of it from there
    return value if type(value) is int else None


def _length(obj: Any) -> int | None:
    try:
        return len(obj)
    except Exception:
        return None  # likewise
