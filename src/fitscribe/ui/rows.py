"""Rows of the table of runs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.reading.query_fields import Field
from fitscribe.store import Store
from fitscribe.ui.cells import LONGEST_CELL, Entry, read_columns

if TYPE_CHECKING:
    from sqlite3 import Connection

STAR = "starred"
"""The tag that is shown as a star."""

_SHORT_ID = 6
_HEADS = """
SELECT r.key, r.id, r.name, r.experiment, r.role, r.status, r.started, r.stopped,
       coalesce(r.framework, o.framework), r.holder, substr(r.notes, 1, {longest}),
       (SELECT max(id) FROM runs WHERE id < r.id), (SELECT min(id) FROM runs WHERE id > r.id)
FROM runs r LEFT JOIN runs o ON o.key = r.only_child WHERE r.key IN ({keys})
"""


def rows_of(
    connection: Connection,
    store: Store,
    entries: Sequence[Entry],
    fields: Sequence[Field],
    children: Mapping[str, int],
) -> list[dict[str, Any]]:
    """Return the rows of runs, as docs/ui-api.md has them.

    Args:
        connection: the index.
        store: where the runs are.
        entries: the runs.
        fields: of the cells.
        children: how many runs each has, by its id.
    """
    keys = ",".join(str(each.key) for each in entries)
    heads = {
        row[0]: row[1:]
        for row in connection.execute(_HEADS.format(longest=LONGEST_CELL, keys=keys)).fetchall()
    }
    tags: dict[int, dict[str, str]] = {}
    for run, name, text in connection.execute(
        f"SELECT run, name, substr(ifnull(text, 'None'), 1, {LONGEST_CELL}) FROM tags WHERE run IN ({keys})"
    ):
        tags.setdefault(run, {})[name] = text
    cells = list(zip(*read_columns(connection, store, entries, fields), strict=True))
    now = time.time()
    return [
        _row(each, heads[each.key], tags.get(each.key, {}), children.get(each.id, 0), now)
        | {"cells": list(cells[place]) if cells else []}
        for place, each in enumerate(entries)
    ]


def _row(
    entry: Entry, head: Sequence[Any], tags: dict[str, str], children: int, now: float
) -> dict[str, Any]:
    run_id, name, experiment, role, status, started, stopped, framework, holder, notes, before, after = head
    star = tags.pop(STAR, "False")
    return {
        "id": run_id,
        "short": run_id[: _unique_length(run_id, before, after)],
        "name": name or "",
        "experiment": experiment or "",
        "role": role or "",
        "status": status,
        "started": started,
        "duration": None if started is None else max(0.0, (stopped or now) - started),
        "framework": framework,
        "parent": entry.parent,
        "children": children,
        "kept_in": holder,
        "star": star not in ("False", "None", "0", ""),
        "notes": notes or "",
        "tags": tags,
    }


def _unique_length(run_id: str, *neighbours: str | None) -> int:
    common = 0
    for other in neighbours:
        if other is not None:
            length = next(
                (i for i, (a, b) in enumerate(zip(run_id, other, strict=False)) if a != b),
                min(len(run_id), len(other)),
            )
            common = max(common, length)
    return max(_SHORT_ID, common + 1)
