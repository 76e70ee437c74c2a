"""What `sklearn.datasets` gives: a Bunch, a tuple of data and labels, or only data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe import lineage
from fitscribe_sklearn.parameters import shown
from fitscribe_sklearn.rows import row_count

# What names a file or folder that the data was read from.
_PATHS = ("f", "container_path")
# How the data is given, not what it is.
_FORMS = frozenset({"return_X_y", "as_frame", "data_home", "download_if_missing", "parser", "cache"})


def note_dataset(by: str, arguments: Mapping[str, Any], result: Any) -> None:
    """Take note of what a function of ``sklearn.datasets`` gave.

    Args:
        by: the function.
        arguments: what it was called with: the seed and the sizes are facts of the data.
        result: what it gave.
    """
    path = next((arguments[name] for name in _PATHS if name in arguments), None)
    facts = {
        name: shown(value)
        for name, value in arguments.items()
        if name not in _FORMS and name not in _PATHS and isinstance(value, (str, int, float, bool))
    }
    for whole, data, target in _parts(by, result):
        if whole is not None:
            lineage.source(whole, by, path, **facts)
        elif data is not None:
            lineage.source(data, by, path, **facts)
        if target is None or row_count(data) is None or row_count(data) != row_count(target):
            continue
        if whole is None:
            lineage.source(target, by, path, **facts)
        lineage.pair(data, target)


def _parts(by: str, result: Any) -> list[tuple[Any, Any, Any]]:
    """Frames that hold both, data and labels: Nones for what there is not."""
    if isinstance(result, dict):  # a Bunch
        return [(result.get("frame"), result.get("data"), result.get("target"))]
    if type(result) is list and by.endswith("load_svmlight_files"):
        return [(None, *pair) for pair in zip(result[::2], result[1::2], strict=False)]
    if type(result) is tuple and len(result) > 1:
        return [(None, result[0], result[1])]
    return [(None, result, None)]
