"""The signature of a model: the columns and types that it takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe.capture.data import describe_data


def signature(X: Any, y: Any = None) -> dict[str, Any]:
    """Describe what a model takes, and what it gives, from the data that it was trained on.

    Args:
        X: the inputs, or what `describe_data` returned for them.
        y: the outputs or the target, likewise; None where there is none.

    Returns:
        `inputs`, and `outputs` where there are any. Of data with named columns, a list of `{"name", "type"}`,
        with `"missing": True` for columns in which values are missing; of arrays and lists one dict with
        `shape` (None for the number of rows) and `type`, with `missing` likewise, and `sparse` where it is.
    """
    described = {"inputs": _specification(X)}
    if y is not None:
        described["outputs"] = _specification(y)
    return described


def _specification(data: Any) -> Any:
    description = data if isinstance(data, Mapping) and "container" in data else describe_data(data)
    shape = list(description.get("shape") or ())
    columns = description.get("columns")
    types = description.get("dtypes")
    if (
        columns is not None
        and types
        and len(columns) == len(types) == (shape[1] if len(shape) > 1 else len(types))
    ):
        missing = description.get("missing_by_column", {})
        return [_field(name, kind, name in missing) for name, kind in zip(columns, types, strict=True)]
    if "column" in description:
        return [_field(description["column"], description["dtype"], bool(description.get("missing")))]
    specification: dict[str, Any] = {"shape": [None, *shape[1:]] if shape else []}
    kind = description.get("dtype") or _common(types)
    specification["type"] = kind or description["container"]
    if "density" in description:
        specification["sparse"] = True
    if description.get("missing"):
        specification["missing"] = True
    return specification


def _field(name: str, kind: str, missing: bool) -> dict[str, Any]:
    return {"name": name, "type": kind, "missing": True} if missing else {"name": name, "type": kind}


def _common(types: Any) -> str | None:
    """Return the one type of all columns of a table that is too wide to list them, or `mixed`."""
    if not types:
        return None
    return str(types[0]) if len(set(types)) == 1 else "mixed"
