"""Reading a `DMatrix`: what it is, without its values, and what it was made of."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe import capture, lineage
from fitscribe.capture.frames import COLUMNS, NAMES
from fitscribe.engine import Call
from fitscribe.lineage.rows import unite
from fitscribe.tracking import lineages

if TYPE_CHECKING:
    from fitscribe.lineage import Node
    from fitscribe.tracking import ActiveRun

# What belongs to more rows is not looked at: before 3.0 XGBoost copies it to give it.
LABELS = 1_000_000
_FIELDS = {"weights": "weight", "base_margin": "base_margin"}


def is_matrix(obj: Any) -> bool:
    """Whether it is a ``DMatrix``, or one of its subclasses."""
    return any((each.__module__, each.__name__) == ("xgboost.core", "DMatrix") for each in type(obj).__mro__)


def describe(matrix: Any) -> dict[str, Any]:
    """Describe a matrix by what it says of itself, in the words of :func:`fitscribe.capture.describe_data`.

    Args:
        matrix: a ``DMatrix`` or one of its subclasses, of which the values are neither read nor copied.
    """
    rows, columns = int(matrix.num_row()), int(matrix.num_col())
    description: dict[str, Any] = {"container": capture.type_name(matrix), "shape": [rows, columns]}
    names, types = matrix.feature_names, matrix.feature_types
    if names is not None:
        description["columns"] = list(names[:NAMES])
        description["dtypes"] = None
        if len(names) <= COLUMNS:
            description["dtypes"] = list(types) if types is not None else ["float"] * len(names)
    else:
        description["dtype"] = "float32"
        if types is not None and "c" in types:
            description["categorical"] = [index for index, kind in enumerate(types) if kind == "c"]
    present = int(matrix.num_nonmissing())
    description["missing"] = rows * columns - present
    if rows > LABELS:
        not_read = f"labels, weights, base margins and groups of more than {LABELS:,} rows are not looked at"
        description["target"] = {"not_read": not_read}
        return description
    labels = matrix.get_label()
    if labels.size:
        if labels.ndim == 1 and labels.size != rows:  # before 2.0, of several columns
            labels = labels.reshape(rows, -1)
        description["target"] = capture.describe_target(labels)
    return description | beside_rows(matrix)


def beside_rows(matrix: Any) -> dict[str, int]:
    """How many weights, base margins and groups the rows of a matrix have, of those that it has at all.

    Args:
        matrix: of at most :data:`LABELS` rows: before 3.0 XGBoost copies what it gives.
    """
    found = {name: int(matrix.get_float_info(field).size) for name, field in _FIELDS.items()}
    found["groups"] = max(int(matrix.get_uint_info("group_ptr").size) - 1, 0)
    return {name: size for name, size in found.items() if size}


def record_construction(call: Call) -> None:
    """Take note of what a matrix descends from, and of its labels.

    Args:
        call: of its ``__init__``, which is over.
    """
    matrix, data, label = call.instance, call.arguments.get("data"), call.arguments.get("label")
    by = f"xgboost.{type(matrix).__name__}"
    if data is None or _is_handle(data):
        return
    is_data = False
    node: Node | None
    if isinstance(data, (str, os.PathLike)):
        # XGBoost is told the format behind a question mark.
        node = lineage.source(matrix, by, os.fspath(data).partition("?")[0])
    else:
        is_data = not _is_iterator(data)
        node = lineage.derive(matrix, by, [data] if is_data else [])
    if node is None:
        return
    # It has no `shape`, from which that would be known.
    node.shape = (int(matrix.num_row()), int(matrix.num_col()))
    node.rows.count = node.shape[0]
    if is_data:
        unite(node.rows, node.of[0].rows)
    if label is not None:
        lineage.pair(matrix, label)


def _is_handle(data: Any) -> bool:
    """Whether it is what a slice of a matrix is made of."""
    return type(data).__module__ == "ctypes"


def _is_iterator(data: Any) -> bool:
    return any(each.__name__ == "DataIter" for each in type(data).__mro__)


def log_lineage(run: ActiveRun, matrices: Mapping[str, Any]) -> None:
    """Record what matrices descend from, where anything of that was seen.

    Args:
        run: the run.
        matrices: by their roles.
    """
    nodes: dict[str, Node] = {}
    for role, matrix in matrices.items():
        node = lineage.node_of(matrix)
        if node is not None and (node.of or node.by):
            nodes[role] = node
            if node.target is not None:
                nodes[f"{role} target"] = node.target
    lineages.log_lineage(run, nodes)
