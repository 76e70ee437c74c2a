"""Runs for other programs, as downloads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fitscribe.reading import export
from fitscribe.reading.csv_text import csv_text
from fitscribe.reading.latex import to_latex
from fitscribe.ui.asked import Asked
from fitscribe.ui.catalog import Catalog
from fitscribe.ui.cells import field_of, read_columns
from fitscribe.ui.choosing import chosen, fields_in
from fitscribe.ui.failures import Failure
from fitscribe.ui.groups import grouped

if TYPE_CHECKING:
    from sqlite3 import Connection

    from fitscribe.ui.cells import Cell, Entry

_KINDS = {"csv": "text/csv", "json": "application/json", "latex": "application/x-tex"}
_OF_NUMBERS = ("mean", "std", "min", "max", "n", "not_finite")
_ENDINGS = {"csv": "csv", "json": "json", "latex": "tex"}


def exported(catalog: Catalog, asked: Asked) -> tuple[str, str, str]:
    """Answer ``/api/export``.

    Returns:
        The name of the file, its type, and its text.

    Raises:
        Failure: a parameter cannot be understood.
    """
    kind = asked.choice("format", list(_KINDS))
    if "by" in asked and "key" not in asked:
        return _of_groups(catalog, asked, kind)
    fields = fields_in(asked)
    nest = asked.switch("nest", False)

    def find(connection: Connection) -> tuple[list[Entry], list[list[Cell]]]:
        entries = chosen(connection, catalog, asked, nest=nest)
        ids = [field_of("id", "column")] if fields else []
        return entries, read_columns(connection, catalog.store, entries, [*ids, *fields])

    entries, columns = catalog.ask(find)
    name = f"runs.{_ENDINGS[kind]}"
    if kind == "csv" and fields:
        return name, _KINDS[kind], _table(["id", *asked.texts("column")], columns)
    runs = catalog.runs([each.id for each in entries])
    if kind == "csv":
        return name, _KINDS[kind], export(runs, "csv")
    if kind == "latex":
        shown = [text for text in asked.texts("column") if not text.startswith("environment.")]
        return name, _KINDS[kind], to_latex(runs, shown)
    return name, _KINDS[kind], json.dumps(export(runs, "json"), indent=2, allow_nan=False)


def _of_groups(catalog: Catalog, asked: Asked, kind: str) -> tuple[str, str, str]:
    found, _, _ = grouped(catalog, asked)
    by, names = asked.texts("by"), asked.texts("column")
    if kind == "latex":
        raise Failure("bad_request", "groups are exported as csv or json")
    if kind == "json":
        document = [
            {
                "key": dict(zip(by, each.key, strict=True)),
                "runs": each.runs,
                "columns": dict(zip(names, each.cells, strict=True)),
            }
            for each in found
        ]
        return "groups.json", _KINDS[kind], json.dumps(document, indent=2, allow_nan=False)
    columns: dict[str, list[Cell]] = {
        **{name: [each.key[place] for each in found] for place, name in enumerate(by)},
        "runs": [each.runs for each in found],
    }
    for place, name in enumerate(names):
        cells = [each.cells[place] or {} for each in found]
        if any("mean" in cell for cell in cells):
            columns |= {f"{name} {part}": [cell.get(part) for cell in cells] for part in _OF_NUMBERS}
        if any("values" in cell for cell in cells):
            columns[name] = ["; ".join(cell.get("values", ())) for cell in cells]
    return "groups.csv", _KINDS[kind], _table(list(columns), list(columns.values()))


def _table(heads: list[str], columns: list[list[Cell]]) -> str:
    return csv_text([heads, *zip(*columns, strict=True)])
