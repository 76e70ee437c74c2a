"""The space that a search looks in, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe.capture import plain_value

COLUMNS = ("name", "kind", "default", "min", "max", "step", "sampling", "values", "conditions")
_HELD_AS = {
    "min": "min_value",
    "max": "max_value",
    "step": "step",
    "sampling": "sampling",
    "values": "_values",
}
_ALWAYS = ("name", "kind")


def table_of(oracle: Any) -> dict[str, Any]:
    """Return the search space as a table: a row for each hyperparameter, in the order of their definition.

    Args:
        oracle: knows of the hyperparameters that have been asked for so far.
    """
    rows = [_row(each) for each in oracle.hyperparameters.space]
    columns = [each for each in COLUMNS if each in _ALWAYS or any(row[each] is not None for row in rows)]
    return {"columns": columns, "rows": [[row[each] for each in columns] for row in rows]}


def parameters_of(table: Mapping[str, Any]) -> dict[str, str]:
    """Return the space as parameters, in which searches can be compared: ``space__units`` is ``Int 8 to 64``.

    Args:
        table: as :func:`table_of` returned it.
    """
    found: dict[str, list[str]] = {}
    for cells in table["rows"]:
        row = dict(zip(table["columns"], cells, strict=True))
        found.setdefault(f"space__{row['name']}", []).append(_in_words(row))
    return {name: "; ".join(texts) for name, texts in found.items()}


def _row(hyperparameter: Any) -> dict[str, Any]:
    held = vars(hyperparameter)
    row = {
        "name": hyperparameter.name,
        "kind": type(hyperparameter).__name__,
        "default": plain_value(hyperparameter.default),
        **{column: plain_value(held.get(name)) for column, name in _HELD_AS.items()},
        "conditions": " and ".join(map(_condition, hyperparameter.conditions)) or None,
    }
    if isinstance(row["values"], tuple):
        row["values"] = list(row["values"])
    return row


def _in_words(row: Mapping[str, Any]) -> str:
    parts = [row["kind"]]
    if row.get("min") is not None:
        parts.append(f"{row['min']} to {row['max']}")
    elif row.get("values") is not None:
        parts.append(", ".join(map(str, row["values"])))
    elif row["kind"] == "Fixed":
        parts.append(str(row.get("default")))
    if row.get("step") not in (None, 1):
        parts.append(f"step {row['step']}")
    if row.get("sampling") not in (None, "linear"):
        parts.append(row["sampling"])
    if row.get("conditions"):
        parts.append(f"if {row['conditions']}")
    return " ".join(parts)


def _condition(condition: Any) -> str:
    """What must hold for a hyperparameter to be one: ``model = cnn``."""
    held = vars(condition)
    if "values" not in held:  # a kind of the user's own
        return str(plain_value(condition))
    values = [str(each) for each in held["values"]]
    return f"{held['name']} = {values[0]}" if len(values) == 1 else f"{held['name']} in {', '.join(values)}"
