"""The arguments of ``fit`` as parameters, by the values that Keras used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fitscribe.capture import plain_value
from fitscribe_keras import arrays
from fitscribe_keras.data import split_of, unpacked
from fitscribe_keras.feeds import Feed, feed_of

# The values where nobody gives one, the same in all versions. Keras finds the others in the data.
_DEFAULTS: dict[str, Any] = {
    "epochs": 1,
    "initial_epoch": 0,
    "validation_split": 0.0,
    "validation_freq": 1,
    "class_weight": None,
}
_BATCH_SIZE = 32
_SHUFFLE = True
# Of Keras 2, which Keras 3 has on the data set instead.
_WORKERS = {"workers": 1, "use_multiprocessing": False, "max_queue_size": 10}


def fit_arguments(
    arguments: Mapping[str, Any], model: Any, params: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the arguments of ``fit``, without the data.

    Args:
        arguments: of the call, by name, those that were given.
        model: the model.
        params: what Keras tells its callbacks: ``epochs`` and ``steps``; empty where it did not come to that.

    Returns:
        Names and plain values: None for a size that neither Keras nor the data says. And the names of those
        that are not at their default.
    """
    feed = feed_of(arguments.get("x"))
    found = {name: arguments.get(name, default) for name, default in _DEFAULTS.items()}
    found["epochs"] = params.get("epochs", found["epochs"])  # Keras may be told not to make more than some
    # A training that goes on from a backup begins later.
    found["initial_epoch"] = vars(model).get("_initial_epoch") or found["initial_epoch"]
    found["batch_size"] = _batch_size_of_training(arguments, feed)
    found["steps_per_epoch"] = params.get("steps", arguments.get("steps_per_epoch"))
    found["shuffle"] = _shuffles(arguments.get("shuffle", _SHUFFLE), feed)
    found["callbacks"] = [type(each).__name__ for each in _flat(arguments.get("callbacks"))]
    if arguments.get("validation_data") is not None or found["validation_split"]:
        found["validation_batch_size"] = _batch_size_of_validation(arguments)
        found["validation_steps"] = arguments.get("validation_steps")
    found.update({name: arguments[name] for name in _WORKERS if name in arguments})
    found = {name: plain_value(value) for name, value in found.items()}
    defaults = {
        **_DEFAULTS,
        **_WORKERS,
        "batch_size": _BATCH_SIZE,
        "steps_per_epoch": found["steps_per_epoch"] if arguments.get("steps_per_epoch") is None else None,
        "shuffle": _SHUFFLE,
        "callbacks": [],
        "validation_batch_size": found["batch_size"],
        "validation_steps": None,
    }
    changed = [name for name, value in found.items() if value is not None and value != defaults[name]]
    return found, changed


def _batch_size_of_training(arguments: Mapping[str, Any], feed: Feed | None) -> int | None:
    parts = split_of(arguments)
    rows = None
    if feed is None:
        rows = arrays.rows_of(arguments.get("x")) if parts is None else parts[0].stop
    return _batch_size(feed, rows, arguments.get("batch_size"), arguments.get("steps_per_epoch"))


def _batch_size_of_validation(arguments: Mapping[str, Any]) -> int | None:
    size = arguments.get("validation_batch_size") or arguments.get("batch_size")
    steps = arguments.get("validation_steps")
    parts = split_of(arguments)
    if parts is not None:
        return _batch_size(None, parts[1].stop - parts[1].start, size, steps)
    x = unpacked(arguments.get("validation_data"))[0]
    feed = feed_of(x)
    return _batch_size(feed, None if feed is not None else arrays.rows_of(x), size, steps)


def _batch_size(feed: Feed | None, rows: int | None, size: Any, steps: Any) -> int | None:
    """The size of the batches: as Keras makes them of arrays, else as they come."""
    if feed is not None:
        return feed.batch_size
    if size:
        return int(size)
    if not steps:
        return _BATCH_SIZE
    return None if rows is None else math.ceil(rows / int(steps))


def _shuffles(given: Any, feed: Feed | None) -> Any:
    """Whether the order of the samples changes: Keras shuffles arrays, and data sets of its own."""
    if feed is None:
        return given
    return bool(given) if feed.is_shuffled_by_keras else feed.shuffle


def _flat(callbacks: Any) -> list[Any]:
    """The callbacks in what Keras takes for some: one, lists of them, and a ``CallbackList``."""
    if callbacks is None:
        return []
    if isinstance(callbacks, (list, tuple)):
        return [each for inner in callbacks for each in _flat(inner)]
    if any(cls.__name__ == "CallbackList" for cls in type(callbacks).__mro__):
        return _flat(callbacks.callbacks)
    return [callbacks]
